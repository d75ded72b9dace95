// SPDX-License-Identifier: Apache-2.0
// preview1.md 7.6 and 4.1: sockets. 3 is "/w", 4 a listener, 5 a stream whose peer sends "hello",
// waits for one byte, then closes; 6 a datagram socket whose peer sends back what it gets, twice.
// The driver connects to 4 once for every line on stdout that is "connect".
#include "corners.h"

enum { LISTENER = 4, PEER = 5, GRAMS = 6 };
static uint32_t accepted;
static uint16_t seen;

static uint32_t takes(uint32_t fd, uint32_t size, uint32_t flags) {
  struct vec one = {block, size};
  memset(block, 0, 16);
  seen = 99;
  return sock_recv(fd, &one, 1, flags, &moved, &seen);
}
static uint32_t gives(uint32_t fd, const char* text, uint32_t flags) {
  struct vec two[2] = {{text, 1}, {text + 1, (uint32_t)strlen(text) - 1}};
  return sock_send(fd, two, 2, flags, &moved);
}

static void kinds(void) {
  row("numbers | sockets follow the directories: listener, connections");
  same("listener", info(LISTENER).type, STREAM);
  same("base", info_now.base, 0x3820000A);
  same("inheriting", info_now.inheriting, 0x1820004A);
  same("stream", info(PEER).type, STREAM);
  same("base", info_now.base, 0x1820004A);
  same("datagram", info(GRAMS).type, DATAGRAM);
  want(fd_fdstat_get(GRAMS + 1, &info_now), BADF);
  row("prestat_get | socket");
  want(fd_prestat_get(LISTENER, block), BADF);
  row("filestat | socket: filetype, rest 0");
  want(fd_filestat_get(PEER, &stat_now), OK);
  truth(stat_now.type == STREAM && stat_now.size == 0 && stat_now.dev == 0 && stat_now.ino == 0);
  row("sock_* | not open, not a socket");
  want(sock_accept(900, 0, &accepted), BADF);
  want(takes(900, 1, 0), BADF);
  want(gives(900, "xx", 0), BADF);
  want(sock_shutdown(900, 3), BADF);
  uint32_t fd = reader("file");
  static const uint32_t others[] = {0, 1, W};
  for (int i = 0; i < 4; i++) {
    const uint32_t other = i < 3 ? others[i] : fd;
    want(sock_accept(other, 0, &accepted), NOTSOCK);
    want(takes(other, 1, 0), NOTSOCK);
    want(gives(other, "xx", 0), NOTSOCK);
    want(sock_shutdown(other, 3), NOTSOCK);
  }
  want(fd_close(fd), OK);
  row("pread, pwrite, seek, tell, advise, allocate, sync | socket");
  uint64_t at;
  struct vec one = {block, 1};
  want(fd_pread(PEER, &one, 1, 0, &moved), SPIPE);
  want(fd_pwrite(PEER, &one, 1, 0, &moved), SPIPE);
  want(fd_seek(PEER, 0, 0, &at), SPIPE);
  want(fd_tell(PEER, &at), SPIPE);
  want(fd_advise(PEER, 0, 0, 0), SPIPE);
  want(fd_allocate(PEER, 0, 1), SPIPE);
  row("path calls, readdir | socket");
  want(open_in(PEER, "x", 0, 0, R_READER, 0), NOTDIR);
  want(fd_readdir(PEER, block, 100, 0, &moved), NOTDIR);
  row("set_flags | socket: sync family");
  want(fd_fdstat_set_flags(PEER, SYNC), INVAL);
  want(fd_fdstat_set_flags(PEER, DSYNC), INVAL);
}

