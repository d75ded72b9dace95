// SPDX-License-Identifier: Apache-2.0
// What the hashes and signatures need of libsodium's utilities, for wasm32: those of libsodium want
// signals, pages and the system's randomness. The core makes no random keys.
#include <stddef.h>

void sodium_memzero(void* const to, const size_t size) {
  volatile unsigned char* bytes = to;
  for (size_t n = 0; n < size; ++n) bytes[n] = 0;
}

int sodium_memcmp(const void* const a, const void* const b, size_t size) {
  const volatile unsigned char* left = a;
  const volatile unsigned char* right = b;
  unsigned difference = 0;
  for (size_t n = 0; n < size; ++n) difference |= (unsigned)(left[n] ^ right[n]);
  return (int)(1 & ((difference - 1) >> 8)) - 1;
}

int sodium_is_zero(const unsigned char* bytes, const size_t size) {
  volatile unsigned any = 0;
  for (size_t n = 0; n < size; ++n) any |= bytes[n];
  return (int)(1 & ((any - 1) >> 8));
}

_Noreturn void randombytes_buf(void* const to, const size_t size) {
  (void)to;
  (void)size;
  __builtin_trap();
}

_Noreturn void sodium_misuse(void) { __builtin_trap(); }
