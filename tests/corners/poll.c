// SPDX-License-Identifier: Apache-2.0
// preview1.md 7.5: poll HOW, where HOW is `open` (standard input is a pipe that nobody writes to),
// `ended` (one whose writer is gone), `full` (error output is a pipe that nobody reads), `null`
// (standard input is the null device) or `wait` (until the run is ended from outside).
#include "corners.h"

static void counts(void) {
  row("poll | no subscription, above the limit");
  want(polls(0), INVAL);
  for (int i = 0; i < 257; i++) wanted[i] = on_clock((uint64_t)i, 1, 0, 0);
  want(polls(256), OK);
  same("ready", ready, 256);
  denied_as(polls(257), NOMEM);
}

static void errors(void) {
  row("poll | a bad descriptor is an event, the call succeeds at once");
  wanted[0] = on_clock(1, 1, UINT64_MAX, 0);
  wanted[1] = on_fd(2, ON_READ, 999);
  want(polls(2), OK);
  same("ready", ready, 1);
  truth(is(0, 2, ON_READ, BADF));
  row("poll | a descriptor without the right");
  want(opens("file", 0, 0, R_READ), OK);
  wanted[0] = on_fd(3, ON_READ, opened);
  wanted[1] = on_fd(4, ON_WRITE, opened);
  want(polls(2), OK);
  same("ready", ready, 2);
  truth(is(0, 3, ON_READ, NOTCAPABLE) && events[1].error != OK);
  row("poll | a clock of CPU time");
  wanted[0] = on_clock(5, 2, 1, 0);
  wanted[1] = on_clock(6, 3, 1, 0);
  want(polls(2), OK);
  same("ready", ready, 2);
  truth(is(0, 5, ON_CLOCK, NOTSUP) && is(1, 6, ON_CLOCK, NOTSUP));
  row("poll | an error together with whatever else is ready");
  wanted[0] = on_fd(7, ON_READ, 999);
  wanted[1] = on_fd(8, ON_WRITE, 1);
  want(polls(2), OK);
  same("ready", ready, 2);
  truth(is(0, 7, ON_READ, BADF) && is(1, 8, ON_WRITE, OK));
  row("poll | unknown tag, clock id or flag bit: INVAL for the call");
  wanted[0] = on_clock(1, 1, 0, 0);
  wanted[1] = on_fd(2, 3, 1);
  want(polls(2), INVAL);
  wanted[1] = on_clock(2, 4, 0, 0);
  want(polls(2), INVAL);
  wanted[1] = on_clock(2, 1, 0, 2);
  want(polls(2), INVAL);
}

static void clocks(void) {
  uint64_t now = 0, later = 0;
  row("poll | relative and absolute, both clocks");
  for (uint32_t id = 0; id < 2; id++) {
    wanted[0] = on_clock(20 + id, id, 1000000, 0);
    want(clock_time_get(id, 0, &now), OK);
    want(polls(1), OK);
    same("ready", ready, 1);
    truth(is(0, 20 + id, ON_CLOCK, OK) && events[0].size == 0 && events[0].flags == 0);
    want(clock_time_get(id, 0, &later), OK);
    truth(id == 0 || later >= now + 1000000);
    wanted[0] = on_clock(30 + id, id, later + 1000000, 1);
    want(polls(1), OK);
    truth(is(0, 30 + id, ON_CLOCK, OK));
    want(clock_time_get(id, 0, &now), OK);
    truth(now >= later + 1000000);
  }
  row("poll | deadline passed: ready at once");
  wanted[0] = on_clock(40, 1, 1, 1);
  wanted[1] = on_clock(41, 0, 1, 1);
  wanted[2] = on_clock(42, 1, 0, 0);
  want(polls(3), OK);
  same("ready", ready, 3);
  truth(is(0, 40, ON_CLOCK, OK) && is(1, 41, ON_CLOCK, OK) && is(2, 42, ON_CLOCK, OK));
  row("poll | timeout u64::MAX waits for the rest");
  wanted[0] = on_clock(50, 1, UINT64_MAX, 0);
  wanted[1] = on_clock(51, 0, UINT64_MAX, 1);
  wanted[2] = on_clock(52, 1, 1000000, 0);
  want(polls(3), OK);
  same("ready", ready, 1);
  truth(is(0, 52, ON_CLOCK, OK));
}

