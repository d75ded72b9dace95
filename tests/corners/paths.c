// SPDX-License-Identifier: Apache-2.0
// preview1.md 7.4: paths.
#include "corners.h"

static void folder_named(const char* path) { want(path_create_directory(W, P(path)), OK); }
static uint32_t renames(const char* from, const char* to) {
  return path_rename(W, P(from), W, P(to));
}
static uint32_t links(const char* from, const char* to) {
  return path_link(W, 0, P(from), W, P(to));
}
static uint32_t symlinks(const char* target, const char* path) {
  return path_symlink(P(target), W, P(path));
}
static uint32_t removes(const char* path) { return path_remove_directory(W, P(path)); }
static uint32_t unlinks(const char* path) { return path_unlink_file(W, P(path)); }
static uint32_t makes(const char* path) { return path_create_directory(W, P(path)); }

static void open_links(void) {
  row("open | final link without follow, with oflags directory");
  want(opens("link", NOFOLLOW, 0, R_READER), LOOP);
  want(opens("link", NOFOLLOW, DIRECTORY, R_READER), NOTDIR);
  want(opens("dirlink", NOFOLLOW, DIRECTORY, 0), NOTDIR);
  row("open | follow, link to a file, directory");
  want(opens("link", FOLLOW, DIRECTORY, R_READER), NOTDIR);
  want(opens("link", FOLLOW, 0, R_READER), OK);
  want(opens("dirlink", FOLLOW, DIRECTORY, 0), OK);
  row("open | dangling link: creat without follow, creat+excl");
  want(opens("dangling", NOFOLLOW, CREAT, R_FILE), LOOP);
  want(opens("dangling", NOFOLLOW, CREAT | EXCL, R_FILE), EXIST);
  want(opens("dangling", FOLLOW, 0, R_READER), NOENT);
  truth(!is_there("nowhere"));
  row("open | creat+excl on existing");
  want(opens("file", NOFOLLOW, CREAT | EXCL, R_FILE), EXIST);
  want(opens("dir", NOFOLLOW, CREAT | EXCL, R_FILE), EXIST);
  want(opens("link", FOLLOW, CREAT | EXCL, R_FILE), EXIST);
}

static void open_flags(void) {
  row("open | directory with creat, excl or trunc; excl without creat");
  want(opens("dir", 0, DIRECTORY | CREAT, 0), INVAL);
  want(opens("dir", 0, DIRECTORY | EXCL, 0), INVAL);
  want(opens("dir", 0, DIRECTORY | TRUNC, 0), INVAL);
  want(opens("new-dir", 0, DIRECTORY | CREAT | EXCL, 0), INVAL);
  want(opens("file", 0, EXCL, R_READER), INVAL);
  truth(!is_there("new-dir"));
  row("open | a directory with fd_write asked, with or without oflags directory");
  want(opens("dir", 0, DIRECTORY, R_READ | R_WRITE), ISDIR);
  want(opens("dir", 0, 0, R_READ | R_WRITE), ISDIR);
  want(opens("dir", 0, 0, R_WRITE), ISDIR);
  row("open | a directory with fd_read or fd_seek asked: ok, right dropped");
  want(opens("dir", 0, DIRECTORY, R_READ | BIT(2) | BIT(14)), OK);
  same("base", info(opened).base, BIT(14));
  want(fd_close(opened), OK);
  row("open | rights 0; with creat or trunc they still happen");
  want(opens("file", 0, 0, 0), OK);
  want(read_from(opened, 1), BADF);
  want(write_to(opened, "x"), BADF);
  want(opens("made-without-rights", 0, CREAT, 0), OK);
  truth(is_there("made-without-rights"));
  file("cut", "0123456789");
  want(opens("cut", 0, TRUNC, 0), OK);
  truth(holds("cut", ""));
  row("open | trunc without right 19 on the directory; trunc on a directory");
  file("cut", "0123456789");
  uint32_t fd = folder(".");
  want(fd_fdstat_set_rights(fd, info(fd).base & ~BIT(19), info_now.inheriting), OK);
  want(open_in(fd, "cut", 0, TRUNC, R_FILE, 0), NOTCAPABLE);
  truth(holds("cut", "0123456789"));
  want(fd_close(fd), OK);
  want(opens("dir", 0, TRUNC, R_READ), ISDIR);
  row("open | trunc, with an access mode");
  want(opens("cut", 0, TRUNC, R_FILE), OK);
  want(write_to(opened, "new"), OK);
  truth(holds("cut", "new"));
  row("open | creat without right 10 on the directory");
  fd = folder(".");
  want(fd_fdstat_set_rights(fd, info(fd).base & ~BIT(10), info_now.inheriting), OK);
  want(open_in(fd, "not-made", 0, CREAT, R_FILE, 0), NOTCAPABLE);
  truth(!is_there("not-made"));
  want(fd_close(fd), OK);
  row("open | unknown bits in oflags, lookup flags, fdflags, rights");
  want(opens("file", 0, 16, R_READER), INVAL);
  want(opens("file", 2, 0, R_READER), INVAL);
  want(open_in(W, "file", 0, 0, R_READER, 32), INVAL);
  want(opens("file", 0, 0, BIT(30)), INVAL);
  row("open | nonblock on file or directory");
  want(open_in(W, "file", 0, 0, R_READER, NONBLOCK), OK);
  same("flags", info(opened).flags, NONBLOCK);
  want(open_in(W, "dir", 0, DIRECTORY, 0, NONBLOCK), OK);
}

