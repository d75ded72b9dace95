// SPDX-License-Identifier: Apache-2.0
// preview1.md 7.3: files and directories, state.
#include "corners.h"

static void closed_numbers(void) {
  static const uint32_t numbers[] = {200, 0x7FFFFFFF, 0xFFFFFFFF};
  uint64_t at;
  struct vec one = {block, 1};
  row("every function | number not open");
  for (unsigned i = 0; i < 3; i++) {
    uint32_t fd = numbers[i];
    want(read_from(fd, 1), BADF);
    want(fd_pread(fd, &one, 1, 0, &moved), BADF);
    want(write_to(fd, "x"), BADF);
    want(fd_pwrite(fd, &one, 1, 0, &moved), BADF);
    want(fd_seek(fd, 0, 0, &at), BADF);
    want(fd_tell(fd, &at), BADF);
    want(fd_sync(fd), BADF);
    want(fd_datasync(fd), BADF);
    want(fd_advise(fd, 0, 0, 0), BADF);
    want(fd_allocate(fd, 0, 1), BADF);
    want(fd_close(fd), BADF);
    want(fd_fdstat_get(fd, &info_now), BADF);
    want(fd_fdstat_set_flags(fd, 0), BADF);
    want(fd_fdstat_set_rights(fd, 0, 0), BADF);
    want(fd_filestat_get(fd, &stat_now), BADF);
    want(fd_filestat_set_size(fd, 0), BADF);
    want(fd_filestat_set_times(fd, 0, 0, 0), BADF);
    want(fd_readdir(fd, block, 100, 0, &moved), BADF);
    want(fd_prestat_get(fd, block), BADF);
    want(fd_prestat_dir_name(fd, (char*)block, 10), BADF);
    want(open_in(fd, "file", FOLLOW, 0, R_READER, 0), BADF);
    want(path_filestat_get(fd, 0, P("file"), &stat_now), BADF);
    want(path_filestat_set_times(fd, 0, P("file"), 0, 0, 0), BADF);
    want(path_create_directory(fd, P("new")), BADF);
    want(path_remove_directory(fd, P("new")), BADF);
    want(path_unlink_file(fd, P("new")), BADF);
    want(path_rename(fd, P("file"), W, P("new")), BADF);
    want(path_rename(W, P("file"), fd, P("new")), BADF);
    want(path_link(fd, 0, P("file"), W, P("new")), BADF);
    want(path_link(W, 0, P("file"), fd, P("new")), BADF);
    want(path_symlink(P("file"), fd, P("new")), BADF);
    want(path_readlink(fd, P("link"), block, 10, &moved), BADF);
  }
}

static void renumbers(void) {
  uint64_t at = 0;
  row("renumber | fd == to, open");
  uint32_t fd = reader("file");
  want(fd_renumber(fd, fd), OK);
  want(read_from(fd, 4), OK);
  row("renumber | `to` or `fd` not open");
  want(fd_renumber(fd, 900), BADF);
  want(fd_renumber(900, fd), BADF);
  want(fd_renumber(fd, 0xFFFFFFFF), BADF);
  want(fd_renumber(0xFFFFFFFF, fd), BADF);
  row("renumber | moves entry, rights and position, closes the former");
  uint32_t other = writer("other", 0);
  want(fd_renumber(fd, other), OK);
  want(fd_tell(fd, &at), BADF);
  want(fd_tell(other, &at), OK);
  same("position", at, 4);
  want(write_to(other, "x"), BADF);
  want(fd_close(other), OK);
  row("renumber | onto and from stdio");
  fd = reader("file");
  want(fd_renumber(fd, 0), OK);
  want(read_from(0, 3), OK);
  same("size", moved, 3);
  uint8_t prestat[8];
  want(fd_prestat_get(0, prestat), BADF);
  fd = writer("other", 0);
  want(fd_renumber(2, fd), OK);
  want(fd_close(2), BADF);
  want(write_to(fd, ""), OK);
  row("renumber | onto a preopen: a preopen only if the source was one");
  want(fd_renumber(W + 2, W + 1), OK);
  want(fd_prestat_get(W + 1, prestat), OK);
  char name[2];
  want(fd_prestat_dir_name(W + 1, name, 2), OK);
  truth(memcmp(name, "/v", 2) == 0);
  want(fd_prestat_get(W + 2, prestat), BADF);
  want(fd_renumber(reader("file"), W + 1), OK);
  want(fd_prestat_get(W + 1, prestat), BADF);
  want(fd_prestat_dir_name(W + 1, name, 2), BADF);
}

