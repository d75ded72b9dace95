// SPDX-License-Identifier: Apache-2.0
// wasi-fetch get URL [SIZE]: one GET into a buffer of SIZE bytes, by openagentic_netfetch.
// wasi-fetch METHOD URL [WORD...]: one request by warrant_fetch, its body as it comes. Words:
//   Name:value  a header    $Name:ref  a secret by reference    @TEXT  the body
//   ?name       show that header of the answer                  ^      redirects are shown, not
//   followed
// Exit code 0 with an answer, whatever its status; 2 with why there is none.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "warrant_fetch.h"

enum { kBuffer = 1 << 20, kHead = 64 << 10, kPiece = 1000, kFailed = 2, kUsage = 64 };

static char buffer[kBuffer];

static const char* errno_word(int32_t errno_) {
  static const struct {
    int32_t number;
    const char* word;
  } known[] = {{2, "EACCES"},     {8, "EBADF"},       {11, "ECANCELED"},    {13, "ECONNABORTED"},
               {19, "EDQUOT"},    {28, "EINVAL"},     {23, "EHOSTUNREACH"}, {32, "ELOOP"},
               {33, "EMFILE"},    {35, "EMSGSIZE"},   {58, "ENOTSUP"},      {65, "EPROTO"},
               {73, "ETIMEDOUT"}, {76, "ENOTCAPABLE"}};
  for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
    if (known[i].number == errno_) return known[i].word;
  }
  return "errno";
}

static int get(const char* url, int32_t size) {
  uint32_t n = 0;
  uint32_t status = 0;
  uint8_t cut = 0;
  const int32_t result =
      openagentic_fetch_get(url, (uint32_t)strlen(url), buffer, size, &n, &status, &cut);
  if (result != 0) {
    printf("[wasi-fetch] get refused: %s (%d)\n", errno_word(result), (int)result);
    return kFailed;
  }
  printf("[wasi-fetch] get %u, %u bytes%s\n", (unsigned)status, (unsigned)n, cut ? ", cut" : "");
  fwrite(buffer, 1, n, stdout);
  putchar('\n');
  return 0;
}

// "EACCES (2) not_granted (host_not_granted)", by the host's words for the last failure.
static void tell_error(int32_t result) {
  char block[256];
  uint32_t n = 0;
  printf("%s (%d)", errno_word(result), (int)result);
  if (warrant_fetch_error_read(block, sizeof block - 1, &n) == 0 && n > 0) {
    block[n] = 0;
    const char* const code = block;
    const char* const reason = code + strlen(code) + 1;
    const char* const sent = reason + strlen(reason) + 1;
    if (*code != 0) printf(" %s", code);
    if (*reason != 0) printf(" (%s)", reason);
    if (strcmp(sent, "partial") == 0) fputs(", part of the request was sent", stdout);
    if (strcmp(sent, "full") == 0) fputs(", the request was sent", stdout);
  }
  putchar('\n');
}

struct asked {
  char head[kHead];
  uint32_t head_size;
  const char* body;
  uint32_t flags;
};

// An entry of a head block: `kind name NUL value NUL`.
static int add_header(struct asked* asked, char kind, const char* word) {
  const char* const colon = strchr(word, ':');
  const size_t name = colon != NULL ? (size_t)(colon - word) : strlen(word);
  const char* const value = colon != NULL ? colon + 1 : "";
  if (asked->head_size + name + strlen(value) + 3 > kHead) return 0;
  char* to = asked->head + asked->head_size;
  *to++ = kind;
  memcpy(to, word, name);
  to += name;
  *to++ = 0;
  memcpy(to, value, strlen(value) + 1);
  asked->head_size += (uint32_t)(name + strlen(value) + 3);
  return 1;
}

static int put_together(struct asked* asked, char** words) {
  for (; *words != NULL; ++words) {
    const char* const word = *words;
    if (*word == '@') {
      asked->body = word + 1;
    } else if (*word == '^') {
      asked->flags = WARRANT_REDIRECTS_RETURNED;
    } else if (*word != '?') {
      const char kind = *word == '$' ? '$' : '=';
      if (!add_header(asked, kind, kind == '$' ? word + 1 : word)) return 0;
    }
  }
  return 1;
}

// The value of a header in a block of answers; NULL where there is none.
static const char* find_header(const char* block, size_t size, const char* name) {
  for (size_t at = 0; at < size;) {
    const char* const key = block + at + 1;
    const char* const value = key + strlen(key) + 1;
    if (strcmp(key, name) == 0) return value;
    at = (size_t)(value - block) + strlen(value) + 1;
  }
  return NULL;
}

static void show_headers(uint32_t handle, char** words) {
  uint32_t size = 0;
  if (warrant_fetch_head_read(handle, 0, buffer, kBuffer, &size) != 0) return;
  for (; *words != NULL; ++words) {
    if (**words != '?') continue;
    const char* const value = find_header(buffer, size, *words + 1);
    printf("%s: %s\n", *words + 1, value != NULL ? value : "-");
  }
}

static int show_body(uint32_t handle) {
  char piece[kPiece];
  unsigned long total = 0;
  for (;;) {
    uint32_t n = 0;
    const int32_t result = warrant_fetch_body_read(handle, piece, sizeof piece, &n);
    if (result != 0) {
      printf("\n[wasi-fetch] ended after %lu bytes: ", total);
      tell_error(result);
      return kFailed;
    }
    if (n == 0) break;
    fwrite(piece, 1, n, stdout);
    total += n;
  }
  printf("\n[wasi-fetch] %lu bytes\n", total);
  return 0;
}

static int ask(const char* word, uint32_t method, const char* url, char** words) {
  static struct asked asked = {.body = ""};
  if (!put_together(&asked, words)) return kUsage;
  uint32_t handle = 0;
  const int32_t result =
      warrant_fetch_request(method, url, (uint32_t)strlen(url), asked.head, asked.head_size,
                            asked.body, (uint32_t)strlen(asked.body), 0, asked.flags, &handle);
  if (result != 0) {
    printf("[wasi-fetch] %s refused: ", word);
    tell_error(result);
    return kFailed;
  }
  struct warrant_response about = {0};
  warrant_fetch_response(handle, &about, sizeof about);
  printf("[wasi-fetch] %s %u%s\n", word, (unsigned)about.status,
         about.flags & WARRANT_REDIRECTED ? ", redirected" : "");
  show_headers(handle, words);
  const int code = show_body(handle);
  warrant_fetch_close(handle);
  return code;
}

int main(int count, char** words) {
  static const char* const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  if ((count == 3 || count == 4) && strcmp(words[1], "get") == 0) {
    const long size = count == 4 ? strtol(words[3], NULL, 10) : kBuffer;
    return get(words[2], (int32_t)(size < kBuffer ? size : kBuffer));
  }
  for (uint32_t i = 0; count > 2 && i < sizeof methods / sizeof *methods; ++i) {
    if (strcmp(words[1], methods[i]) == 0) return ask(words[1], i, words[2], words + 3);
  }
  puts("[wasi-fetch] usage: get URL [SIZE] | METHOD URL [Name:value|$Name:ref|@BODY|?name|^]...");
  return kUsage;
}
