// SPDX-License-Identifier: Apache-2.0
// probe VERB [WORD…]: does one thing and says in plain lines what came of it. Numbers printed after
// "errno" are those of preview1. Exit 0 unless a verb says otherwise; an unknown verb is 2.
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/api.h>

extern char** environ;

static int failed(const char* what) {
  printf("%s: errno %d\n", what, errno);
  return 1;
}

// Each word as its length and its bytes in hex: nothing can be mistaken.
static void show(const char* word) {
  printf("%zu ", strlen(word));
  for (; *word; word++) printf("%02x", (unsigned char)*word);
  puts("");
}

static int arguments(int argc, char** argv) {
  for (int i = 0; i < argc; i++) show(argv[i]);
  return 0;
}

static int environment(void) {
  for (char** entry = environ; entry != NULL && *entry != NULL; entry++) show(*entry);
  return 0;
}

static int descriptors(void) {
  for (__wasi_fd_t fd = 0; fd < 256; fd++) {
    __wasi_fdstat_t info;
    if (__wasi_fd_fdstat_get(fd, &info) == 0) printf("%u type %d\n", fd, info.fs_filetype);
  }
  return 0;
}

static int use(__wasi_fd_t fd) {
  static uint8_t block[64];
  __wasi_iovec_t in = {block, sizeof block};
  __wasi_ciovec_t out = {(const uint8_t*)"stolen", 6};
  __wasi_size_t done;
  printf("read errno %d\n", __wasi_fd_read(fd, &in, 1, &done));
  printf("write errno %d\n", __wasi_fd_write(fd, &out, 1, &done));
  return 0;
}

static int clock_of(__wasi_clockid_t id) {
  __wasi_timestamp_t now = 0;
  printf("errno %d\n", __wasi_clock_time_get(id, 1, &now));
  if (now > 0) printf("at %llu\n", (unsigned long long)now);
  return 0;
}

static int entropy(size_t length, long times) {
  uint8_t* block = calloc(length + 1, 1);
  __wasi_errno_t code = 0;
  long done = 0;
  while (done < times && (code = __wasi_random_get(block, length)) == 0) done++;
  printf("errno %d after %ld\n", code, done);
  for (size_t i = 0; i < length && i < 32; i++) printf("%02x", block[i]);
  puts("");
  return 0;
}

static int grow(size_t pages) {
  size_t before = __builtin_wasm_memory_grow(0, pages);
  puts(before == SIZE_MAX ? "refused" : "grown");
  return 0;
}

static int pour(FILE* to, long bytes) {
  while (bytes-- > 0) putc('x', to);
  return fflush(to) == 0 && !ferror(to) ? 0 : 1;
}

static int open_many(const char* path, int count) {
  int opened = 0, last = -1;
  while (opened < count && (last = open(path, O_RDONLY)) >= 0) opened++;
  printf("opened %d errno %d\n", opened, last < 0 ? errno : 0);
  return 0;
}

static int fill(const char* path, long bytes) {
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (file < 0) return failed("open");
  static char block[1024];
  long done = 0;
  while (done < bytes) {
    size_t piece = bytes - done < (long)sizeof block ? (size_t)(bytes - done) : sizeof block;
    ssize_t put = write(file, block, piece);
    if (put < 0) break;
    done += put;
  }
  printf("wrote %ld errno %d\n", done, done < bytes ? errno : 0);
  return 0;
}

static int make_many(const char* directory, int count) {
  char name[256];
  int made = 0;
  for (; made < count; made++) {
    snprintf(name, sizeof name, "%s/d%d", directory, made);
    if (mkdir(name, 0777) != 0) break;
  }
  printf("made %d errno %d\n", made, made < count ? errno : 0);
  return 0;
}

static int poll_many(__wasi_size_t count) {
  __wasi_subscription_t* asked = calloc(count + 1, sizeof *asked);
  __wasi_event_t* events = calloc(count + 1, sizeof *events);
  __wasi_size_t got = 0;
  for (__wasi_size_t i = 0; i < count; i++) {
    asked[i].u.tag = __WASI_EVENTTYPE_CLOCK;
    asked[i].u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
  }
  int code = __wasi_poll_oneoff(asked, events, count, &got);
  printf("errno %d events %lu\n", code, got);
  return 0;
}