static void flags(void) {
  uint64_t at;
  row("fdstat_get | opened with append, sync, nonblock");
  uint32_t fd = writer("flags", APPEND | SYNC | NONBLOCK);
  same("flags", info(fd).flags, APPEND | SYNC | NONBLOCK);
  same("type", info_now.type, REGULAR);
  want(fd_close(fd), OK);
  fd = writer("flags", DSYNC | RSYNC);
  same("flags", info(fd).flags, DSYNC | RSYNC);
  row("set_flags | all five come and go");
  for (uint32_t bits = 0; bits < 32; bits++) {
    want(fd_fdstat_set_flags(fd, bits), OK);
    same("flags", info(fd).flags, bits);
  }
  row("set_flags | clear append, then write");
  want(fd_fdstat_set_flags(fd, APPEND), OK);
  want(write_to(fd, "0123456789"), OK);
  want(fd_fdstat_set_flags(fd, 0), OK);
  want(fd_seek(fd, 0, 0, &at), OK);
  want(write_to(fd, "ab"), OK);
  truth(holds("flags", "ab23456789"));
  row("set_flags | directory: anything but nonblock");
  want(fd_fdstat_set_flags(W, APPEND), INVAL);
  want(fd_fdstat_set_flags(W, SYNC), INVAL);
  want(fd_fdstat_set_flags(W, NONBLOCK | DSYNC), INVAL);
  want(fd_fdstat_set_flags(W, NONBLOCK), OK);
  same("flags", info(W).flags, NONBLOCK);
  row("set_flags | pipe: sync family");
  want(fd_fdstat_set_flags(1, SYNC), INVAL);
  want(fd_fdstat_set_flags(1, DSYNC), INVAL);
  want(fd_fdstat_set_flags(1, RSYNC), INVAL);
  row("set_flags | unknown bit");
  want(fd_fdstat_set_flags(fd, 32), INVAL);
  want(fd_fdstat_set_flags(fd, 0x10000), INVAL);
  want(fd_close(fd), OK);
}

static void rights(void) {
  uint32_t fd = writer("rights", 0);
  const struct fdstat full = info(fd);
  row("set_rights | equal or fewer");
  want(fd_fdstat_set_rights(fd, full.base, full.inheriting), OK);
  want(fd_fdstat_set_rights(fd, full.base & ~R_WRITE, 0), OK);
  same("base", info(fd).base, full.base & ~R_WRITE);
  want(write_to(fd, "x"), BADF);
  row("set_rights | any added bit");
  want(fd_fdstat_set_rights(fd, full.base, 0), NOTCAPABLE);
  want(fd_fdstat_set_rights(fd, info_now.base, R_READ), NOTCAPABLE);
  same("base", info(fd).base, full.base & ~R_WRITE);
  row("set_rights | unknown bit");
  want(fd_fdstat_set_rights(fd, BIT(30), 0), INVAL);
  want(fd_fdstat_set_rights(fd, 0, BIT(63)), INVAL);
  want(fd_close(fd), OK);
}

static void times(void) {
  file("timed", "x");
  uint32_t fd = writer("timed", 0);
  row("set_times | nanoseconds exact, absent flag omits");
  want(fd_filestat_set_times(fd, 1000000001, 2000000002, ATIM | MTIM), OK);
  want(fd_filestat_get(fd, &stat_now), OK);
  same("atim", stat_now.atim, 1000000001);
  same("mtim", stat_now.mtim, 2000000002);
  want(fd_filestat_set_times(fd, 5, 3000000003, MTIM), OK);
  want(fd_filestat_get(fd, &stat_now), OK);
  same("atim", stat_now.atim, 1000000001);
  same("mtim", stat_now.mtim, 3000000003);
  want(fd_filestat_set_times(fd, 0, 0, MTIM_NOW), OK);
  want(fd_filestat_get(fd, &stat_now), OK);
  truth(stat_now.mtim > 3000000003);
  row("set_times | atim with atim_now, mtim with mtim_now");
  struct filestat before = stat_now;
  want(fd_filestat_set_times(fd, 5, 5, ATIM | ATIM_NOW), INVAL);
  want(fd_filestat_set_times(fd, 5, 5, MTIM | MTIM_NOW), INVAL);
  want(fd_filestat_set_times(fd, 5, 5, ATIM | MTIM | MTIM_NOW), INVAL);
  want(path_filestat_set_times(W, 0, P("timed"), 5, 5, ATIM | ATIM_NOW), INVAL);
  want(path_filestat_set_times(W, 0, P("timed"), 5, 5, MTIM | MTIM_NOW), INVAL);
  want(fd_filestat_get(fd, &stat_now), OK);
  truth(before.atim == stat_now.atim && before.mtim == stat_now.mtim);
  row("filestat | a time before 1970 is 0");
  want(stat_of("ancient", NOFOLLOW), OK);
  same("mtim", stat_now.mtim, 0);
  row("rights | console on a character device that is no terminal: as a pipe plus seek and tell");
  same("base", info(0).base, 0x0820000A | BIT(2) | BIT(5));
  same("type", info_now.type, CHARACTER);
  row("set_times | unknown flag");
  want(fd_filestat_set_times(fd, 5, 5, 16), INVAL);
  row("filestat | identity: two opens, the path, the listing");
  want(fd_filestat_get(reader("timed"), &before), OK);
  want(fd_filestat_get(fd, &stat_now), OK);
  truth(before.ino == stat_now.ino && before.dev == stat_now.dev && before.ino != 0);
  same("device", stat_now.dev, 1);
  want(fd_close(fd), OK);
}

