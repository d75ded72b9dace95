// SPDX-License-Identifier: Apache-2.0
// guest warm URL COUNT: COUNT serial GETs after three that do not count, nanoseconds of one.
// guest cold URL: nanoseconds of the first. guest none: nothing. guest denied URL COUNT: refusals.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "warrant_fetch.h"

static char body[2 << 20];

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int32_t get(const char* url) {
  uint32_t n = 0, status = 0;
  uint8_t cut = 0;
  const int32_t result =
      openagentic_fetch_get(url, (uint32_t)strlen(url), body, sizeof body, &n, &status, &cut);
  return result != 0 ? result : status != 200 || cut != 0 ? -1 : 0;
}

int main(int count, char** words) {
  if (count < 3) return 0;
  const int denied = strcmp(words[1], "denied") == 0;
  const int wanted = denied ? 76 : 0;
  const int times = count > 3 ? (int)strtol(words[3], NULL, 10) : 1;
  for (int i = 0; count > 3 && i < 3; ++i) {
    if (get(words[2]) != wanted) return 1;
  }
  const double began = now();
  for (int i = 0; i < times; ++i) {
    const int32_t result = get(words[2]);
    if (result != wanted) {
      fprintf(stderr, "request %d: %d\n", i, (int)result);
      return 1;
    }
  }
  printf("%.0f\n", (now() - began) / times);
  return 0;
}
