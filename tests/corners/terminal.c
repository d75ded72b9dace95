// SPDX-License-Identifier: Apache-2.0
// preview1.md 4.2, 7.2, 7.3, 7.5 on a terminal, which is standard input and error output here. The
// driver has typed "line\n".
#include "corners.h"

int main(void) {
  uint64_t at;
  struct vec one = {block, 1};
  row("rights | terminal: neither seek nor tell");
  same("stdin", info(0).base, 0x0820000A);
  same("type", info_now.type, CHARACTER);
  same("stderr", info(2).base, 0x08200059);
  same("type", info_now.type, CHARACTER);
  row("filestat | terminal: type, all other fields 0");
  want(fd_filestat_get(0, &stat_now), OK);
  same("type", stat_now.type, CHARACTER);
  truth(stat_now.dev == 0 && stat_now.ino == 0 && stat_now.size == 0 && stat_now.mtim == 0);
  row("poll | terminal: bytes of the line, writable");
  wanted[0] = on_fd(1, ON_READ, 0);
  want(polls(1), OK);
  truth(ready == 1 && is(0, 1, ON_READ, OK));
  same("bytes", events[0].size, 5);
  wanted[0] = on_fd(2, ON_WRITE, 2);
  want(polls(1), OK);
  truth(ready == 1 && is(0, 2, ON_WRITE, OK));
  row("read | terminal: a line, then NONBLOCK and not ready");
  want(read_from(0, 100), OK);
  truth(moved == 5 && memcmp(block, "line\n", 5) == 0);
  want(fd_fdstat_set_flags(0, NONBLOCK), OK);
  want(read_from(0, 100), AGAIN);
  row("pread, pwrite, seek, tell, advise, allocate | terminal");
  want(fd_pread(0, &one, 1, 0, &moved), SPIPE);
  want(fd_pwrite(2, &one, 1, 0, &moved), SPIPE);
  want(fd_seek(0, 0, 0, &at), SPIPE);
  want(fd_tell(2, &at), SPIPE);
  want(fd_advise(0, 0, 0, 0), SPIPE);
  want(fd_allocate(2, 0, 1), SPIPE);
  row("sync, datasync | terminal");
  want(fd_sync(2), INVAL);
  want(fd_datasync(2), INVAL);
  row("set_flags | terminal: sync family");
  want(fd_fdstat_set_flags(2, SYNC), INVAL);
  want(fd_fdstat_set_flags(2, RSYNC), INVAL);
  row("write | terminal");
  want(write_to(2, "shown"), OK);
  same("size", moved, 5);
  return finish();
}
