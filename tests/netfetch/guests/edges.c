// SPDX-License-Identifier: Apache-2.0
// edges WHAT URL [N]: fetch_get with pointers that are hardly, or not, inside memory, told in
// lines.
//   url out n status trunc   that region ends one byte behind memory      last   all at its very
//   end huge                     a capacity of 2^31-1 from the last 100 bytes on overlap cells on
//   top of the buffer    inside   the URL lies in the buffer intact                   memory before
//   and after a call that fails flood                    N calls; answers that differ from the one
//   before are told with their count
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IMPORT(name) __attribute__((import_module("openagentic_netfetch"), import_name(name)))
IMPORT("fetch_get")
int32_t get(uint32_t, uint32_t, uint32_t, int32_t, uint32_t, uint32_t, uint32_t);

static unsigned char area[65536];
static unsigned char* memory(uint32_t at) { return (unsigned char*)(uintptr_t)at; }
static uint32_t address(const void* of) { return (uint32_t)(uintptr_t)of; }

static uint64_t digest(void) {
  uint64_t sum = 14695981039346656037u;
  const uint32_t pages = (uint32_t)__builtin_wasm_memory_size(0);
  // Behind the stack, which moves while it is read.
  for (uint32_t at = address(area); at < pages * 65536; ++at)
    sum = (sum ^ *memory(at)) * 1099511628211u;
  return sum;
}

static void tell(int32_t result, uint32_t n, uint32_t status, uint32_t trunc) {
  printf("errno %d n %u status %u trunc %u\n", (int)result, (unsigned)n, (unsigned)status,
         (unsigned)trunc);
}

static uint32_t word_at(uint32_t at) {
  uint32_t word;
  memcpy(&word, memory(at), 4);
  return word;
}

static void flood(const char* url, unsigned long times) {
  int32_t last = -1;
  unsigned long same = 0;
  for (unsigned long i = 0; i < times; ++i) {
    const int32_t result = get(address(url), (uint32_t)strlen(url), address(area), 100,
                               address(area + 200), address(area + 204), address(area + 208));
    if (result != last && same > 0) printf("errno %d times %lu\n", (int)last, same);
    same = result == last ? same + 1 : 1;
    last = result;
  }
  printf("errno %d times %lu\n", (int)last, same);
}

int main(int count, char** words) {
  if (count < 3) return 2;
  const char* const what = words[1];
  uint32_t url = address(words[2]);
  const uint32_t length = (uint32_t)strlen(words[2]);
  const uint32_t end = (uint32_t)__builtin_wasm_memory_size(0) * 65536;
  uint32_t out = address(area), n = address(area + 4000), status = n + 4, trunc = n + 8;
  int32_t most = 1000;
  memset(area, 0xEE, sizeof area);
  if (strcmp(what, "flood") == 0) {
    flood(words[2], strtoul(words[3], NULL, 10));
    return 0;
  }
  if (strcmp(what, "url") == 0) url = end - length + 1;
  if (strcmp(what, "out") == 0) out = end + 1;
  if (strcmp(what, "n") == 0) n = end - 3;
  if (strcmp(what, "status") == 0) status = end - 3;
  if (strcmp(what, "trunc") == 0) trunc = end;
  if (strcmp(what, "huge") == 0) {
    out = end - 100;
    most = 2147483647;
  }
  if (strcmp(what, "last") == 0) {
    trunc = end - 1;
    status = end - 5;
    n = end - 9;
  }
  if (strcmp(what, "overlap") == 0) {
    n = out + 2;
    status = out + 4;
    trunc = out + 7;
  }
  if (strcmp(what, "inside") == 0) {
    memcpy(area, words[2], length);
    url = out;
  }
  printf("calls\n");
  fflush(stdout);
  const uint64_t before = digest();
  const int32_t result = get(url, length, out, most, n, status, trunc);
  if (digest() == before) {
    printf("errno %d and memory is as it was\n", (int)result);
    return 0;
  }
  tell(result, word_at(n), word_at(status), *memory(trunc));
  for (uint32_t i = 0; i < 12 && out + i < end; ++i) printf("%02x", *memory(out + i));
  printf(" %02x%02x%02x\n", trunc + 1 < end ? *memory(trunc + 1) : 0,
         trunc + 2 < end ? *memory(trunc + 2) : 0, trunc + 3 < end ? *memory(trunc + 3) : 0);
  return 0;
}
