// SPDX-License-Identifier: Apache-2.0
// get URL [OUT_MAX]…: fetch_get on each URL, one line each: "errno E n N status S trunc T", then
// the body. A number behind a URL is its buffer's size; "hex=68…" is a URL of any bytes.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "warrant_fetch.h"

static char body[2000000];
static char url[20000];

// The length of the URL that a word stands for.
static uint32_t take(const char* word) {
  if (strncmp(word, "hex=", 4) != 0) {
    strcpy(url, word);
    return (uint32_t)strlen(word);
  }
  uint32_t length = 0;
  for (word += 4; word[0] != 0 && word[1] != 0; word += 2) {
    const char byte[3] = {word[0], word[1], 0};
    url[length++] = (char)strtoul(byte, NULL, 16);
  }
  return length;
}

int main(int count, char** words) {
  for (int i = 1; i < count; ++i) {
    const uint32_t length = take(words[i]);
    int32_t most = sizeof body;
    if (i + 1 < count && strspn(words[i + 1], "-0123456789") == strlen(words[i + 1])) {
      most = (int32_t)strtol(words[++i], NULL, 10);
    }
    uint32_t n = 4242;
    uint32_t status = 4242;
    uint8_t cut = 42;
    const int32_t result = openagentic_fetch_get(url, length, body, most, &n, &status, &cut);
    printf("errno %d n %u status %u trunc %u\n", (int)result, (unsigned)n, (unsigned)status,
           (unsigned)cut);
    if (result == 0 && n > 0 && n < 4096) {
      fwrite(body, 1, n, stdout);
      putchar('\n');
    }
  }
  return 0;
}
