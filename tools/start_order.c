// SPDX-License-Identifier: Apache-2.0
// start_order PROGRAM [ARG...]: runs PROGRAM step by step and prints the offset (hexadecimal, in
// its image) of each 16 bytes of its own code when they are first executed. For tools/start_order.
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kBlock = 16 };

// Where the program's own image lies in the traced process.
static void find_image(pid_t child, const char* program, uint64_t* begin, uint64_t* end) {
  char name[64];
  char line[4352];
  char path[4096];
  snprintf(name, sizeof name, "/proc/%d/maps", (int)child);
  FILE* const maps = fopen(name, "r");
  *begin = UINT64_MAX;
  *end = 0;
  while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
    uint64_t from = 0;
    uint64_t to = 0;
    path[0] = 0;
    sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %*s %*s %*s %4095s", &from, &to, path);
    if (strcmp(path, program) != 0) continue;
    if (from < *begin) *begin = from;
    if (to > *end) *end = to;
  }
  if (maps != NULL) fclose(maps);
}

int main(int argc, char** argv) {
  char program[4096];
  if (argc < 2 || realpath(argv[1], program) == NULL) return 64;
  const pid_t child = fork();
  if (child == 0) {
    const int nothing = open("/dev/null", O_WRONLY);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    execv(program, argv + 1);
    _exit(127);
  }
  int status = 0;
  uint64_t begin = 0;
  uint64_t end = 0;
  unsigned char* seen = NULL;
  while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
    if (seen == NULL) {
      find_image(child, program, &begin, &end);
      if (begin >= end) return 1;
      seen = calloc((end - begin) / kBlock + 1, 1);
    }
    struct user_regs_struct registers;
    if (seen == NULL || ptrace(PTRACE_GETREGS, child, NULL, &registers) != 0) return 1;
    if (registers.rip >= begin && registers.rip < end) {
      unsigned char* const block = &seen[(registers.rip - begin) / kBlock];
      if (!*block) printf("%" PRIx64 "\n", (uint64_t)registers.rip - begin);
      *block = 1;
    }
    ptrace(PTRACE_SINGLESTEP, child, NULL, NULL);
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}
