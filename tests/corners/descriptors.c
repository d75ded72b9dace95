// SPDX-License-Identifier: Apache-2.0
// preview1.md 4: numbers and rights of descriptors. Run with at most 16 open, standard input from a
// regular file (10 bytes), error output to a regular file that held "before:".
#include "corners.h"

static void preopens(void) {
  char name[3] = {0};
  row("numbers | 0, 1, 2 console, 3 and on the directories in order, then nothing");
  want(fd_fdstat_get(0, &info_now), OK);
  want(fd_fdstat_get(1, &info_now), OK);
  want(fd_fdstat_get(2, &info_now), OK);
  static const char names[3][3] = {"/w", "/r", "/v"};
  for (uint32_t i = 0; i < 3; i++) {
    want(fd_prestat_dir_name(W + i, name, 2), OK);
    truth(strcmp(name, names[i]) == 0);
  }
  want(fd_fdstat_get(V + 1, &info_now), BADF);
  row("rights | a preopen shows the full set, whatever its grant");
  for (uint32_t fd = W; fd <= V; fd++) {
    same("base", info(fd).base, 0x07BFFE19);
    same("inheriting", info_now.inheriting, 0x0FFFFFFF);
    same("type", info_now.type, FOLDER);
    same("flags", info_now.flags, 0);
  }
}

static void opened_rights(void) {
  row("rights | a regular file shows what was asked and applies, inheriting nothing");
  want(path_open(W, 0, P("file"), 0, R_ALL & ~R_WRITE, R_ALL, 0, &opened), OK);
  same("base", info(opened).base, 0x08E001FF & ~R_WRITE);
  same("inheriting", info_now.inheriting, 0);
  want(fd_close(opened), OK);
  want(path_open(W, 0, P("file"), 0, R_READ | BIT(2), R_ALL, 0, &opened), OK);
  same("base", info(opened).base, R_READ | BIT(2));
  want(fd_close(opened), OK);
  row("rights | a directory shows what was asked and applies");
  want(path_open(W, 0, P("dir"), DIRECTORY, R_ALL & ~(R_READ | R_WRITE), R_ALL, 0, &opened), OK);
  same("base", info(opened).base, 0x07BFFE19);
  same("inheriting", info_now.inheriting, 0x0FFFFFFF);
  want(fd_close(opened), OK);
  row("rights | an inheriting mask bounds what is opened below");
  want(path_open(W, 0, P("dir"), DIRECTORY, BIT(13) | BIT(14), R_READ | BIT(5), 0, &opened), OK);
  uint32_t dir = opened;
  want(path_open(dir, 0, P("inner"), 0, R_READ | BIT(2) | BIT(5), 0, 0, &opened), OK);
  same("base: surplus rights are dropped and visible", info(opened).base, R_READ | BIT(5));
  want(fd_close(opened), OK);
  want(path_open(dir, 0, P("inner"), 0, R_READ | R_WRITE, 0, 0, &opened), NOTCAPABLE);
  want(fd_close(dir), OK);
  want(path_open(W, 0, P("dir"), DIRECTORY, BIT(13), R_WRITE, 0, &opened), OK);
  dir = opened;
  want(path_open(dir, 0, P("inner"), 0, R_READ, 0, 0, &opened), NOTCAPABLE);
  want(fd_close(dir), OK);
}

static void dropped_from_files(void) {
  uint64_t at;
  row("rights | dropped from a file: NOTCAPABLE for all but reading and writing");
  uint32_t fd = writer("file2", 0);
  struct vec one = {block, 1};
  want(fd_fdstat_set_rights(fd, 0, 0), OK);
  want(read_from(fd, 1), BADF);
  want(write_to(fd, "x"), BADF);
  want(fd_seek(fd, 1, 0, &at), NOTCAPABLE);
  want(fd_tell(fd, &at), NOTCAPABLE);
  want(fd_sync(fd), NOTCAPABLE);
  want(fd_datasync(fd), NOTCAPABLE);
  want(fd_advise(fd, 0, 1, 0), NOTCAPABLE);
  want(fd_fdstat_set_flags(fd, 0), NOTCAPABLE);
  want(fd_filestat_get(fd, &stat_now), NOTCAPABLE);
  want(fd_filestat_set_times(fd, 1, 1, MTIM), NOTCAPABLE);
  want(fd_close(fd), OK);
  fd = writer("file2", 0);
  want(fd_fdstat_set_rights(fd, R_FILE & ~(BIT(8) | BIT(22)), 0), OK);
  want(fd_allocate(fd, 0, 1), NOTCAPABLE);
  want(fd_filestat_set_size(fd, 1), NOTCAPABLE);
  want(fd_fdstat_set_rights(fd, R_READ | R_WRITE, 0), OK);
  want(fd_pread(fd, &one, 1, 0, &moved), NOTCAPABLE);
  want(fd_pwrite(fd, &one, 1, 0, &moved), NOTCAPABLE);
  want(fd_close(fd), OK);
  row("tell | right 5 or 2; seek of cur and 0: right 5 or 2");
  fd = writer("file2", 0);
  want(fd_fdstat_set_rights(fd, BIT(2) | BIT(5), 0), OK);
  want(fd_fdstat_set_rights(fd, BIT(5), 0), OK);
  want(fd_tell(fd, &at), OK);
  want(fd_seek(fd, 0, 1, &at), OK);
  want(fd_seek(fd, 0, 0, &at), NOTCAPABLE);
  want(fd_close(fd), OK);
  fd = writer("file2", 0);
  want(fd_fdstat_set_rights(fd, BIT(2), 0), OK);
  want(fd_tell(fd, &at), OK);
  want(fd_close(fd), OK);
}