static void open_slash(void) {
  row("open | `file/`, `dir/`, `new/` or `file/` with creat");
  want(opens("file/", 0, 0, R_READER), NOTDIR);
  want(opens("dir/", 0, 0, 0), OK);
  want(opens("dir/", 0, DIRECTORY, 0), OK);
  want(opens("new/", 0, CREAT, R_FILE), ISDIR);
  want(opens("file/", 0, CREAT, R_FILE), ISDIR);
  truth(!is_there("new"));
  row("open | a file with several hard links that this run did not make, to write or truncate");
  denied(opens("hard", 0, 0, R_FILE));
  denied(opens("hard", 0, TRUNC, R_READER));
  want(opens("hard", 0, 0, R_READER), OK);
  truth(holds("hard", "hard"));
}

static void read_grant(void) {
  row("open | fd_write, creat, trunc or append on a `read` grant, file there or not");
  denied(open_in(R, "file", 0, 0, R_FILE, 0));
  denied(open_in(R, "file", 0, TRUNC, R_READER, 0));
  denied(open_in(R, "file", 0, CREAT, R_READER, 0));
  denied(open_in(R, "file", 0, 0, R_READER, APPEND));
  denied(open_in(R, "new", 0, CREAT, R_FILE, 0));
  denied(open_in(R, "new", 0, 0, R_WRITE, 0));
  want(open_in(R, "file", 0, 0, R_READER, 0), OK);
  row("every changing call | on a `read` grant");
  denied(path_create_directory(R, P("new")));
  denied(path_remove_directory(R, P("dir")));
  denied(path_unlink_file(R, P("file")));
  denied(path_symlink(P("file"), R, P("new")));
  denied(path_rename(R, P("file"), R, P("new")));
  denied(path_link(R, 0, P("file"), R, P("new")));
  denied(path_filestat_set_times(R, 0, P("file"), 5, 5, MTIM));
  denied(fd_filestat_set_times(opened, 5, 5, MTIM));
  row("rename, link | between grants: nothing gained, and one side `read`");
  file("mine", "mine");
  want(path_rename(W, P("mine"), V, P("yours")), XDEV);
  want(path_link(W, 0, P("mine"), V, P("yours")), XDEV);
  denied(path_rename(W, P("mine"), R, P("yours")));
  denied(path_rename(R, P("file"), W, P("yours")));
  denied(path_link(R, 0, P("file"), W, P("yours")));
  denied(path_link(W, 0, P("mine"), R, P("yours")));
  truth(!is_there("yours") && holds("mine", "mine"));
}