static int vectors(int count) {
  static uint8_t byte = 'v';
  __wasi_ciovec_t* list = calloc((size_t)count, sizeof *list);
  __wasi_size_t done = 0;
  for (int i = 0; i < count; i++) list[i] = (__wasi_ciovec_t){&byte, 1};
  int code = __wasi_fd_write(2, list, (size_t)count, &done);
  printf("errno %d wrote %lu\n", code, done);
  return 0;
}

static int sleep_for(int seconds) {
  puts("sleeping");
  fflush(stdout);
  sleep((unsigned)seconds);
  puts("awake");
  return 0;
}

static int spin(void) {
  puts("spinning");
  fflush(stdout);
  for (volatile unsigned turns = 0;; turns++) {
  }
}

// Writes until told no; the answer goes to stderr.
static int write_on(void) {
  __wasi_ciovec_t out = {(const uint8_t*)"0123456789abcdef", 16};
  __wasi_size_t done;
  for (int i = 0; i < 1000000; i++) {
    __wasi_errno_t code = __wasi_fd_write(1, &out, 1, &done);
    if (code == 0) continue;
    fprintf(stderr, "errno %d\n", code);
    return 3;
  }
  return 0;
}

static int see(const char* path) {
  struct stat info;
  if (stat(path, &info) != 0) return failed("stat");
  int file = open(path, O_RDONLY);
  if (file < 0) return failed("open");
  char block[256];
  ssize_t got = read(file, block, sizeof block - 1);
  if (got < 0) return failed("read");
  block[got] = 0;
  printf("read %s\n", block);
  return 0;
}

static int directory_now(void) {
  char name[1024];
  puts(getcwd(name, sizeof name) == NULL ? "none" : name);
  return 0;
}

static int one_word(const char* verb, const char* word) {
  if (strcmp(verb, "use") == 0) return use((__wasi_fd_t)atol(word));
  if (strcmp(verb, "clock") == 0) return clock_of((__wasi_clockid_t)atol(word));
  if (strcmp(verb, "grow") == 0) return grow((size_t)atol(word));
  if (strcmp(verb, "out") == 0) return pour(stdout, atol(word));
  if (strcmp(verb, "err") == 0) return pour(stderr, atol(word));
  if (strcmp(verb, "exit") == 0) __wasi_proc_exit((__wasi_exitcode_t)strtoul(word, NULL, 10));
  if (strcmp(verb, "poll") == 0) return poll_many((__wasi_size_t)atol(word));
  if (strcmp(verb, "vectors") == 0) return vectors(atoi(word));
  if (strcmp(verb, "sleep") == 0) return sleep_for(atoi(word));
  if (strcmp(verb, "see") == 0) return see(word);
  if (strcmp(verb, "say") == 0) return fputs(word, stdout) < 0;
  if (strcmp(verb, "new") == 0) return fill(word, 0);
  return 2;
}

static int two_words(const char* verb, const char* one, const char* two) {
  if (strcmp(verb, "random") == 0) return entropy((size_t)atol(one), atol(two));
  if (strcmp(verb, "open") == 0) return open_many(one, atoi(two));
  if (strcmp(verb, "fill") == 0) return fill(one, atol(two));
  if (strcmp(verb, "dirs") == 0) return make_many(one, atoi(two));
  return 2;
}

int main(int argc, char** argv) {
  const char* verb = argc > 1 ? argv[1] : "";
  if (strcmp(verb, "args") == 0) return arguments(argc, argv);
  if (strcmp(verb, "env") == 0) return environment();
  if (strcmp(verb, "fds") == 0) return descriptors();
  if (strcmp(verb, "cwd") == 0) return directory_now();
  if (strcmp(verb, "spin") == 0) return spin();
  if (strcmp(verb, "write") == 0) return write_on();
  if (argc == 3) return one_word(verb, argv[2]);
  if (argc == 4) return two_words(verb, argv[2], argv[3]);
  return 2;
}
