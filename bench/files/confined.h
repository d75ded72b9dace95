// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a host must do at least for a name below a directory that may not be left: in a guest one
// call of the host; natively openat2 and what completes it. The native form is the floor.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __wasm__
#include <wasi/api.h>

static inline int open_below(int directory, const char* path) {
  __wasi_fd_t opened;
  const __wasi_errno_t error =
      __wasi_path_open(directory, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, path, 0,
                       __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_SEEK, 0, 0, &opened);
  return error == 0 ? (int)opened : -1;
}

static inline int stat_below(int directory, const char* path, struct stat* info) {
  return fstatat(directory, path, info, 0);
}

#else
#include <errno.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>

static inline int open_how_below(int directory, const char* path, unsigned flags) {
  struct open_how how = {.flags = flags | O_CLOEXEC,
                         .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
  int opened;
  do {  // a rename anywhere while ".." is resolved
    opened = (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
  } while (opened < 0 && errno == EAGAIN);
  return opened;
}

static inline int open_below(int directory, const char* path) {
  struct stat info;
  const int opened = open_how_below(directory, path, O_RDONLY);
  return opened >= 0 && fstat(opened, &info) == 0 ? opened : -1;
}

// One name cannot leave its directory; a path could.
static inline int stat_below(int directory, const char* path, struct stat* info) {
  if (strchr(path, '/') == NULL) return fstatat(directory, path, info, AT_SYMLINK_NOFOLLOW);
  const int opened = open_how_below(directory, path, O_PATH);
  if (opened < 0 || fstat(opened, info) != 0) return -1;
  return close(opened);
}
#endif
