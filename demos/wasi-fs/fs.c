// SPDX-License-Identifier: Apache-2.0
// wasi-fs: writes a file into the directory that descriptor 3 stands for, reads it back, and tries
// to leave. It calls the host itself: without a directory the C library would answer by itself.
#include <stdio.h>
#include <string.h>
#include <wasi/api.h>

enum { kGranted = 3, kRefused = 2 };
static const char kText[] = "twenty-six bytes, no more.";

static const char* word(__wasi_errno_t error) {
  switch (error) {
    case __WASI_ERRNO_BADF:
      return "EBADF";
    case __WASI_ERRNO_NOTCAPABLE:
      return "ENOTCAPABLE";
    case __WASI_ERRNO_NOSYS:
      return "ENOSYS";
    default:
      return "errno";
  }
}

static int refused(const char* what, __wasi_errno_t error) {
  printf("[wasi-fs] %s refused: %s (%d)\n", what, word(error), error);
  return kRefused;
}

static __wasi_errno_t open_file(const char* path, __wasi_oflags_t flags, __wasi_rights_t rights,
                                __wasi_fd_t* file) {
  return __wasi_path_open(kGranted, 0, path, flags, rights, 0, 0, file);
}

int main(int argc, char** argv) {
  const char* name = argc > 1 ? argv[1] : "notes.txt";
  const size_t size = sizeof kText - 1;
  __wasi_fd_t file = 0;
  __wasi_errno_t error = open_file(name, __WASI_OFLAGS_CREAT | __WASI_OFLAGS_TRUNC,
                                   __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_WRITE |
                                       __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_FILESTAT_GET,
                                   &file);
  if (error != 0) return refused(error == __WASI_ERRNO_NOTCAPABLE ? "write" : "open", error);

  const __wasi_ciovec_t out = {(const uint8_t*)kText, size};
  __wasi_size_t wrote = 0;
  error = __wasi_fd_write(file, &out, 1, &wrote);
  if (error != 0) return refused("write", error);

  __wasi_filesize_t at = 1;
  __wasi_filestat_t stat = {0};
  char back[64] = {0};
  const __wasi_iovec_t in = {(uint8_t*)back, sizeof back};
  __wasi_size_t got = 0;
  if (__wasi_fd_seek(file, 0, __WASI_WHENCE_SET, &at) != 0 || at != 0) return 1;
  if (__wasi_fd_filestat_get(file, &stat) != 0 || stat.size != size) return 1;
  if (__wasi_fd_read(file, &in, 1, &got) != 0 || got != size) return 1;
  if (wrote != size || memcmp(back, kText, size) != 0 || __wasi_fd_close(file) != 0) return 1;
  printf("[wasi-fs] wrote %u bytes and read them back\n", (unsigned)wrote);

  __wasi_fd_t outside = 0;
  error = open_file("../outside.txt", __WASI_OFLAGS_CREAT, __WASI_RIGHTS_FD_WRITE, &outside);
  if (error == 0) {
    puts("[wasi-fs] escaped");
    return 1;
  }
  printf("[wasi-fs] escape refused: %s (%d)\n", word(error), error);
  return 0;
}
