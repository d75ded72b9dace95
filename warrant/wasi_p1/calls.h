// SPDX-License-Identifier: Apache-2.0
#pragma once
// The functions of preview1, each in the file of its family. Arguments are read from the call.
// Spec: preview1.md section 7; where wasi_unstable differs the function asks call.snapshot().
#include "warrant/wasi_p1/call.h"

namespace warrant::wasi_p1 {

// args.cc
Answer args_get(Call& call);
Answer args_sizes_get(Call& call);
Answer environ_get(Call& call);
Answer environ_sizes_get(Call& call);
// clock.cc
Answer clock_res_get(Call& call);
Answer clock_time_get(Call& call);
// random.cc
Answer random_get(Call& call);
// proc.cc
Answer proc_exit(Call& call);
Answer proc_raise(Call& call);
Answer sched_yield(Call& call);
// fd_file.cc
Answer fd_advise(Call& call);
Answer fd_allocate(Call& call);
Answer fd_datasync(Call& call);
Answer fd_filestat_set_size(Call& call);
Answer fd_pread(Call& call);
Answer fd_pwrite(Call& call);
Answer fd_read(Call& call);
Answer fd_seek(Call& call);
Answer fd_sync(Call& call);
Answer fd_tell(Call& call);
Answer fd_write(Call& call);
// fd_state.cc
Answer fd_close(Call& call);
Answer fd_fdstat_get(Call& call);
Answer fd_fdstat_set_flags(Call& call);
Answer fd_fdstat_set_rights(Call& call);
Answer fd_filestat_get(Call& call);
Answer fd_filestat_set_times(Call& call);
Answer fd_renumber(Call& call);
// fd_dir.cc
Answer fd_prestat_dir_name(Call& call);
Answer fd_prestat_get(Call& call);
Answer fd_readdir(Call& call);
// path_open.cc
Answer path_open(Call& call);
// path.cc
Answer path_create_directory(Call& call);
Answer path_filestat_get(Call& call);
Answer path_filestat_set_times(Call& call);
Answer path_link(Call& call);
Answer path_readlink(Call& call);
Answer path_remove_directory(Call& call);
Answer path_rename(Call& call);
Answer path_symlink(Call& call);
Answer path_unlink_file(Call& call);
// poll.cc
Answer poll_oneoff(Call& call);
// sock.cc
Answer sock_accept(Call& call);
Answer sock_recv(Call& call);
Answer sock_send(Call& call);
Answer sock_shutdown(Call& call);

}  // namespace warrant::wasi_p1