static void dropped_from_directories(void) {
  row("rights | dropped from a directory: NOTCAPABLE");
  uint32_t fd = folder(".");
  want(fd_fdstat_set_rights(fd, 0, 0), OK);
  want(fd_readdir(fd, block, 100, 0, &moved), NOTCAPABLE);
  want(open_in(fd, "file", 0, 0, 0, 0), NOTCAPABLE);
  want(path_filestat_get(fd, 0, P("file"), &stat_now), NOTCAPABLE);
  want(path_filestat_set_times(fd, 0, P("file"), 1, 1, MTIM), NOTCAPABLE);
  want(path_create_directory(fd, P("new")), NOTCAPABLE);
  want(path_remove_directory(fd, P("new")), NOTCAPABLE);
  want(path_unlink_file(fd, P("new")), NOTCAPABLE);
  want(path_rename(fd, P("file"), W, P("new")), NOTCAPABLE);
  want(path_rename(W, P("file"), fd, P("new")), NOTCAPABLE);
  want(path_link(fd, 0, P("file"), W, P("new")), NOTCAPABLE);
  want(path_link(W, 0, P("file"), fd, P("new")), NOTCAPABLE);
  want(path_symlink(P("file"), fd, P("new")), NOTCAPABLE);
  want(path_readlink(fd, P("link"), block, 10, &moved), NOTCAPABLE);
  want(fd_close(fd), OK);
  truth(!is_there("new") && is_there("file"));
}

// No set-size, allocate, times or advise, whatever the host opened it as: the grant has them not.
static void unchangeable(uint32_t fd) {
  denials += 4;
  truth(fd_filestat_set_size(fd, 0) != OK);
  truth(fd_allocate(fd, 0, 100) != OK);
  truth(fd_filestat_set_times(fd, 5, 5, MTIM) != OK);
  truth(fd_advise(fd, 0, 0, 0) != OK);
}

static void console(void) {
  uint64_t at;
  struct vec one = {"x", 1};
  row("rights | stdout on a pipe");
  same("base", info(1).base, 0x08200059);
  row("rights | console on a regular file: as a pipe plus seek and tell");
  same("stdin", info(0).base, 0x0820000A | BIT(2) | BIT(5));
  same("stderr", info(2).base, 0x08200059 | BIT(2) | BIT(5));
  row("filestat | console on a regular file: type, size; dev and ino 0");
  want(fd_filestat_get(0, &stat_now), OK);
  same("type", stat_now.type, REGULAR);
  same("size", stat_now.size, 10);
  same("dev", stat_now.dev, 0);
  same("ino", stat_now.ino, 0);
  truth(stat_now.mtim != 0);
  row("filestat | pipe: all other fields 0");
  want(fd_filestat_get(1, &stat_now), OK);
  same("type", stat_now.type, UNKNOWN);
  truth(stat_now.dev == 0 && stat_now.ino == 0 && stat_now.size == 0 && stat_now.mtim == 0);
  row("console | stdin on a file only reads");
  want(read_from(0, 4), OK);
  truth(memcmp(block, "0123", 4) == 0);
  want(write_to(0, "x"), BADF);
  truth(fd_pwrite(0, &one, 1, 0, &moved) != OK);
  unchangeable(0);
  row("console | stderr on a file only writes, and not before where the run began");
  want(write_to(2, "written\n"), OK);
  want(read_from(2, 4), BADF);
  truth(fd_pread(2, &one, 1, 0, &moved) != OK);
  truth(fd_pwrite(2, &one, 1, 0, &moved) != OK);
  unchangeable(2);
  // The driver sees whether the bytes before the run are still there.
  if (fd_seek(2, 0, 0, &at) == OK) write_to(2, "late\n");
}

static void allocation(void) {
  row("numbers | the lowest free one that is not below the first after the preopens");
  want(opens("file", 0, 0, R_READER), OK);
  same("first", opened, V + 1);
  want(opens("file", 0, 0, R_READER), OK);
  same("second", opened, V + 2);
  want(fd_close(V + 1), OK);
  want(opens("file", 0, 0, R_READER), OK);
  same("the freed one", opened, V + 1);
  row("numbers | those of stdio and preopens are never handed out again");
  want(fd_close(0), OK);
  want(fd_close(R), OK);
  want(opens("file", 0, 0, R_READER), OK);
  same("third", opened, V + 3);
  row("numbers | renumber fills that of a preopen");
  want(fd_renumber(V + 3, V), OK);
  want(read_from(V, 3), OK);
  want(fd_prestat_get(V, block), BADF);
  row("numbers | at most as many as granted, then MFILE");
  int more = 0;
  uint32_t code;
  while ((code = opens("file", 0, 0, R_READER)) == OK && more < 100) more++;
  denied_as(code, MFILE);
  same("opened: 16 less 1, 2, W, V and two files", (uint64_t)more, 16 - 6);
  want(fd_close(V + 1), OK);
  want(opens("file", 0, 0, R_READER), OK);
}

int main(void) {
  preopens();
  opened_rights();
  dropped_from_files();
  dropped_from_directories();
  console();
  allocation();
  return finish();
}
