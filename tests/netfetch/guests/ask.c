// SPDX-License-Identifier: Apache-2.0
// ask METHOD URL [OPTION]…: one request through warrant_fetch, told in lines.
//   =Name:value  a header      $Name:ref  a secret by reference    @text  the body
//   #N           a body of N bytes         ^      redirects returned    ~MS  the timeout
//   piece=N      bytes a read  cancel     after the first read     times=N  so many requests
//   hex=…        bytes of the head block  flags=N  keep: handles are not closed  record=N bytes of
//   it                   print=TEXT  afterwards, on both outputs, say=N bytes a write
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "warrant_fetch.h"

static char head[300000];
static char sent[2000000];
enum { kShown = 4096 };  // bytes of a body
static char piece[65536];
static uint32_t head_size, sent_size, timeout, flags, piece_size = sizeof piece, times = 1;
static uint32_t record_size = sizeof(struct warrant_response);
static int cancels, keeps;
static const char* printed[64];
static uint32_t printed_count, say_size = 1;

static uint32_t method_of(const char* name) {
  static const char* const names[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  for (uint32_t i = 0; i < 7; ++i) {
    if (strcmp(names[i], name) == 0) return i;
  }
  return (uint32_t)strtoul(name, NULL, 10);
}

static void take_header(char kind, const char* text) {
  const char* const colon = strchr(text, ':');
  const size_t name = colon == NULL ? strlen(text) : (size_t)(colon - text);
  head[head_size++] = kind;
  memcpy(head + head_size, text, name);
  head_size += (uint32_t)name;
  head[head_size++] = 0;
  if (colon != NULL) {
    memcpy(head + head_size, colon + 1, strlen(colon + 1));
    head_size += (uint32_t)strlen(colon + 1);
  }
  head[head_size++] = 0;
}

static void take(const char* word) {
  if (word[0] == '=' || word[0] == '$') {
    take_header(word[0], word + 1);
  } else if (word[0] == '@') {
    sent_size = (uint32_t)strlen(word + 1);
    memcpy(sent, word + 1, sent_size);
  } else if (word[0] == '#') {
    sent_size = (uint32_t)strtoul(word + 1, NULL, 10);
    memset(sent, 'b', sent_size);
  } else if (word[0] == '^') {
    flags = WARRANT_REDIRECTS_RETURNED;
  } else if (word[0] == '~') {
    timeout = (uint32_t)strtoul(word + 1, NULL, 10);
  } else if (strncmp(word, "piece=", 6) == 0) {
    piece_size = (uint32_t)strtoul(word + 6, NULL, 10);
  } else if (strncmp(word, "times=", 6) == 0) {
    times = (uint32_t)strtoul(word + 6, NULL, 10);
  } else if (strncmp(word, "hex=", 4) == 0) {
    for (word += 4; word[0] != 0 && word[1] != 0; word += 2) {
      const char byte[3] = {word[0], word[1], 0};
      head[head_size++] = (char)strtoul(byte, NULL, 16);
    }
  } else if (strncmp(word, "flags=", 6) == 0) {
    flags = (uint32_t)strtoul(word + 6, NULL, 10);
  } else if (strncmp(word, "record=", 7) == 0) {
    record_size = (uint32_t)strtoul(word + 7, NULL, 10);
  } else if (strcmp(word, "keep") == 0) {
    keeps = 1;
  } else if (strncmp(word, "print=", 6) == 0 && printed_count < 64) {
    printed[printed_count++] = word + 6;
  } else if (strncmp(word, "say=", 4) == 0) {
    say_size = (uint32_t)strtoul(word + 4, NULL, 10);
  } else if (strcmp(word, "cancel") == 0) {
    cancels = 1;
  }
}

static void tell_error(const char* what, int32_t result) {
  char text[256];
  uint32_t n = 0;
  warrant_fetch_error_read(text, sizeof text, &n);
  for (uint32_t i = 0; i + 1 < n; ++i) {
    if (text[i] == 0) text[i] = '|';
  }
  printf("%s errno %d %.*s\n", what, (int)result, n > 0 ? (int)n - 1 : 0, text);
}

static void tell_head(uint32_t handle) {
  struct warrant_response about;
  memset(&about, 0x77, sizeof about);
  warrant_fetch_response(handle, &about, record_size);
  printf("status %u flags %u hops %u length %lld\n", (unsigned)about.status, (unsigned)about.flags,
         (unsigned)about.hops, (long long)about.body_length);
  uint32_t at = 0;
  for (uint32_t n = 1; n > 0; at += n) {
    if (warrant_fetch_head_read(handle, at, piece, 5, &n) != 0) return;
    for (uint32_t i = 0; i < n; ++i) putchar(piece[i] == 0 ? '\n' : piece[i]);
  }
}

static void read_body(uint32_t handle) {
  unsigned long total = 0;
  for (;;) {
    uint32_t n = 0;
    const int32_t result = warrant_fetch_body_read(handle, piece, piece_size, &n);
    if (result != 0) {
      printf("\nread %lu then ", total);
      tell_error("body", result);
      return;
    }
    if (n == 0) break;
    // However long the reads are, the same is printed.
    const unsigned long left = total < kShown ? kShown - total : 0;
    fwrite(piece, 1, n < left ? n : left, stdout);
    total += n;
    if (cancels) warrant_fetch_cancel(handle);
  }
  printf("\nread %lu\n", total);
}

static void say(int to, const char* text) {
  for (size_t at = 0, n; at < strlen(text); at += n) {
    n = strlen(text + at) < say_size ? strlen(text + at) : say_size;
    if (write(to, text + at, n) != (ssize_t)n) exit(3);
  }
}

int main(int count, char** words) {
  if (count < 3) return 2;
  for (int i = 3; i < count; ++i) take(words[i]);
  for (uint32_t i = 0; i < times; ++i) {
    uint32_t handle = 0;
    const int32_t result =
        warrant_fetch_request(method_of(words[1]), words[2], (uint32_t)strlen(words[2]), head,
                              head_size, sent, sent_size, timeout, flags, &handle);
    if (result != 0) {
      tell_error("request", result);
      continue;
    }
    printf("handle %u\n", (unsigned)handle);
    tell_head(handle);
    if (keeps) continue;
    read_body(handle);
    printf("close %d\n", (int)warrant_fetch_close(handle));
  }
  fflush(stdout);
  for (uint32_t i = 0; i < printed_count; ++i) {
    for (int to = 1; to <= 2; ++to) {
      say(to, "<");
      say(to, printed[i]);
      say(to, ">\n");
    }
  }
  return 0;
}
