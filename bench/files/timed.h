// SPDX-License-Identifier: Apache-2.0
#pragma once
// Times a loop inside the program, on the monotonic clock, after a tenth of it untimed; prints the
// nanoseconds of all iterations together. The same in a guest and natively.
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

_Noreturn static inline void fail(const char* what) {
  perror(what);
  exit(1);
}

static inline long number_of(const char* text) {
  char* end = NULL;
  errno = 0;
  const long number = strtol(text, &end, 10);
  if (errno != 0 || *end != '\0' || number <= 0) exit(2);
  return number;
}

// In a guest the directory that was granted itself, descriptor 3: what a host lets one do below a
// directory that was opened again differs. Opening it makes libc learn what was granted first.
static inline int open_root(const char* path) {
  const int directory = open(path, O_RDONLY | O_DIRECTORY);
  if (directory < 0) fail(path);
#ifdef __wasm__
  if (close(directory) != 0) fail("close");
  return 3;
#else
  return directory;
#endif
}

static inline uint64_t now_ns(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) fail("clock");
  return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static inline void time_loop(void (*operation)(void), long count) {
  for (long left = count / 10; left > 0; left--) operation();
  const uint64_t began = now_ns();
  for (long left = count; left > 0; left--) operation();
  printf("%llu\n", (unsigned long long)(now_ns() - began));
}