static uint8_t listing[65536];
static uint32_t used;

// The entry of this name in a listing of `size` bytes, or NULL.
static const uint8_t* entry_of(uint32_t size, const char* name) {
  for (uint32_t at = 0; at + 24 <= size;) {
    struct dirent entry;
    memcpy(&entry, listing + at, sizeof entry);
    if (entry.name_size == strlen(name) && memcmp(listing + at + 24, name, entry.name_size) == 0) {
      return listing + at;
    }
    at += 24 + entry.name_size;
  }
  return NULL;
}

static struct dirent at_entry(const uint8_t* at) {
  struct dirent entry = {0};
  if (at != NULL) memcpy(&entry, at, sizeof entry);
  return entry;
}

static void listings(void) {
  row("readdir | . and .. included, inodes and types, raw names");
  want(fd_readdir(W, listing, sizeof listing, 0, &used), OK);
  want(fd_filestat_get(W, &stat_now), OK);
  same("inode of .", at_entry(entry_of(used, ".")).ino, stat_now.ino);
  same("inode of .. of a preopen", at_entry(entry_of(used, "..")).ino, stat_now.ino);
  want(stat_of("file", NOFOLLOW), OK);
  same("inode of file", at_entry(entry_of(used, "file")).ino, stat_now.ino);
  same("type of file", at_entry(entry_of(used, "file")).type, REGULAR);
  same("type of dir", at_entry(entry_of(used, "dir")).type, FOLDER);
  same("type of link", at_entry(entry_of(used, "link")).type, LINK);
  same("type of fifo", at_entry(entry_of(used, "fifo")).type, UNKNOWN);
  truth(entry_of(used, "raw\xff\xfe") != NULL);
  truth(used < sizeof listing);
  uint32_t fd = folder("dir");
  want(fd_readdir(fd, listing, sizeof listing, 0, &used), OK);
  truth(entry_of(used, "..") != NULL && entry_of(used, "inner") != NULL);
  want(fd_close(fd), OK);
}

// Names of "many" from `cookie` on, by calls with `room` bytes; `seen` counts each of 0..199.
static int walk(uint32_t fd, uint32_t room, uint64_t cookie, uint8_t* seen) {
  for (int calls = 0; calls < 10000; calls++) {
    if (fd_readdir(fd, listing, room, cookie, &used) != OK) return -1;
    uint32_t at = 0;
    for (;;) {
      struct dirent entry;
      if (at + 24 > used) break;
      memcpy(&entry, listing + at, sizeof entry);
      if (at + 24 + entry.name_size > used) break;
      char name[16] = {0};
      memcpy(name, listing + at + 24, entry.name_size < 15 ? entry.name_size : 15);
      const unsigned long number = strtoul(name + 1, NULL, 10);
      if (name[0] == 'f' && number < 200) seen[number]++;
      cookie = entry.next;
      at += 24 + entry.name_size;
    }
    if (used < room) return calls + 1;
    if (at == 0) return -2;
  }
  return -3;
}

static int each_once(const uint8_t* seen) {
  int once = 0;
  for (int i = 0; i < 200; i++) once += seen[i] == 1;
  return once;
}

