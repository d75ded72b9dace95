// SPDX-License-Identifier: Apache-2.0
// The least that a C program over the engine archive does for a run: the floor that the engine room
// is measured against. No limits, no records, no deadlines but the epoch that the code is made for.
#ifndef WARRANT_BENCH_FLOOR_H
#define WARRANT_BENCH_FLOOR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Compiles and links for pooled instances; stops the process when anything fails.
void floor_open(const uint8_t* module, size_t size);
// Store, instance, _start, drop; `times` times.
void floor_runs(uint32_t times);
// An export that makes `times` host calls: "empty" or "clock".
void floor_calls(const char* name, uint32_t times);

#ifdef __cplusplus
}
#endif
#endif
