// SPDX-License-Identifier: Apache-2.0
// Prints what it has been given, a line a thing: `observe THING [WORD…]`. Numbers of errors are
// those of WASI preview1.
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wasi/api.h>

extern char** environ;

static int words(int argc, char** argv) {
  for (int i = 0; i < argc; ++i) printf("%s%c", argv[i], 0);
  return 0;
}

static int variables(void) {
  for (char** each = environ; each && *each; ++each) printf("%s%c", *each, 0);
  return 0;
}

static int input(void) {
  size_t got, all = 0, sum = 0;
  unsigned char block[4096];
  while ((got = fread(block, 1, sizeof block, stdin)) > 0) {
    for (size_t i = 0; i < got; ++i) sum += block[i];
    all += got;
  }
  printf("%zu %zu\n", all, sum);
  return 0;
}

static int clocks(void) {
  for (uint32_t id = 0; id < 3; ++id) {
    __wasi_timestamp_t time = 0, step = 0;
    const __wasi_errno_t error = __wasi_clock_time_get(id, 1, &time);
    const __wasi_errno_t none = __wasi_clock_res_get(id, &step);
    printf("%u %u %llu %llu\n", error, none, (unsigned long long)time, (unsigned long long)step);
  }
  return 0;
}

static int entropy(void) {
  uint8_t bytes[16] = {0};
  printf("%u ", __wasi_random_get(bytes, sizeof bytes));
  for (size_t i = 0; i < sizeof bytes; ++i) printf("%02x", bytes[i]);
  printf("\n");
  return 0;
}

// Each descriptor from 3 up: its name, and whether a file can be made beneath it.
static int directories(void) {
  for (__wasi_fd_t fd = 3; fd < 32; ++fd) {
    __wasi_prestat_t info;
    if (__wasi_fd_prestat_get(fd, &info) != 0) break;
    char name[256] = {0};
    if (__wasi_fd_prestat_dir_name(fd, (uint8_t*)name, info.u.dir.pr_name_len) != 0) return 1;
    __wasi_fd_t made;
    const __wasi_errno_t error =
        __wasi_path_open(fd, 0, "made", __WASI_OFLAGS_CREAT, __WASI_RIGHTS_FD_WRITE, 0, 0, &made);
    printf("%s %u\n", name, error);
  }
  return 0;
}

static int sockets(void) {
  unsigned count = 0;
  for (__wasi_fd_t fd = 3; fd < 32; ++fd) {
    __wasi_fdstat_t info;
    if (__wasi_fd_fdstat_get(fd, &info) == 0 && info.fs_filetype == __WASI_FILETYPE_SOCKET_STREAM)
      ++count;
  }
  printf("%u\n", count);
  return 0;
}

static int grow(void) {
  while (__builtin_wasm_memory_grow(0, 1) != (size_t)-1) {
  }
  printf("%zu\n", __builtin_wasm_memory_size(0));
  return 0;
}

static int descriptors(const char* path) {
  int count = 0;
  while (open(path, O_RDONLY) >= 0) ++count;
  printf("%d\n", count);
  return 0;
}

static int written(const char* path) {
  const int file = open(path, O_CREAT | O_WRONLY, 0600);
  long all = 0;
  char block[100] = {0};
  ssize_t done;
  while (all < 1000000 && (done = write(file, block, sizeof block)) > 0) all += done;
  printf("%ld\n", all);
  return 0;
}

static int inodes(const char* folder) {
  int count = 0;
  char path[256];
  for (; count < 1000; ++count) {
    snprintf(path, sizeof path, "%s/%d", folder, count);
    if (open(path, O_CREAT | O_WRONLY, 0600) < 0) break;
    close(3 + 1);
  }
  printf("%d\n", count);
  return 0;
}

// A file's content and size, and once more after each line of standard input.
static int again(const char* path) {
  char line[16];
  do {
    char block[256] = {0};
    const int file = open(path, O_RDONLY);
    const ssize_t got = read(file, block, sizeof block - 1);
    __wasi_filestat_t info = {0};
    const __wasi_errno_t error = __wasi_fd_filestat_get(file, &info);
    close(file);
    printf("%zd %u %llu %s\n", got, error, (unsigned long long)info.size, block);
    fflush(stdout);
  } while (fgets(line, sizeof line, stdin) != NULL);
  return 0;
}

static int flood(long bytes) {
  for (long i = 0; i < bytes; ++i) putchar('x');
  return 0;
}

static __attribute__((noinline)) int deep(int depth) {
  volatile char room[1024];
  room[0] = (char)depth;
  return depth == 0 ? room[0] : deep(depth - 1) + room[0];
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "";
  const char* word = argc > 2 ? argv[2] : "";
  if (!strcmp(what, "words")) return words(argc, argv);
  if (!strcmp(what, "variables")) return variables();
  if (!strcmp(what, "input")) return input();
  if (!strcmp(what, "clocks")) return clocks();
  if (!strcmp(what, "entropy")) return entropy();
  if (!strcmp(what, "directories")) return directories();
  if (!strcmp(what, "sockets")) return sockets();
  if (!strcmp(what, "grow")) return grow();
  if (!strcmp(what, "descriptors")) return descriptors(word);
  if (!strcmp(what, "written")) return written(word);
  if (!strcmp(what, "inodes")) return inodes(word);
  if (!strcmp(what, "again")) return again(word);
  if (!strcmp(what, "flood")) return flood(atol(word));
  if (!strcmp(what, "deep")) return printf("%d\n", deep(atoi(word))) < 0;
  if (!strcmp(what, "errors")) return fprintf(stderr, "said on stderr\n") < 0;
  if (!strcmp(what, "exit")) return atoi(word);
  if (!strcmp(what, "spin"))
    for (volatile int turn = 0;; ++turn) {
    }
  fprintf(stderr, "observe what?\n");
  return 2;
}
