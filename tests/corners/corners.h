// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the corner programs share: the raw calls of preview1, their numbers, and rows.
//
// A program is a list of rows. row() begins one and ends the one before; every check inside it adds
// to its verdict; the driver reads "ok NAME" or "FAILED NAME: …" for each, then how many denials
// the program met, and compares those with what the host counted. Numbers are typed from
// preview1.md section 3. Compiled with -DOLD the same calls are those of
// wasi_unstable.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef OLD
#define SNAPSHOT "wasi_unstable"
#define R_ALL 0x1FFFFFFFULL
#else
#define SNAPSHOT "wasi_snapshot_preview1"
#define R_ALL 0x3FFFFFFFULL
#endif
#define CALL(name, ...) \
  extern uint32_t name(__VA_ARGS__) __attribute__((import_module(SNAPSHOT), import_name(#name)))

struct vec {
  const void* at;
  uint32_t size;
};

CALL(args_sizes_get, uint32_t* count, uint32_t* bytes);
CALL(args_get, char** words, char* bytes);
CALL(environ_sizes_get, uint32_t* count, uint32_t* bytes);
CALL(environ_get, char** words, char* bytes);
CALL(clock_res_get, uint32_t id, uint64_t* resolution);
CALL(clock_time_get, uint32_t id, uint64_t precision, uint64_t* time);
CALL(random_get, void* at, uint32_t size);
CALL(sched_yield, void);
CALL(proc_raise, uint32_t signal);
CALL(fd_read, uint32_t fd, const struct vec* list, uint32_t count, uint32_t* done);
CALL(fd_pread, uint32_t fd, const struct vec* list, uint32_t count, uint64_t at, uint32_t* done);
CALL(fd_write, uint32_t fd, const struct vec* list, uint32_t count, uint32_t* done);
CALL(fd_pwrite, uint32_t fd, const struct vec* list, uint32_t count, uint64_t at, uint32_t* done);
CALL(fd_seek, uint32_t fd, uint64_t offset, uint32_t whence, uint64_t* now);
CALL(fd_tell, uint32_t fd, uint64_t* now);
CALL(fd_sync, uint32_t fd);
CALL(fd_datasync, uint32_t fd);
CALL(fd_advise, uint32_t fd, uint64_t offset, uint64_t size, uint32_t advice);
CALL(fd_allocate, uint32_t fd, uint64_t offset, uint64_t size);
CALL(fd_close, uint32_t fd);
CALL(fd_renumber, uint32_t fd, uint32_t to);
CALL(fd_fdstat_get, uint32_t fd, void* stat);
CALL(fd_fdstat_set_flags, uint32_t fd, uint32_t flags);
CALL(fd_fdstat_set_rights, uint32_t fd, uint64_t base, uint64_t inheriting);
CALL(fd_filestat_get, uint32_t fd, void* stat);
CALL(fd_filestat_set_size, uint32_t fd, uint64_t size);
CALL(fd_filestat_set_times, uint32_t fd, uint64_t atim, uint64_t mtim, uint32_t which);
CALL(fd_readdir, uint32_t fd, void* at, uint32_t size, uint64_t cookie, uint32_t* used);
CALL(fd_prestat_get, uint32_t fd, void* prestat);
CALL(fd_prestat_dir_name, uint32_t fd, char* at, uint32_t size);
CALL(path_open, uint32_t fd, uint32_t lookup, const char* path, uint32_t size, uint32_t oflags,
     uint64_t base, uint64_t inheriting, uint32_t flags, uint32_t* opened);
CALL(path_filestat_get, uint32_t fd, uint32_t lookup, const char* path, uint32_t size, void* stat);
CALL(path_filestat_set_times, uint32_t fd, uint32_t lookup, const char* path, uint32_t size,
     uint64_t atim, uint64_t mtim, uint32_t which);
CALL(path_create_directory, uint32_t fd, const char* path, uint32_t size);
CALL(path_remove_directory, uint32_t fd, const char* path, uint32_t size);
CALL(path_unlink_file, uint32_t fd, const char* path, uint32_t size);
CALL(path_rename, uint32_t fd, const char* old, uint32_t old_size, uint32_t new_fd,
     const char* new_path, uint32_t new_size);
CALL(path_link, uint32_t fd, uint32_t lookup, const char* old, uint32_t old_size, uint32_t new_fd,
     const char* new_path, uint32_t new_size);
CALL(path_symlink, const char* target, uint32_t target_size, uint32_t fd, const char* path,
     uint32_t size);
CALL(path_readlink, uint32_t fd, const char* path, uint32_t size, void* at, uint32_t room,
     uint32_t* used);
CALL(poll_oneoff, const void* in, void* out, uint32_t count, uint32_t* ready);
CALL(sock_accept, uint32_t fd, uint32_t flags, uint32_t* accepted);
CALL(sock_recv, uint32_t fd, const struct vec* list, uint32_t count, uint32_t flags, uint32_t* done,
     uint16_t* seen);
CALL(sock_send, uint32_t fd, const struct vec* list, uint32_t count, uint32_t flags,
     uint32_t* done);
CALL(sock_shutdown, uint32_t fd, uint32_t how);

enum code {
  OK = 0,
  AGAIN = 6,
  BADF = 8,
  DQUOT = 19,
  EXIST = 20,
  FBIG = 22,
  ILSEQ = 25,
  INVAL = 28,
  ISDIR = 31,
  LOOP = 32,
  MFILE = 33,
  NAMETOOLONG = 37,
  NOENT = 44,
  NOMEM = 48,
  NOSYS = 52,
  NOTCONN = 53,
  NOTDIR = 54,
  NOTEMPTY = 55,
  NOTSOCK = 57,
  NOTSUP = 58,
  OVERFLOW = 61,
  PERM = 63,
  PIPE = 64,
  SPIPE = 70,
  XDEV = 75,
  NOTCAPABLE = 76,
};
enum { CREAT = 1, DIRECTORY = 2, EXCL = 4, TRUNC = 8 };
enum { APPEND = 1, DSYNC = 2, NONBLOCK = 4, RSYNC = 8, SYNC = 16 };
enum { NOFOLLOW = 0, FOLLOW = 1 };
enum { ATIM = 1, ATIM_NOW = 2, MTIM = 4, MTIM_NOW = 8 };
enum { UNKNOWN = 0, CHARACTER = 2, FOLDER = 3, REGULAR = 4, DATAGRAM = 5, STREAM = 6, LINK = 7 };

#define BIT(n) (1ULL << (n))
#define R_READ BIT(1)
#define R_WRITE BIT(6)
// What applies to a regular file: bits 0-8, 21-23, 27; without fd_write and what needs it.
#define R_FILE 0x08E001FFULL
#define R_READER (R_FILE & ~(R_WRITE | BIT(8) | BIT(22)))

// The grants of the driver: 3 "/w" writable, 4 "/r" only to be read, 5 "/v" writable.
enum { W = 3, R = 4, V = 5 };

// Rows.

static const char* row_name;
static int row_bad, rows, bad_rows, denials;

static inline void end_row(void) {
  if (row_name != NULL && !row_bad) printf("ok %s\n", row_name);
  if (row_name != NULL && row_bad) puts("");
  bad_rows += row_bad != 0;
  row_bad = 0;
}

static inline void row(const char* name) {
  end_row();
  row_name = name;
  rows++;
}

static inline void same(const char* what, uint64_t got, uint64_t wanted) {
  if (got == wanted) return;
  if (!row_bad) printf("FAILED %s:", row_name);
  printf(" [%s: got %llu, not %llu]", what, (unsigned long long)got, (unsigned long long)wanted);
  row_bad = 1;
}

#define want(call, code) same(#call, (call), (code))
#define truth(claim) same(#claim, (claim) != 0, 1)
// The warrant does not cover it: the guest sees the code and the host counts a denial.
#define denied_as(call, code) (denials++, same(#call, (call), (code)))
#define denied(call) denied_as(call, NOTCAPABLE)

static inline int finish(void) {
  end_row();
  row_name = NULL;
  printf("end %d rows %d denials\n", rows, denials);
  fflush(stdout);
  return bad_rows != 0;
}

// Records.

struct fdstat {
  uint8_t type, pad;
  uint16_t flags;
  uint32_t pad2;
  uint64_t base, inheriting;
};
struct filestat {
  uint64_t dev, ino;
#ifdef OLD
  uint8_t type, pad[3];
  uint32_t nlink;
#else
  uint8_t type, pad[7];
  uint64_t nlink;
#endif
  uint64_t size, atim, mtim, ctim;
};
struct dirent {
  uint64_t next, ino;
  uint32_t name_size;
  uint8_t type, pad[3];
};
_Static_assert(sizeof(struct fdstat) == 24, "preview1.md 3");
#ifdef OLD
_Static_assert(sizeof(struct filestat) == 56, "preview1.md 9");
#else
_Static_assert(sizeof(struct filestat) == 64, "preview1.md 3");
#endif
_Static_assert(sizeof(struct dirent) == 24 && sizeof(struct vec) == 8, "preview1.md 3");

// Short forms. P gives a path and its size; `opened` is what the last open gave.

#define P(text) (text), (uint32_t)strlen(text)

static uint32_t opened;
static inline uint32_t open_in(uint32_t dir, const char* path, uint32_t lookup, uint32_t oflags,
                               uint64_t base, uint32_t flags) {
  opened = 0xDEAD;
  return path_open(dir, lookup, P(path), oflags, base, R_ALL, flags, &opened);
}
static inline uint32_t opens(const char* path, uint32_t lookup, uint32_t oflags, uint64_t base) {
  return open_in(W, path, lookup, oflags, base, 0);
}
static inline uint32_t reader(const char* path) {
  want(opens(path, FOLLOW, 0, R_READER), OK);
  return opened;
}
static inline uint32_t writer(const char* path, uint32_t flags) {
  want(open_in(W, path, NOFOLLOW, CREAT, R_FILE, flags), OK);
  return opened;
}
static inline uint32_t folder(const char* path) {
  want(opens(path, NOFOLLOW, DIRECTORY, R_ALL & ~(R_READ | R_WRITE)), OK);
  return opened;
}
static uint32_t moved;
static inline uint32_t write_to(uint32_t fd, const char* text) {
  struct vec one = {P(text)};
  return fd_write(fd, &one, 1, &moved);
}
static uint8_t block[4096];
static inline uint32_t read_from(uint32_t fd, uint32_t size) {
  struct vec one = {block, size};
  memset(block, 0, sizeof block);
  return fd_read(fd, &one, 1, &moved);
}
// A file in the writable grant with this content and nothing else.
static inline void file(const char* path, const char* text) {
  path_unlink_file(W, P(path));
  want(opens(path, NOFOLLOW, CREAT | EXCL, R_FILE), OK);
  want(write_to(opened, text), OK);
  want(fd_close(opened), OK);
}
static inline int holds(const char* path, const char* text) {
  int right = opens(path, FOLLOW, 0, R_READER) == OK && read_from(opened, sizeof block) == OK &&
              moved == strlen(text) && memcmp(block, text, moved) == 0;
  fd_close(opened);
  return right;
}
static struct filestat stat_now;
static inline uint32_t stat_of(const char* path, uint32_t lookup) {
  return path_filestat_get(W, lookup, P(path), &stat_now);
}
static inline int is_there(const char* path) { return stat_of(path, NOFOLLOW) == OK; }
static inline uint64_t size_of(uint32_t fd) {
  want(fd_filestat_get(fd, &stat_now), OK);
  return stat_now.size;
}
static struct fdstat info_now;
static inline struct fdstat info(uint32_t fd) {
  want(fd_fdstat_get(fd, &info_now), OK);
  return info_now;
}

// Polling, in the records of preview1.

struct subscription {
  uint64_t userdata;
  uint8_t tag, pad[7];
  union {
    struct {
      uint32_t id, pad;
      uint64_t timeout, precision;
      uint16_t flags;
    } clock;
    uint32_t fd;
  };
};
struct event {
  uint64_t userdata;
  uint16_t error;
  uint8_t type, pad[5];
  uint64_t size;
  uint16_t flags;
};
_Static_assert(sizeof(struct subscription) == 48 && sizeof(struct event) == 32, "preview1.md 3");
enum { ON_CLOCK, ON_READ, ON_WRITE };

static struct event events[300];
static struct subscription wanted[300];
static uint32_t ready;

static inline struct subscription on_clock(uint64_t userdata, uint32_t id, uint64_t timeout,
                                           uint16_t flags) {
  struct subscription made = {.userdata = userdata, .tag = ON_CLOCK};
  made.clock.id = id;
  made.clock.timeout = timeout;
  made.clock.flags = flags;
  return made;
}
static inline struct subscription on_fd(uint64_t userdata, uint8_t tag, uint32_t fd) {
  return (struct subscription){.userdata = userdata, .tag = tag, .fd = fd};
}
static inline uint32_t polls(uint32_t count) {
  memset(events, 0xEE, sizeof events);
  ready = 999;
  return poll_oneoff(wanted, events, count, &ready);
}
static inline int is(int i, uint64_t userdata, uint8_t type, uint16_t error) {
  return events[i].userdata == userdata && events[i].type == type && events[i].error == error;
}
