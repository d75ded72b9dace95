// SPDX-License-Identifier: Apache-2.0
// wasi-probe: calls every function of WASI preview1 once and counts those that are not there. For
// the surface "stdout"; the arguments are harmless where a function does work. Ends by proc_exit
// itself.
#include <stdio.h>
#include <wasi/api.h>

enum { kFunctions = 46, kNoSys = __WASI_ERRNO_NOSYS };
static int called, absent;
static uint8_t bytes[4096];
static __wasi_size_t size, other_size;
static __wasi_timestamp_t time_now;
static __wasi_filesize_t at;
static __wasi_fd_t fd;

// Preview1 by its own names: the library hides the arguments that it fixes.
#define IMPORT(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))
IMPORT(path_open)
int raw_path_open(int, int, const void*, int, int, long long, long long, int, void*);
IMPORT(fd_prestat_get) int raw_prestat(int, void*);
IMPORT(proc_raise) int raw_raise(int);
IMPORT(proc_exit) _Noreturn void raw_exit(int);

static void saw(int answer) {
  called++;
  if (answer == kNoSys) absent++;
}

static void files(void) {
  static __wasi_fdstat_t fdstat;
  static __wasi_filestat_t filestat;
  const __wasi_iovec_t in = {bytes, 1};
  const __wasi_ciovec_t none = {bytes, 0};
  saw(__wasi_fd_advise(3, 0, 0, 0));
  saw(__wasi_fd_allocate(3, 0, 1));
  saw(__wasi_fd_close(3));
  saw(__wasi_fd_datasync(3));
  saw(__wasi_fd_fdstat_get(3, &fdstat));
  saw(__wasi_fd_fdstat_set_flags(3, 0));
  saw(__wasi_fd_fdstat_set_rights(3, 0, 0));
  saw(__wasi_fd_filestat_get(3, &filestat));
  saw(__wasi_fd_filestat_set_size(3, 0));
  saw(__wasi_fd_filestat_set_times(3, 0, 0, 0));
  saw(__wasi_fd_pread(3, &in, 1, 0, &size));
  saw(__wasi_fd_prestat_dir_name(3, bytes, 1));
  saw(__wasi_fd_pwrite(3, &none, 1, 0, &size));
  saw(__wasi_fd_read(3, &in, 1, &size));
  saw(__wasi_fd_readdir(3, bytes, 64, 0, &size));
  saw(__wasi_fd_renumber(3, 4));
  saw(__wasi_fd_seek(3, 0, __WASI_WHENCE_SET, &at));
  saw(__wasi_fd_sync(3));
  saw(__wasi_fd_tell(3, &at));
  saw(__wasi_fd_write(1, &none, 1, &size));
}

static void paths(void) {
  static __wasi_filestat_t filestat;
  saw(__wasi_path_create_directory(3, "x"));
  saw(__wasi_path_filestat_get(3, 0, "x", &filestat));
  saw(__wasi_path_filestat_set_times(3, 0, "x", 0, 0, 0));
  saw(__wasi_path_link(3, 0, "x", 3, "y"));
  saw(raw_path_open(3, 0, "x", 1, 0, 0, 0, 0, &fd));
  saw(__wasi_path_readlink(3, "x", bytes, 64, &size));
  saw(__wasi_path_remove_directory(3, "x"));
  saw(__wasi_path_rename(3, "x", 3, "y"));
  saw(__wasi_path_symlink("x", 3, "y"));
  saw(__wasi_path_unlink_file(3, "x"));
}

static void rest(void) {
  static uint8_t* words[64];
  static __wasi_subscription_t subscription;
  static __wasi_event_t event;
  const __wasi_iovec_t in = {bytes, 1};
  const __wasi_ciovec_t none = {bytes, 0};
  __wasi_roflags_t flags;
  saw(__wasi_args_sizes_get(&size, &other_size));
  saw(__wasi_args_get(words, bytes));
  saw(__wasi_environ_sizes_get(&size, &other_size));
  saw(__wasi_environ_get(words, bytes));
  saw(__wasi_clock_res_get(1, &time_now));
  saw(__wasi_clock_time_get(1, 1, &time_now));
  saw(__wasi_poll_oneoff(&subscription, &event, 1, &size));
  saw(raw_raise(0));
  saw(__wasi_random_get(bytes, 1));
  saw(__wasi_sched_yield());
  saw(__wasi_sock_accept(3, 0, &fd));
  saw(__wasi_sock_recv(3, &in, 1, 0, &size, &flags));
  saw(__wasi_sock_send(3, &none, 1, 0, &size));
  saw(__wasi_sock_shutdown(3, 0));
}

int main(void) {
  const int prestat = raw_prestat(3, bytes);
  saw(prestat);
  files();
  paths();
  rest();
  called++;  // proc_exit, last
  if (called != kFunctions) return 1;
  printf("[wasi-probe] %d of %d imports answer ENOSYS (52)\n", absent, called);
  printf("[wasi-probe] fd_prestat_get answers %s (%d)\n", prestat == 8 ? "EBADF" : "errno",
         prestat);
  fflush(stdout);
  raw_exit(0);
}
