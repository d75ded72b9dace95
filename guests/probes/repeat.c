// SPDX-License-Identifier: Apache-2.0
// repeat OPERATION COUNT: one host call (or pair) COUNT times on the directory at descriptor 3,
// which holds `file` (64 KiB), `a/b/file` and `many/` with entries; write and append make `out`.
// For counting what each costs the host. Exit 1 when an operation did not end as it should.
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

static unsigned char block[65536];
static __wasi_fd_t file, out;

static __wasi_errno_t open_at(const char* path, __wasi_oflags_t how, __wasi_rights_t rights,
                              __wasi_fd_t* opened) {
  return __wasi_path_open(3, 0, path, how, rights, 0, 0, opened);
}

static __wasi_errno_t open_close(void) {
  __wasi_fd_t opened;
  __wasi_errno_t failed = open_at("file", 0, __WASI_RIGHTS_FD_READ, &opened);
  return failed ? failed : __wasi_fd_close(opened);
}

static __wasi_errno_t denied(void) {
  __wasi_fd_t opened;
  __wasi_errno_t failed = open_at("new", __WASI_OFLAGS_CREAT, __WASI_RIGHTS_FD_WRITE, &opened);
  return failed == __WASI_ERRNO_NOTCAPABLE ? 0 : __WASI_ERRNO_IO;
}

static __wasi_errno_t stat_one(void) {
  __wasi_filestat_t info;
  return __wasi_path_filestat_get(3, 0, "file", &info);
}

static __wasi_errno_t stat_deep(void) {
  __wasi_filestat_t info;
  return __wasi_path_filestat_get(3, 0, "a/b/file", &info);
}

enum { kPieces = 1024 };  // as many as one call may have

static __wasi_errno_t read_pieces(size_t pieces, size_t each) {
  static __wasi_iovec_t vectors[kPieces];
  __wasi_size_t got = 0;
  for (size_t i = 0; i < pieces; i++) vectors[i] = (__wasi_iovec_t){block + i * each, each};
  __wasi_errno_t failed = __wasi_fd_pread(file, vectors, pieces, 0, &got);
  return failed ? failed : got == pieces * each ? 0 : __WASI_ERRNO_IO;
}

static __wasi_errno_t read_one(void) { return read_pieces(1, 4096); }
static __wasi_errno_t read_four(void) { return read_pieces(4, 16384); }

static __wasi_errno_t read_full(void) { return read_pieces(kPieces, 64); }

static __wasi_errno_t write_out(void) {
  static __wasi_ciovec_t vectors[kPieces];
  __wasi_size_t put = 0;
  for (size_t i = 0; i < kPieces; i++) vectors[i] = (__wasi_ciovec_t){block + i * 4, 4};
  __wasi_errno_t failed = __wasi_fd_write(out, vectors, kPieces, &put);
  return failed ? failed : put == kPieces * 4 ? 0 : __WASI_ERRNO_IO;
}

static __wasi_errno_t filestat(void) {
  __wasi_filestat_t info;
  return __wasi_fd_filestat_get(file, &info);
}

static __wasi_errno_t seek(void) {
  __wasi_filesize_t at;
  return __wasi_fd_seek(file, 7, __WASI_WHENCE_SET, &at);
}

static __wasi_errno_t tell(void) {
  __wasi_filesize_t at;
  return __wasi_fd_tell(file, &at);
}

static __wasi_errno_t fdstat(void) {
  __wasi_fdstat_t info;
  return __wasi_fd_fdstat_get(file, &info);
}

static __wasi_errno_t clock_get(void) {
  __wasi_timestamp_t now;
  return __wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &now);
}

static __wasi_errno_t list(void) {
  __wasi_fd_t many;
  __wasi_dircookie_t cookie = 0;
  __wasi_errno_t failed = open_at("many", __WASI_OFLAGS_DIRECTORY, __WASI_RIGHTS_FD_READDIR, &many);
  while (!failed) {
    __wasi_size_t used = 0, at = 0;
    failed = __wasi_fd_readdir(many, block, 32768, cookie, &used);
    while (!failed && used - at >= sizeof(__wasi_dirent_t)) {
      __wasi_dirent_t entry;
      memcpy(&entry, block + at, sizeof entry);
      if (used - at - sizeof entry < entry.d_namlen) break;
      cookie = entry.d_next;
      at += sizeof entry + entry.d_namlen;
    }
    if (used < 32768) break;
  }
  return failed ? failed : __wasi_fd_close(many);
}

static const struct {
  const char* name;
  __wasi_errno_t (*call)(void);
} operations[] = {
    {"open-close", open_close}, {"denied", denied},     {"stat-one", stat_one},
    {"stat-deep", stat_deep},   {"read-one", read_one}, {"read-four", read_four},
    {"read-full", read_full},   {"write", write_out},   {"append", write_out},
    {"filestat", filestat},     {"seek", seek},         {"tell", tell},
    {"fdstat", fdstat},         {"clock", clock_get},   {"list", list},
};

static __wasi_errno_t open_out(__wasi_fdflags_t flags) {
  return __wasi_path_open(3, 0, "out", __WASI_OFLAGS_CREAT, __WASI_RIGHTS_FD_WRITE, 0, flags, &out);
}

// What the operation works on, opened before the first of them.
static __wasi_errno_t open_files(const char* operation) {
  if (strcmp(operation, "write") == 0) return open_out(0);
  if (strcmp(operation, "append") == 0) return open_out(__WASI_FDFLAGS_APPEND);
  return open_at("file", 0,
                 __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL |
                     __WASI_RIGHTS_FD_FILESTAT_GET,
                 &file);
}

int main(int argc, char** argv) {
  if (argc != 3 || open_files(argv[1]) != 0) return 2;
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
    if (strcmp(argv[1], operations[i].name) != 0) continue;
    for (long left = atol(argv[2]); left > 0; left--) {
      if (operations[i].call() != 0) return 1;
    }
    return 0;
  }
  return 2;
}