static void stats(void) {
  row("filestat_get | dangling link: follow, no follow");
  want(stat_of("dangling", FOLLOW), NOENT);
  want(stat_of("dangling", NOFOLLOW), OK);
  same("type", stat_now.type, LINK);
  same("size = length of the target", stat_now.size, 7);
  row("filestat_get | `file/`, `link-to-dir/` without follow");
  want(stat_of("file/", NOFOLLOW), NOTDIR);
  want(stat_of("dirlink/", NOFOLLOW), OK);
  same("type", stat_now.type, FOLDER);
  row("filestat_get | file, directory, link followed");
  want(stat_of("file", NOFOLLOW), OK);
  truth(stat_now.type == REGULAR && stat_now.size == 10 && stat_now.nlink == 1);
  want(stat_of("dir", NOFOLLOW), OK);
  same("type", stat_now.type, FOLDER);
  want(stat_of("link", FOLLOW), OK);
  truth(stat_now.type == REGULAR && stat_now.size == 10);
  row("filestat_get, set_times | unknown lookup flag");
  want(stat_of("file", 2), INVAL);
  want(path_filestat_set_times(W, 2, P("file"), 5, 5, MTIM), INVAL);
  row("set_times | exact, absent flag omits, unknown flag");
  file("aged", "x");
  want(path_filestat_set_times(W, 0, P("aged"), 1000000001, 2000000002, ATIM | MTIM), OK);
  want(path_filestat_set_times(W, 0, P("aged"), 7, 3000000003, MTIM), OK);
  want(stat_of("aged", NOFOLLOW), OK);
  truth(stat_now.atim == 1000000001 && stat_now.mtim == 3000000003);
  want(path_filestat_set_times(W, 0, P("aged"), 7, 7, 32), INVAL);
  row("set_times | link without follow: the link itself, target untouched");
  want(symlinks("aged", "aged-link"), OK);
  want(path_filestat_set_times(W, NOFOLLOW, P("aged-link"), 5, 4000000004, MTIM), OK);
  want(stat_of("aged-link", NOFOLLOW), OK);
  same("mtim of the link", stat_now.mtim, 4000000004);
  want(stat_of("aged-link", FOLLOW), OK);
  same("mtim of the target", stat_now.mtim, 3000000003);
  want(path_filestat_set_times(W, FOLLOW, P("aged-link"), 5, 5000000005, MTIM), OK);
  want(stat_of("aged", NOFOLLOW), OK);
  same("mtim of the target", stat_now.mtim, 5000000005);
}

static void directories(void) {
  row("create_directory | existing, `new/`, existing with `/`");
  want(makes("dir"), EXIST);
  want(makes("file"), EXIST);
  want(makes("dangling"), EXIST);
  want(makes("made/"), OK);
  want(makes("made/"), EXIST);
  want(makes("missing/made"), NOENT);
  row("remove_directory | `dir/`, file, `file/`, non-empty, `.`, link to dir");
  want(removes("made/"), OK);
  want(removes("file"), NOTDIR);
  want(removes("file/"), NOTDIR);
  want(removes("dir"), NOTEMPTY);
  want(removes("."), INVAL);
  want(removes("dirlink"), NOTDIR);
  want(removes("missing"), NOENT);
  row("unlink_file | dir, `dir/`, `file/`, `link-to-dir/`");
  want(unlinks("dir"), ISDIR);
  want(unlinks("dir/"), ISDIR);
  want(unlinks("file/"), NOTDIR);
  want(unlinks("dirlink/"), NOTDIR);
  want(unlinks("missing"), NOENT);
  truth(is_there("dirlink") && is_there("dir/inner"));
  row("unlink_file | a link is removed itself");
  want(symlinks("file", "to-go"), OK);
  want(unlinks("to-go"), OK);
  truth(is_there("file") && !is_there("to-go"));
}

