// SPDX-License-Identifier: Apache-2.0
// cat [FILE…]: files, or stdin, to stdout. Says what failed and goes on; exit 1 when anything did.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char block[65536];

static int pour(int from, const char* name) {
  for (;;) {
    ssize_t got = read(from, block, sizeof block);
    if (got == 0) return 0;
    if (got < 0) {
      fprintf(stderr, "cat: %s: %s\n", name, strerror(errno));
      return 1;
    }
    for (ssize_t done = 0; done < got;) {
      ssize_t put = write(STDOUT_FILENO, block + done, (size_t)(got - done));
      if (put < 0) {
        fprintf(stderr, "cat: stdout: %s\n", strerror(errno));
        return 1;
      }
      done += put;
    }
  }
}

int main(int argc, char** argv) {
  if (argc == 1) return pour(STDIN_FILENO, "stdin");
  int failed = 0;
  for (int i = 1; i < argc; i++) {
    int file = open(argv[i], O_RDONLY);
    if (file < 0) {
      fprintf(stderr, "cat: %s: %s\n", argv[i], strerror(errno));
      failed = 1;
      continue;
    }
    failed |= pour(file, argv[i]);
    close(file);
  }
  return failed;
}
