// SPDX-License-Identifier: Apache-2.0
// preview1.md 2 and 8: faults HOW [NUMBER] does one thing that ends the instance, or ends by a
// code. "not ended" on stdout means that it went on.
#include "corners.h"

static uint8_t area[256] __attribute__((aligned(8)));
static void* odd(unsigned by) { return area + by; }
static void* outside(void) { return (void*)(__builtin_wasm_memory_size(0) * 65536); }
static void* last(unsigned before) {
  return (void*)(__builtin_wasm_memory_size(0) * 65536 - before);
}

static uint32_t misaligned(const char* what) {
  uint32_t one;
  struct vec list = {block, 1};
  if (strcmp(what, "fdstat") == 0) return fd_fdstat_get(1, odd(4));
  if (strcmp(what, "filestat") == 0) return fd_filestat_get(W, odd(4));
  if (strcmp(what, "size") == 0) return fd_write(1, &list, 0, odd(2));
  if (strcmp(what, "iovec") == 0) return fd_write(1, odd(1), 1, &one);
  if (strcmp(what, "u64") == 0) return clock_time_get(1, 0, odd(4));
  if (strcmp(what, "prestat") == 0) return fd_prestat_get(W, odd(2));
  if (strcmp(what, "subscription") == 0) return poll_oneoff(odd(4), area, 1, &one);
  if (strcmp(what, "event") == 0) return poll_oneoff(area, odd(4), 1, &one);
  if (strcmp(what, "pointers") == 0) return args_get(odd(2), (char*)block);
  // A trap depends on the arguments alone: the descriptor is not even looked up.
  if (strcmp(what, "before the descriptor") == 0) return fd_fdstat_get(999, odd(4));
  return 0;
}

static uint32_t beyond(const char* what) {
  uint32_t one;
  struct vec list = {outside(), 1};
  if (strcmp(what, "fdstat") == 0) return fd_fdstat_get(1, outside());
  if (strcmp(what, "end") == 0) return fd_fdstat_get(1, last(16));
  if (strcmp(what, "wrap") == 0) return random_get((void*)0xFFFFFFF0, 0x20);
  if (strcmp(what, "buffer") == 0) return fd_write(1, &list, 1, &one);
  if (strcmp(what, "list") == 0) return fd_write(1, last(8), 2, &one);
  if (strcmp(what, "count") == 0) return fd_write(1, (void*)8, 0xFFFFFFFF, &one);
  if (strcmp(what, "path") == 0) return path_create_directory(W, last(4), 8);
  if (strcmp(what, "result") == 0) {
    return path_open(W, 0, P("must-not-appear"), CREAT, R_FILE, 0, 0, outside());
  }
  if (strcmp(what, "args") == 0) return args_get((char**)last(4), last(2));
  if (strcmp(what, "environ") == 0) return environ_get((char**)outside(), outside());
  return 0;
}

int main(int argc, char** argv) {
  if (argc < 3) return 0;
  const uint32_t number = (uint32_t)strtoul(argv[2], NULL, 10);
  if (strcmp(argv[1], "misaligned") == 0) misaligned(argv[2]);
  if (strcmp(argv[1], "beyond") == 0) beyond(argv[2]);
  if (strcmp(argv[1], "raise") == 0) proc_raise(number);
  if (strcmp(argv[1], "exit") == 0) _Exit((int)number);
  if (strcmp(argv[1], "trap") == 0) __builtin_trap();
  if (strcmp(argv[1], "return") == 0) return 0;
  puts("not ended");
  return 99;
}