static void renaming(void) {
  row("rename | dir onto empty dir, non-empty, file; file onto dir");
  folder_named("d1");
  folder_named("d2");
  folder_named("full");
  file("full/x", "x");
  file("f1", "f1");
  want(renames("d1", "d2"), OK);
  want(renames("d2", "full"), NOTEMPTY);
  want(renames("d2", "f1"), NOTDIR);
  want(renames("f1", "d2"), ISDIR);
  want(renames("missing", "m"), NOENT);
  row("rename | directory names with `/`");
  want(renames("d2/", "d3/"), OK);
  want(renames("d3", "d4/"), OK);
  want(renames("d4/", "d5"), OK);
  truth(is_there("d5"));
  row("rename | file source or target with `/`");
  want(renames("f1/", "f2"), NOTDIR);
  want(renames("f1", "f2/"), NOTDIR);
  file("f2", "f2");
  want(renames("f1", "f2/"), NOTDIR);
  truth(holds("f1", "f1") && holds("f2", "f2"));
  row("rename | same inode: no-op");
  want(links("f1", "f1b"), OK);
  want(renames("f1", "f1b"), OK);
  want(renames("f1", "f1"), OK);
  truth(holds("f1", "f1") && holds("f1b", "f1"));
  row("rename | file onto file; a final link is renamed itself");
  want(renames("f2", "f1b"), OK);
  truth(holds("f1b", "f2") && holds("f1", "f1"));
  want(symlinks("f1", "ln"), OK);
  want(renames("ln", "ln2"), OK);
  want(stat_of("ln2", NOFOLLOW), OK);
  same("type", stat_now.type, LINK);
  row("rename | a directory into itself");
  want(renames("full", "full/below"), INVAL);
}

static void linking(void) {
  row("link | new exists: file, itself, directory, dangling link");
  file("one", "one");
  want(links("one", "file"), EXIST);
  want(links("one", "one"), EXIST);
  want(links("one", "dir"), EXIST);
  want(links("one", "dangling"), EXIST);
  row("link | both names are one file, which this run may go on writing");
  want(links("one", "two"), OK);
  want(stat_of("two", NOFOLLOW), OK);
  same("links", stat_now.nlink, 2);
  want(opens("two", NOFOLLOW, 0, R_FILE), OK);
  want(write_to(opened, "ONE"), OK);
  truth(holds("one", "ONE"));
  row("link | source is a dir, source is a link, new ends in `/`");
  want(links("dir", "dir2"), PERM);
  want(links("link", "link2"), OK);
  want(stat_of("link2", NOFOLLOW), OK);
  same("type", stat_now.type, LINK);
  want(links("one", "new/"), NOENT);
  want(links("missing", "m2"), NOENT);
  row("link | follow flag");
  want(path_link(W, FOLLOW, P("link"), W, P("link3")), INVAL);
  truth(!is_there("link3"));
}

static void symlinking(void) {
  row("symlink | absolute target; relative target that climbs out");
  denied(symlinks("/etc/passwd", "s1"));
  denied(symlinks("/w/file", "s1"));
  denied(symlinks("../outside", "s1"));
  denied(symlinks("dir/../../outside", "s1"));
  denied(symlinks("../../outside", "dir/s1"));
  want(symlinks("../file", "dir/s1"), OK);
  truth(holds("dir/s1", "0123456789") && !is_there("s1"));
  row("symlink | new ends in `/`: absent, directory, file");
  want(symlinks("file", "absent/"), NOENT);
  want(symlinks("file", "dir/"), EXIST);
  want(symlinks("file", "file/"), NOTDIR);
  row("symlink | new exists, empty target");
  want(symlinks("file", "file"), EXIST);
  want(symlinks("file", "dangling"), EXIST);
  want(symlinks("", "s2"), NOENT);
  row("readlink | not a link, short buffer");
  want(path_readlink(W, P("file"), block, 10, &moved), INVAL);
  want(path_readlink(W, P("dir"), block, 10, &moved), INVAL);
  memset(block, '#', 16);
  want(path_readlink(W, P("dangling"), block, 3, &moved), OK);
  same("size", moved, 3);
  truth(memcmp(block, "now#", 4) == 0);
  want(path_readlink(W, P("dangling"), block, 16, &moved), OK);
  same("size", moved, 7);
  truth(memcmp(block, "nowhere##", 9) == 0);
  want(path_readlink(W, P("missing"), block, 10, &moved), NOENT);
}

int main(void) {
  open_links();
  open_flags();
  open_slash();
  read_grant();
  stats();
  directories();
  renaming();
  linking();
  symlinking();
  return finish();
}
