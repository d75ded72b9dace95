// SPDX-License-Identifier: Apache-2.0
// preview1.md 7.2: files, data.
#include "corners.h"

#define TOO_FAR 0x8000000000000000ULL

static void reads(void) {
  uint64_t at;
  row("read | end of file, no iovecs, all lengths 0");
  uint32_t fd = reader("file");
  want(read_from(fd, 100), OK);
  same("size", moved, 10);
  want(read_from(fd, 100), OK);
  same("size at the end", moved, 0);
  moved = 9;
  want(fd_read(fd, NULL, 0, &moved), OK);
  same("size of no iovecs", moved, 0);
  struct vec none[2] = {{(void*)0xFFFFFFF0, 0}, {NULL, 0}};
  moved = 9;
  want(fd_read(fd, none, 2, &moved), OK);
  same("size of empty iovecs", moved, 0);

  row("pread | end of file, no iovecs, all lengths 0");
  struct vec one = {block, 100};
  moved = 9;
  want(fd_pread(fd, &one, 1, 10, &moved), OK);
  same("size at the end", moved, 0);
  want(fd_pread(fd, &one, 1, 1000000, &moved), OK);
  same("size beyond the end", moved, 0);
  want(fd_pread(fd, NULL, 0, 0, &moved), OK);
  same("size of no iovecs", moved, 0);
  want(fd_pread(fd, none, 2, 0, &moved), OK);
  same("size of empty iovecs", moved, 0);

  row("read | all iovecs in one call");
  uint8_t a[1], b[3], c[4];
  struct vec three[4] = {{a, 1}, {NULL, 0}, {b, 3}, {c, 4}};
  want(fd_seek(fd, 0, 0, &at), OK);
  want(fd_read(fd, three, 4, &moved), OK);
  same("size", moved, 8);
  truth(a[0] == '0' && memcmp(b, "123", 3) == 0 && memcmp(c, "4567", 4) == 0);

  row("pread | position untouched");
  want(fd_pread(fd, three, 4, 2, &moved), OK);
  same("size", moved, 8);
  truth(a[0] == '2');
  want(fd_tell(fd, &at), OK);
  same("position", at, 8);
  want(fd_close(fd), OK);

  row("read | a list of more than 1024 iovecs");
  static struct vec many[1025];
  fd = reader("file");
  want(fd_read(fd, many, 1025, &moved), INVAL);
  want(fd_read(fd, many, 1024, &moved), OK);
  want(fd_close(fd), OK);
}

static void on_directories(void) {
  uint64_t at;
  struct vec one = {block, 1};
  uint32_t fd = W;
  row("read | directory");
  want(read_from(fd, 1), ISDIR);
  row("pread | directory");
  want(fd_pread(fd, &one, 1, 0, &moved), ISDIR);
  row("write | directory");
  want(write_to(fd, "x"), ISDIR);
  row("pwrite | directory");
  want(fd_pwrite(fd, &one, 1, 0, &moved), ISDIR);
  row("seek | directory");
  want(fd_seek(fd, 0, 0, &at), ISDIR);
  row("tell | directory");
  want(fd_tell(fd, &at), ISDIR);
  row("allocate | directory");
  want(fd_allocate(fd, 0, 1), ISDIR);
  row("set_size | directory");
  want(fd_filestat_set_size(fd, 0), ISDIR);
  row("advise | directory");
  want(fd_advise(fd, 0, 0, 0), ISDIR);
}

static void without_access(void) {
  struct vec one = {block, 1};
  file("plain", "0123456789");
  row("read | opened without fd_read");
  want(opens("plain", NOFOLLOW, 0, R_FILE & ~R_READ), OK);
  uint32_t fd = opened;
  want(read_from(fd, 1), BADF);
  want(fd_pread(fd, &one, 1, 0, &moved), BADF);
  want(fd_close(fd), OK);
  row("write | opened without fd_write");
  fd = reader("plain");
  want(write_to(fd, "x"), BADF);
  want(fd_pwrite(fd, &one, 1, 0, &moved), BADF);
  row("set_size | no write access");
  want(fd_filestat_set_size(fd, 0), BADF);
  row("allocate | no write access");
  want(fd_allocate(fd, 0, 100), BADF);
  truth(holds("plain", "0123456789"));
  want(fd_close(fd), OK);
}

static void offsets(void) {
  uint64_t at = 77;
  struct vec one = {block, 1};
  file("offsets", "0123456789");
  uint32_t fd = writer("offsets", 0);
  row("pread, pwrite | offset above 2^63-1");
  want(fd_pread(fd, &one, 1, TOO_FAR, &moved), INVAL);
  want(fd_pwrite(fd, &one, 1, TOO_FAR, &moved), INVAL);
  row("pwrite | length 0 beyond the end");
  want(fd_pwrite(fd, &one, 0, 1000, &moved), OK);
  same("size written", moved, 0);
  struct vec none = {block, 0};
  want(fd_pwrite(fd, &none, 1, 1000, &moved), OK);
  same("size written", moved, 0);
  same("size of the file", size_of(fd), 10);
  row("pwrite | at its offset, position untouched");
  struct vec two[2] = {{"ab", 2}, {"c", 1}};
  want(fd_pwrite(fd, two, 2, 3, &moved), OK);
  same("size written", moved, 3);
  want(fd_tell(fd, &at), OK);
  same("position", at, 0);
  truth(holds("offsets", "012abc6789"));

  row("seek | result negative");
  want(fd_seek(fd, (uint64_t)-1, 0, &at), INVAL);
  want(fd_seek(fd, (uint64_t)-11, 2, &at), INVAL);
  want(fd_seek(fd, 0, 1, &at), OK);
  same("position", at, 0);
  row("seek | result above 2^63-1");
  want(fd_seek(fd, 1, 0, &at), OK);
  want(fd_seek(fd, TOO_FAR - 1, 1, &at), OVERFLOW);
  want(fd_seek(fd, TOO_FAR - 1, 2, &at), OVERFLOW);
  want(fd_tell(fd, &at), OK);
  same("position", at, 1);
  row("seek | beyond the end");
  want(fd_seek(fd, 5, 2, &at), OK);
  same("position", at, 15);
  want(write_to(fd, "x"), OK);
  same("size of the file", size_of(fd), 16);
  row("seek | unknown whence");
  want(fd_seek(fd, 0, 3, &at), INVAL);
  want(fd_seek(fd, 0, 256, &at), INVAL);
  want(fd_close(fd), OK);
}

