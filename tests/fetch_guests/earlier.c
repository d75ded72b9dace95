// SPDX-License-Identifier: Apache-2.0
// A guest in the way of those of the earlier host: it declares the import by itself and uses what
// it knows of the call. earlier URL...: how each habit fares with each URL, one line each.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((import_module("openagentic_netfetch"), import_name("fetch_get"))) extern int
host_fetch(const char* url, int url_len, char* out, int out_max, unsigned* n, unsigned* status,
           void* truncated);

// Starts small and doubles until all of the body fits.
static void doubling(const char* url) {
  int room = 16;
  int tries = 0;
  char* body = NULL;
  unsigned n = 0, status = 0;
  int truncated = 0;  // the earlier host wrote its first byte
  int errno_ = 0;
  do {
    room *= 2;
    char* const more = realloc(body, (size_t)room);
    if (more == NULL) break;
    body = more;
    truncated = 0;
    errno_ = host_fetch(url, (int)strlen(url), body, room, &n, &status, &truncated);
    ++tries;
  } while (errno_ == 0 && truncated != 0);
  unsigned sum = 0;
  for (unsigned i = 0; errno_ == 0 && i < n; ++i) sum = sum * 31 + (unsigned char)body[i];
  printf("doubling %d %u %u tries %d sum %u\n", errno_, status, n, tries, sum);
  free(body);
}

// Asks for the status alone.
static void status_only(const char* url) {
  unsigned n = 99, status = 99;
  unsigned char truncated = 99;
  const int errno_ = host_fetch(url, (int)strlen(url), NULL, 0, &n, &status, &truncated);
  printf("status %d %u %u %u\n", errno_, status, n, truncated);
}

// All cells behind each other at an odd address, as a packed record of another language.
static void packed(const char* url) {
  static char record[1 + 4 + 4 + 4 + 64];
  memset(record, 0x5a, sizeof record);
  char* const at = record + 1;
  const int errno_ = host_fetch(url, (int)strlen(url), at + 12, 64, (unsigned*)(void*)at,
                                (unsigned*)(void*)(at + 4), at + 8);
  unsigned n = 0, status = 0;
  memcpy(&n, at, 4);
  memcpy(&status, at + 4, 4);
  printf("packed %d %x %x %02x%02x%02x%02x\n", errno_, status, n, (unsigned char)at[8],
         (unsigned char)at[9], (unsigned char)at[10], (unsigned char)at[11]);
}

// The answer over the URL, in one buffer.
static void in_place(const char* url) {
  static char line[256];
  unsigned n = 0, status = 0;
  char truncated = 0;
  memset(line, 0, sizeof line);
  memcpy(line, url, strlen(url));
  const int errno_ = host_fetch(line, (int)strlen(url), line, sizeof line, &n, &status, &truncated);
  printf("in place %d %u %.*s\n", errno_, status, errno_ == 0 && n < 40 ? (int)n : 0, line);
}

// A capacity that no buffer has, at the end of what was allocated.
static void boundless(const char* url) {
  char* const body = malloc(4096);
  unsigned n = 0, status = 0;
  char truncated = 0;
  const int errno_ = host_fetch(url, (int)strlen(url), body, 0x7fffffff, &n, &status, &truncated);
  printf("boundless %d %u %d\n", errno_, status, truncated);
  free(body);
}

int main(int count, char** words) {
  for (int i = 1; i < count; ++i) {
    doubling(words[i]);
    status_only(words[i]);
    packed(words[i]);
    in_place(words[i]);
    boundless(words[i]);
  }
  return 0;
}