static void accepts(void) {
  row("accept | empty queue and nonblock, stream instead of listener, unknown flag");
  want(fd_fdstat_set_flags(LISTENER, NONBLOCK), OK);
  want(sock_accept(LISTENER, 0, &accepted), AGAIN);
  want(fd_fdstat_set_flags(LISTENER, 0), OK);
  want(sock_accept(PEER, 0, &accepted), INVAL);
  want(sock_accept(LISTENER, APPEND, &accepted), INVAL);
  want(sock_accept(LISTENER, 0x10004, &accepted), INVAL);
  end_row();
  row_name = NULL;
  puts("connect");
  fflush(stdout);
  row("poll | listener: a connection is one byte; a socket without one is not ready");
  wanted[0] = on_fd(1, ON_READ, LISTENER);
  want(polls(1), OK);
  truth(ready == 1 && is(0, 1, ON_READ, OK));
  same("bytes", events[0].size, 1);
  row("accept | a peer that is not allowed is closed, and the next one taken; the lowest number "
      "after the preopens; its rights");
  denied_as(sock_accept(LISTENER, NONBLOCK, &accepted), OK);
  same("number", accepted, GRAMS + 1);
  same("base", info(accepted).base, 0x1820004A);
  same("flags", info_now.flags, NONBLOCK);
  row("recv | nonblock and nothing there");
  want(takes(accepted, 10, 0), AGAIN);
  want(fd_fdstat_set_flags(accepted, 0), OK);
  row("fd_write, fd_close | on a socket");
  want(write_to(accepted, "bye"), OK);
  same("size", moved, 3);
  want(fd_close(accepted), OK);
}

static void streams(void) {
  row("poll | stream: bytes that are there, writable");
  wanted[0] = on_fd(1, ON_READ, PEER);
  want(polls(1), OK);
  truth(ready == 1 && is(0, 1, ON_READ, OK));
  same("bytes", events[0].size, 5);
  wanted[0] = on_fd(2, ON_WRITE, PEER);
  want(polls(1), OK);
  truth(is(0, 2, ON_WRITE, OK) && events[0].size >= 1);
  row("recv | peek leaves the bytes, waitall fills the buffer");
  want(takes(PEER, 3, 3), OK);
  same("size", moved, 3);
  truth(memcmp(block, "hel", 3) == 0 && seen == 0);
  want(takes(PEER, 3, 2), OK);
  truth(moved == 3 && memcmp(block, "hel", 3) == 0);
  row("fd_read | on a socket");
  want(read_from(PEER, 100), OK);
  truth(moved == 2 && memcmp(block, "lo", 2) == 0);
  row("recv | unknown flag");
  want(takes(PEER, 3, 4), INVAL);
  row("send | si_flags not 0");
  want(gives(PEER, "xx", 1), INVAL);
  row("shutdown | how 0 or unknown bits");
  want(sock_shutdown(PEER, 0), INVAL);
  want(sock_shutdown(PEER, 4), INVAL);
  want(sock_shutdown(PEER, 0x101), INVAL);
  row("send | all iovecs in one call");
  want(gives(PEER, "xy", 0), OK);
  same("size", moved, 2);
  row("poll | peer gone: ready with hangup");
  wanted[0] = on_fd(3, ON_READ, PEER);
  want(polls(1), OK);
  truth(is(0, 3, ON_READ, OK));
  same("flags", events[0].flags, 1);
  row("recv | end of the stream");
  want(takes(PEER, 10, 0), OK);
  same("size", moved, 0);
  row("send | peer gone, or shut down for writing");
  want(sock_shutdown(PEER, 2), OK);
  want(gives(PEER, "xx", 0), PIPE);
  want(write_to(PEER, "xx"), PIPE);
  row("shutdown | not connected");
  want(sock_shutdown(LISTENER, 3), NOTCONN);
}

static void datagrams(void) {
  row("recv | datagram cut: roflags 1");
  want(gives(GRAMS, "datagram", 0), OK);
  want(takes(GRAMS, 4, 0), OK);
  same("size", moved, 4);
  same("flags", seen, 1);
  row("recv | datagram whole: roflags 0, and what was cut is gone");
  want(takes(GRAMS, 100, 0), OK);
  same("size", moved, 8);
  same("flags", seen, 0);
}

int main(void) {
  kinds();
  accepts();
  streams();
  datagrams();
  return finish();
}