static void appends(void) {
  uint64_t at = 0;
  file("log", "0123456789");
  row("write | append: at the end, position = end afterwards");
  uint32_t fd = writer("log", APPEND);
  want(fd_seek(fd, 2, 0, &at), OK);
  want(write_to(fd, "ab"), OK);
  want(fd_tell(fd, &at), OK);
  same("position", at, 12);
  truth(holds("log", "0123456789ab"));
  row("pwrite | at its offset even in append mode");
  struct vec one = {"XY", 2};
  want(fd_pwrite(fd, &one, 1, 3, &moved), OK);
  truth(holds("log", "012XY56789ab"));
  row("write | append: two writers");
  uint32_t other = writer("log", APPEND);
  want(write_to(other, "-"), OK);
  want(write_to(fd, "+"), OK);
  truth(holds("log", "012XY56789ab-+"));
  want(fd_close(other), OK);
  want(fd_close(fd), OK);
}

static void maintenance(void) {
  row("sync, datasync | read-only file, directory");
  uint32_t fd = reader("file");
  want(fd_sync(fd), OK);
  want(fd_datasync(fd), OK);
  want(fd_sync(W), OK);
  want(fd_datasync(W), OK);
  row("advise | every advice, size and content unchanged");
  for (uint32_t advice = 0; advice < 6; advice++) want(fd_advise(fd, 0, 1 << 20, advice), OK);
  same("size", size_of(fd), 10);
  row("advise | offset or length above 2^63-1");
  want(fd_advise(fd, TOO_FAR, 1, 0), INVAL);
  want(fd_advise(fd, 0, TOO_FAR, 0), INVAL);
  row("advise | unknown advice");
  want(fd_advise(fd, 0, 0, 6), INVAL);
  want(fd_advise(fd, 0, 0, 256), INVAL);
  want(fd_close(fd), OK);

  file("grown", "");
  fd = writer("grown", 0);
  want(fd_filestat_set_size(fd, 100), OK);
  row("allocate | 10+10 on 100 bytes, 90+20 (or an unsupported file system)");
  uint32_t code = fd_allocate(fd, 10, 10);
  if (code != NOTSUP) {
    same("allocate", code, OK);
    same("size", size_of(fd), 100);
    want(fd_allocate(fd, 90, 20), OK);
    same("size", size_of(fd), 110);
  }
  row("allocate | length 0");
  want(fd_allocate(fd, 0, 0), INVAL);
  row("allocate | sum above 2^63-1");
  want(fd_allocate(fd, TOO_FAR - 1, 1), FBIG);
  want(fd_allocate(fd, TOO_FAR, 1), FBIG);
  row("set_size | above 2^63-1");
  want(fd_filestat_set_size(fd, TOO_FAR), FBIG);
  row("set_size | grows and shrinks");
  want(fd_filestat_set_size(fd, 3), OK);
  same("size", size_of(fd), 3);
  want(fd_filestat_set_size(fd, 5), OK);
  truth(read_from(fd, 10) == OK && moved == 5 && memcmp(block, "\0\0\0\0\0", 5) == 0);
  row("set_size | above the largest file of the grant");
  denied_as(fd_filestat_set_size(fd, 1ULL << 40), FBIG);
  same("size", size_of(fd), 5);
  want(fd_close(fd), OK);
}

// Standard input is a pipe that nobody writes to, error output a pipe that nobody reads.
static void pipes(void) {
  uint64_t at;
  struct vec one = {block, 1};
  row("pread, pwrite, seek, tell, advise, allocate | pipe");
  want(fd_pread(0, &one, 1, 0, &moved), SPIPE);
  want(fd_pwrite(1, &one, 1, 0, &moved), SPIPE);
  want(fd_seek(0, 0, 0, &at), SPIPE);
  want(fd_tell(0, &at), SPIPE);
  want(fd_advise(0, 0, 0, 0), SPIPE);
  want(fd_allocate(1, 0, 1), SPIPE);
  row("sync, datasync | pipe");
  want(fd_sync(1), INVAL);
  want(fd_datasync(1), INVAL);
  row("read | NONBLOCK and not ready");
  want(fd_fdstat_set_flags(0, NONBLOCK), OK);
  same("flags", info(0).flags, NONBLOCK);
  want(read_from(0, 1), AGAIN);
  row("write | reader gone");
  want(write_to(2, "x"), PIPE);
}

int main(void) {
  reads();
  on_directories();
  without_access();
  offsets();
  appends();
  maintenance();
  pipes();
  return finish();
}
