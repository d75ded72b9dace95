// SPDX-License-Identifier: Apache-2.0
// preview1.md 5: path rules, by every function that takes a path.
#include "corners.h"

// The answer of call number `which` with this path; each is harmless when it should fail.
enum { CALLS = 13 };
static uint32_t by_call(int which, uint32_t fd, const char* path, uint32_t size) {
  switch (which) {
    case 0:
      return path_open(fd, FOLLOW, path, size, 0, R_READER, 0, 0, &opened);
    case 1:
      return path_open(fd, NOFOLLOW, path, size, CREAT, R_FILE, 0, 0, &opened);
    case 2:
      return path_filestat_get(fd, FOLLOW, path, size, &stat_now);
    case 3:
      return path_filestat_get(fd, NOFOLLOW, path, size, &stat_now);
    case 4:
      return path_filestat_set_times(fd, FOLLOW, path, size, 5, 5, MTIM);
    case 5:
      return path_create_directory(fd, path, size);
    case 6:
      return path_remove_directory(fd, path, size);
    case 7:
      return path_unlink_file(fd, path, size);
    case 8:
      return path_rename(fd, path, size, W, P("moved"));
    case 9:
      return path_rename(W, P("victim"), fd, path, size);
    case 10:
      return path_link(fd, 0, path, size, W, P("linked"));
    case 11:
      return path_symlink(P("file"), fd, path, size);
    default:
      return path_readlink(fd, path, size, block, sizeof block, &moved);
  }
}

static const char* const call_names[CALLS] = {
    "open",        "open creat",       "filestat follow",  "filestat",
    "set_times",   "create_directory", "remove_directory", "unlink_file",
    "rename from", "rename to",        "link from",        "symlink",
    "readlink"};

static void all_give(const char* path, uint32_t size, uint32_t code) {
  for (int which = 0; which < CALLS; which++) {
    same(call_names[which], by_call(which, W, path, size), code);
  }
}

static void all_denied(const char* path) {
  for (int which = 0; which < CALLS; which++) {
    denials++;
    char what[200];
    snprintf(what, sizeof what, "%s %s", call_names[which], path);
    same(what, by_call(which, W, path, (uint32_t)strlen(path)), NOTCAPABLE);
  }
}

static void syntax(void) {
  static char text[5000];
  file("victim", "victim");
  row("every path call | empty");
  all_give("", 0, NOENT);
  want(path_symlink("", 0, W, P("empty-target")), NOENT);
  row("every path call | contains NUL");
  all_give("file\0x", 6, INVAL);
  all_give("\0", 1, INVAL);
  row("every path call | not UTF-8");
  all_give("raw\xff\xfe", 5, ILSEQ);
  all_give("\xc0\xaf", 2, ILSEQ);
  all_give("\xed\xa0\x80", 3, ILSEQ);
  row("every path call | over 4095 bytes");
  for (int i = 0; i < 4096; i++) text[i] = "./"[i % 2];
  all_give(text, 4096, NAMETOOLONG);
  row("open | 4095 bytes");
  memcpy(text + 4091, "file", 4);
  text[4090] = '/';
  want(path_open(W, 0, text, 4095, 0, R_READER, 0, 0, &opened), OK);
  row("every path call | a component over 255 bytes");
  memset(text, 'n', 300);
  all_give(text, 256, NAMETOOLONG);
  row("open, create_directory | a component of 255 bytes");
  want(path_open(W, 0, text, 255, 0, R_READER, 0, 0, &opened), NOENT);
  want(path_create_directory(W, text, 255), OK);
  want(path_remove_directory(W, text, 255), OK);
}

static void escapes(void) {
  row("every path call | leading /");
  all_denied("/etc/passwd");
  all_denied("/w/file");
  row("every path call | .. above the base, even if it comes back");
  all_denied("../outside/secret");
  all_denied("../w/file");
  all_denied("dir/../../w/file");
  row("every path call | through a relative link that leads out");
  all_denied("out/secret");
  row("every path call | through an absolute link that leads out");
  all_denied("absolute/passwd");
  row("open, filestat, set_times | a final link that leads out, followed");
  denied(opens("out", FOLLOW, 0, R_READER));
  denied(opens("absolute", FOLLOW, 0, R_READER));
  denied(opens("out", FOLLOW, CREAT, R_FILE));
  denied(stat_of("out", FOLLOW));
  denied(stat_of("absolute", FOLLOW));
  denied(path_filestat_set_times(W, FOLLOW, P("out"), 5, 5, MTIM));
  denied(opens("out/", NOFOLLOW, 0, R_READER));
  denied(stat_of("out/", NOFOLLOW));
  row("filestat, readlink | a link that leads out is itself within");
  want(stat_of("out", NOFOLLOW), OK);
  same("type", stat_now.type, LINK);
  want(path_readlink(W, P("out"), block, 100, &moved), OK);
  row("every path call | .. above a handle of a directory within the grant");
  uint32_t fd = folder("dir");
  for (int which = 0; which < CALLS; which++) {
    denials++;
    same(call_names[which], by_call(which, fd, P("../file")), NOTCAPABLE);
  }
  want(fd_close(fd), OK);
}