static void cookies(void) {
  uint8_t seen[200];
  row("readdir | filled to the brim, cut anywhere, each entry once");
  static const uint32_t rooms[] = {28, 29, 64, 100, 1000, 4096, 65536};
  for (unsigned i = 0; i < 7; i++) {
    uint32_t fd = folder("many");
    memset(seen, 0, sizeof seen);
    truth(walk(fd, rooms[i], 0, seen) > 0);
    same("entries seen once", (uint64_t)each_once(seen), 200);
    want(fd_close(fd), OK);
  }
  uint32_t fd = folder("many");
  want(fd_readdir(fd, listing, 4096, 0, &used), OK);
  same("used of a full buffer", used, 4096);
  row("readdir | under 24 bytes: cut header, success");
  memset(listing, 0xEE, 64);
  want(fd_readdir(fd, listing, 10, 0, &used), OK);
  same("used", used, 10);
  same("the byte after", listing[10], 0xEE);
  want(fd_readdir(fd, listing, 0, 0, &used), OK);
  same("used", used, 0);
  row("readdir | cookie 0 is a fresh start");
  memset(seen, 0, sizeof seen);
  truth(walk(fd, 65536, 0, seen) > 0);
  same("entries seen once", (uint64_t)each_once(seen), 200);
  want(fd_readdir(fd, listing, sizeof listing, 0, &used), OK);
  const uint32_t whole = used;
  row("readdir | d_next of entry i leads to entry i+1");
  const struct dirent first = at_entry(listing);
  const struct dirent second = at_entry(listing + 24 + first.name_size);
  want(fd_readdir(fd, listing, sizeof listing, first.next, &used), OK);
  same("rest", used, whole - 24 - first.name_size);
  same("inode", at_entry(listing).ino, second.ino);
  row("readdir | past the end: 0 bytes");
  uint32_t at = 0;
  struct dirent last = {0};
  while (at + 24 <= used) {
    last = at_entry(listing + at);
    at += 24 + last.name_size;
  }
  want(fd_readdir(fd, listing, sizeof listing, last.next, &used), OK);
  same("used", used, 0);
  want(fd_close(fd), OK);
  row("readdir | file, console");
  want(fd_readdir(reader("file"), listing, 100, 0, &used), NOTDIR);
  want(fd_readdir(1, listing, 100, 0, &used), NOTDIR);
}

static void removals(void) {
  uint8_t seen[200] = {0};
  row("readdir | d_next holds after removals");
  uint32_t fd = folder("many");
  want(fd_readdir(fd, listing, sizeof listing, 0, &used), OK);
  uint64_t middle = 0;
  int before = 0;
  uint32_t at = 0;
  for (int i = 0; i < 100; i++) {
    const struct dirent entry = at_entry(listing + at);
    char path[40] = "many/";
    memcpy(path + 5, listing + at + 24, entry.name_size);
    path[5 + entry.name_size] = 0;
    if (path[5] == 'f') {
      before++;
      want(path_unlink_file(W, P(path)), OK);
    }
    middle = entry.next;
    at += 24 + entry.name_size;
  }
  truth(walk(fd, 65536, middle, seen) > 0);
  same("entries after", (uint64_t)each_once(seen), (uint64_t)(200 - before));
  want(fd_close(fd), OK);
}

static void prestats(void) {
  uint32_t prestat[2];
  char name[16];
  row("prestat_get | tag and name length of every preopen");
  for (uint32_t fd = W; fd <= V; fd++) {
    want(fd_prestat_get(fd, prestat), OK);
    truth(prestat[0] == 0 && prestat[1] == 2);
  }
  row("prestat_get | not a preopen");
  want(fd_prestat_get(0, prestat), BADF);
  want(fd_prestat_get(2, prestat), BADF);
  want(fd_prestat_get(V + 1, prestat), BADF);
  uint32_t fd = folder("dir");
  want(fd_prestat_get(fd, prestat), BADF);
  row("prestat_dir_name | buffer short, long, not a preopen");
  want(fd_prestat_dir_name(W, name, 1), NAMETOOLONG);
  memset(name, '#', sizeof name);
  want(fd_prestat_dir_name(W, name, 16), OK);
  truth(memcmp(name, "/w#", 3) == 0);
  want(fd_prestat_dir_name(fd, name, 16), BADF);
  want(fd_close(fd), OK);
}

int main(void) {
  closed_numbers();
  flags();
  rights();
  times();
  listings();
  cookies();
  removals();
  prestats();
  renumbers();
  return finish();
}
