// SPDX-License-Identifier: Apache-2.0
// preview1.md 9: what differs in snapshot 0. Compiled with -DOLD.
#include "corners.h"

struct old_subscription {
  uint64_t userdata;
  uint8_t tag, pad[7];
  union {
    struct {
      uint64_t identifier;
      uint32_t id, pad;
      uint64_t timeout, precision;
      uint16_t flags;
    } clock;
    uint32_t fd;
  };
};
_Static_assert(sizeof(struct old_subscription) == 56, "preview1.md 9");

static void whence(void) {
  uint64_t at = 0;
  row("seek | 0 cur, 1 end, 2 set");
  uint32_t fd = reader("file");
  want(fd_seek(fd, 4, 2, &at), OK);
  same("set", at, 4);
  want(fd_seek(fd, 3, 0, &at), OK);
  same("cur", at, 7);
  want(fd_seek(fd, (uint64_t)-1, 1, &at), OK);
  same("end", at, 9);
  want(fd_seek(fd, 0, 3, &at), INVAL);
  want(fd_close(fd), OK);
}

static void filestats(void) {
  static uint8_t room[72];
  struct filestat stat;
  row("filestat | 56 bytes: nlink u32 at 20, size at 24, times at 32, 40, 48");
  file("old", "0123456");
  want(path_link(W, 0, P("old"), W, P("old2")), OK);
  want(path_filestat_set_times(W, 0, P("old"), 1000000001, 2000000002, ATIM | MTIM), OK);
  memset(room, 0xEE, sizeof room);
  want(path_filestat_get(W, 0, P("old"), room), OK);
  memcpy(&stat, room, sizeof stat);
  truth(stat.type == REGULAR && stat.nlink == 2 && stat.size == 7);
  truth(stat.atim == 1000000001 && stat.mtim == 2000000002 && stat.ctim > stat.mtim);
  same("the byte after", room[56], 0xEE);
  uint32_t fd = reader("old");
  memset(room, 0xEE, sizeof room);
  want(fd_filestat_get(fd, room), OK);
  struct filestat other;
  memcpy(&other, room, sizeof other);
  truth(other.ino == stat.ino && other.nlink == 2 && other.size == 7);
  same("the byte after", room[56], 0xEE);
  want(fd_close(fd), OK);
}

static void rights(void) {
  row("rights | bit 29 and above: INVAL");
  uint32_t fd = 0;
  want(path_open(W, 0, P("file"), 0, BIT(29), 0, 0, &fd), INVAL);
  want(path_open(W, 0, P("file"), 0, R_READ, BIT(29), 0, &fd), INVAL);
  want(path_open(W, 0, P("file"), 0, R_READ | BIT(28), 0, 0, &fd), OK);
  want(fd_fdstat_set_rights(fd, BIT(29), 0), INVAL);
  want(fd_close(fd), OK);
}

static void subscriptions(void) {
  static struct old_subscription in[3];
  static uint8_t out[96];
  uint32_t ready = 0;
  row("poll | subscriptions of 56 bytes: clock id at 24, descriptor at 16");
  in[0] = (struct old_subscription){.userdata = 1, .tag = 0};
  in[0].clock.identifier = UINT64_MAX;
  in[0].clock.id = 1;
  in[0].clock.timeout = 1;
  in[1] = (struct old_subscription){.userdata = 2, .tag = 2, .fd = 1};
  in[2] = (struct old_subscription){.userdata = 3, .tag = 1, .fd = 999};
  want(poll_oneoff(in, out, 3, &ready), OK);
  truth(ready >= 2);
  int found = 0;
  for (uint32_t i = 0; i < ready && i < 3; i++) {
    found |= out[32 * i] == 2 && out[32 * i + 8] == 0 && out[32 * i + 10] == 2 ? 1 : 0;
    found |= out[32 * i] == 3 && out[32 * i + 8] == BADF && out[32 * i + 10] == 1 ? 2 : 0;
  }
  same("stdout is ready, 999 is bad", (uint64_t)found, 3);
  in[0].clock.timeout = 1000000;
  want(poll_oneoff(in, out, 1, &ready), OK);
  truth(ready == 1 && out[0] == 1 && out[8] == 0 && out[10] == 0);
  in[0].clock.id = 4;
  want(poll_oneoff(in, out, 1, &ready), INVAL);
}

static void shared(void) {
  row("one descriptor table for both names");
  // The console of this program's libc is preview1's; it is the same descriptor 1.
  want(fd_fdstat_get(1, &info_now), OK);
  row("readdir, fdstat, prestat | equal to preview1's");
  uint32_t used = 0;
  want(fd_readdir(W, block, sizeof block, 0, &used), OK);
  struct dirent entry;
  memcpy(&entry, block, sizeof entry);
  truth(entry.name_size > 0 && used > 24 + entry.name_size);
  same("base", info(W).base & 0x07BFFE19, 0x07BFFE19);
  want(fd_prestat_get(W, block), OK);
  truth(block[0] == 0 && block[4] == 2);
}

int main(void) {
  whence();
  filestats();
  rights();
  subscriptions();
  shared();
  return finish();
}