static void resolution(void) {
  static const char* const good[] = {
      "dir/../file",          ".//file",         "dir//../file",         "./file",
      "dir/./../dir/../file", "dirlink/../file", "dir/deeper/../../file"};
  row("open, filestat | a/.., ., a//b, a/./b on handles");
  for (unsigned i = 0; i < 7; i++) {
    same(good[i], opens(good[i], NOFOLLOW, 0, R_READER), OK);
    fd_close(opened);
    same(good[i], stat_of(good[i], NOFOLLOW), OK);
  }
  want(opens(".", NOFOLLOW, 0, 0), OK);
  row("open, filestat | a/.. where a is no directory: nothing is lexical");
  want(opens("missing/../file", NOFOLLOW, 0, R_READER), NOENT);
  want(opens("file/../file", NOFOLLOW, 0, R_READER), NOTDIR);
  want(stat_of("missing/../file", NOFOLLOW), NOENT);
  want(stat_of("file/../file", NOFOLLOW), NOTDIR);
  row("open, filestat | 40 links, 41 links, a loop");
  want(opens("chain2", FOLLOW, 0, R_READER), OK);
  want(opens("chain1", FOLLOW, 0, R_READER), LOOP);
  want(stat_of("chain2", FOLLOW), OK);
  want(stat_of("chain1", FOLLOW), LOOP);
  want(opens("loop", FOLLOW, 0, R_READER), LOOP);
  want(opens("loop/x", NOFOLLOW, 0, R_READER), LOOP);
  want(stat_of("loop", FOLLOW), LOOP);
  row("every path call | the descriptor is no directory: file, console");
  uint32_t fd = reader("file");
  for (int which = 0; which < CALLS; which++) {
    same(call_names[which], by_call(which, fd, P("x")), NOTDIR);
    same(call_names[which], by_call(which, 1, P("x")), NOTDIR);
  }
  want(fd_close(fd), OK);
}

static void trailing(void) {
  row("open, filestat, set_times, unlink, rename, remove | / after a file");
  file("tail", "tail");
  want(opens("tail/", NOFOLLOW, 0, R_READER), NOTDIR);
  want(stat_of("tail/", NOFOLLOW), NOTDIR);
  want(stat_of("tail/", FOLLOW), NOTDIR);
  want(path_filestat_set_times(W, 0, P("tail/"), 5, 5, MTIM), NOTDIR);
  want(path_unlink_file(W, P("tail/")), NOTDIR);
  want(path_remove_directory(W, P("tail/")), NOTDIR);
  want(path_rename(W, P("tail/"), W, P("tail2")), NOTDIR);
  want(path_link(W, 0, P("tail/"), W, P("tail2")), NOTDIR);
  want(path_readlink(W, P("tail/"), block, 10, &moved), NOTDIR);
  truth(holds("tail", "tail"));
  row("open | FIFO, socket");
  denied(opens("fifo", NOFOLLOW, 0, R_READER));
  denied(opens("fifo", FOLLOW, 0, R_WRITE));
  denied(opens("socket", NOFOLLOW, 0, R_READER));
  row("filestat, rename, unlink | FIFO, socket");
  want(stat_of("fifo", NOFOLLOW), OK);
  same("type of a FIFO", stat_now.type, UNKNOWN);
  want(path_rename(W, P("fifo"), W, P("fifo2")), OK);
  want(path_unlink_file(W, P("fifo2")), OK);
  want(stat_of("socket", NOFOLLOW), OK);
  want(path_rename(W, P("socket"), W, P("socket2")), OK);
  want(path_unlink_file(W, P("socket2")), OK);
  truth(!is_there("fifo2") && !is_there("socket2"));
}

int main(void) {
  syntax();
  escapes();
  resolution();
  trailing();
  return finish();
}
