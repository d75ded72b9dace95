// SPDX-License-Identifier: Apache-2.0
// raw warm CA URL COUNT: what libcurl alone takes for COUNT serial GETs over one kept connection,
// after three that do not count. raw cold CA URL: for the first. raw flight CA URL COUNT WIDTH: for
// COUNT with WIDTH in flight, as streams of one connection where the server can. Nanoseconds of
// one.
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "raw_options.h"

enum { kWidest = 256 };
static char body[2 << 20];
static size_t received[kWidest];

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static size_t take(char* from, size_t one, size_t size, void* to) {
  size_t* const at = to;
  (void)one;
  if (*at + size > sizeof body) return 0;
  memcpy(body + *at, from, size);
  *at += size;
  return size;
}

static CURL* make(const char* ca, const char* url, size_t* at) {
  CURL* const easy = curl_easy_init();
  set_raw_options(easy, ca, url);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, at);
  return easy;
}

static int serial(const char* ca, const char* url, int times, int warm) {
  CURL* const easy = make(ca, url, &received[0]);
  for (int i = 0; i < warm; ++i) {
    received[0] = 0;
    if (curl_easy_perform(easy) != CURLE_OK) return 1;
  }
  const double began = now();
  for (int i = 0; i < times; ++i) {
    received[0] = 0;
    if (curl_easy_perform(easy) != CURLE_OK) return 1;
  }
  printf("%.0f\n", (now() - began) / times);
  return 0;
}

static int flight(const char* ca, const char* url, int times, int width) {
  CURLM* const multi = curl_multi_init();
  for (int i = 0; i < width; ++i) {
    curl_multi_add_handle(multi, make(ca, url, &received[i]));
  }
  int started = width, done = 0, running = 0;
  double began = 0;
  while (done < times + width) {
    if (curl_multi_perform(multi, &running) != CURLM_OK) return 1;
    int queued = 0;
    for (CURLMsg* message; (message = curl_multi_info_read(multi, &queued)) != NULL;) {
      if (message->data.result != CURLE_OK) return 1;
      CURL* const easy = message->easy_handle;
      if (++done == width) began = now();  // the first of each made the connection
      curl_multi_remove_handle(multi, easy);
      if (started >= times + width) continue;
      ++started;
      for (int i = 0; i < width; ++i) received[i] = 0;
      curl_multi_add_handle(multi, easy);
    }
    if (done < times + width) curl_multi_poll(multi, NULL, 0, 1000, NULL);
  }
  printf("%.0f\n", (now() - began) / times);
  return 0;
}

int main(int count, char** words) {
  if (count < 4) return 2;
  curl_global_init(CURL_GLOBAL_DEFAULT);
  const int times = count > 4 ? (int)strtol(words[4], NULL, 10) : 1;
  const int width = count > 5 ? (int)strtol(words[5], NULL, 10) : 1;
  if (strcmp(words[1], "flight") == 0 && width <= kWidest) {
    return flight(words[2], words[3], times, width);
  }
  return serial(words[2], words[3], times, strcmp(words[1], "warm") == 0 ? 3 : 0);
}