static void files(void) {
  row("poll | several ready: subscription order, userdata intact, same fd twice");
  uint32_t fd = writer("polled", 0);
  want(write_to(fd, "0123456789"), OK);
  uint64_t at;
  want(fd_seek(fd, 4, 0, &at), OK);
  wanted[0] = on_fd(0xFFFFFFFFFFFFFFFF, ON_READ, fd);
  wanted[1] = on_fd(0x123456789ABCDEF0, ON_WRITE, fd);
  wanted[2] = on_fd(0, ON_READ, fd);
  want(polls(3), OK);
  same("ready", ready, 3);
  truth(is(0, 0xFFFFFFFFFFFFFFFF, ON_READ, OK) && is(1, 0x123456789ABCDEF0, ON_WRITE, OK));
  truth(is(2, 0, ON_READ, OK));
  row("poll | regular file: bytes from the position; hangup at the end; writable");
  same("bytes", events[0].size, 6);
  same("flags", events[0].flags, 0);
  want(fd_seek(fd, 0, 2, &at), OK);
  want(polls(2), OK);
  same("bytes", events[0].size, 0);
  same("flags", events[0].flags, 1);
  truth(is(1, 0x123456789ABCDEF0, ON_WRITE, OK));
  want(fd_close(fd), OK);
}

static void open_pipe(void) {
  row("poll | pipe: writable with nbytes, stdin not ready");
  wanted[0] = on_fd(60, ON_READ, 0);
  wanted[1] = on_fd(61, ON_WRITE, 1);
  want(polls(2), OK);
  same("ready", ready, 1);
  truth(is(0, 61, ON_WRITE, OK) && events[0].size >= 1);
  row("poll | stdin never ready: the clock ends the wait");
  wanted[1] = on_clock(62, 1, 1000000, 0);
  want(polls(2), OK);
  same("ready", ready, 1);
  truth(is(0, 62, ON_CLOCK, OK));
}

static void ended_pipe(void) {
  row("poll | pipe: nbytes of what is there, then the end with hangup");
  wanted[0] = on_fd(70, ON_READ, 0);
  want(polls(1), OK);
  same("ready", ready, 1);
  same("bytes", events[0].size, 5);
  want(read_from(0, 100), OK);
  same("read", moved, 5);
  want(polls(1), OK);
  same("ready", ready, 1);
  same("flags", events[0].flags, 1);
  want(read_from(0, 100), OK);
  same("read at the end", moved, 0);
}

static void null_device(void) {
  row("poll | stdin on the null device: ready with hangup, at its end");
  wanted[0] = on_fd(75, ON_READ, 0);
  wanted[1] = on_clock(76, 1, 1000000000, 0);
  want(polls(2), OK);
  same("ready", ready, 1);
  truth(is(0, 75, ON_READ, OK));
  same("bytes", events[0].size, 0);
  same("flags", events[0].flags, 1);
  want(read_from(0, 100), OK);
  same("read at the end", moved, 0);
}

static void full_pipe(void) {
  static char much[65536];
  struct vec one = {much, sizeof much};
  row("write | NONBLOCK and not ready");
  want(fd_fdstat_set_flags(2, NONBLOCK), OK);
  uint32_t code = OK;
  for (int i = 0; i < 1000 && code == OK; i++) code = fd_write(2, &one, 1, &moved);
  same("code", code, AGAIN);
  row("poll | a full pipe is not writable: the clock ends the wait");
  wanted[0] = on_fd(80, ON_WRITE, 2);
  wanted[1] = on_clock(81, 1, 1000000, 0);
  want(polls(2), OK);
  same("ready", ready, 1);
  truth(is(0, 81, ON_CLOCK, OK));
}

// Until the run is ended from outside.
static int waits(void) {
  puts("waiting");
  fflush(stdout);
  wanted[0] = on_clock(1, 1, UINT64_MAX, 0);
  wanted[1] = on_fd(2, ON_READ, 0);
  polls(2);
  puts("not ended");
  return 99;
}

int main(int argc, char** argv) {
  const char* how = argc > 1 ? argv[1] : "";
  if (strcmp(how, "wait") == 0) return waits();
  if (strcmp(how, "ended") == 0) {
    ended_pipe();
    return finish();
  }
  if (strcmp(how, "null") == 0) {
    null_device();
    return finish();
  }
  if (strcmp(how, "full") == 0) {
    full_pipe();
    return finish();
  }
  counts();
  errors();
  clocks();
  files();
  open_pipe();
  return finish();
}
