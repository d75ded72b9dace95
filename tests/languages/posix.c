// SPDX-License-Identifier: Apache-2.0
// posix DIR: what a C program asks of files, directories, clocks and descriptors through its C
// library, below DIR. "ok NAME" or "FAILED NAME: what" for each; status 1 when one failed.
#include <dirent.h>
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static const char* name;
static int bad, failures;

static void end_case(void) {
  if (name != NULL && bad == 0) printf("ok %s\n", name);
  if (bad != 0) puts("");
  failures += bad != 0;
  bad = 0;
}

static void begin(const char* what) {
  end_case();
  name = what;
}

static void claim(int good, const char* what) {
  const int code = errno;
  errno = 0;
  if (good) return;
  if (bad++ == 0) printf("FAILED %s:", name);
  printf(" [%s: %s]", what, strerror(code));
}
#define CLAIM(...) claim((__VA_ARGS__) != 0, #__VA_ARGS__)
#define FAILS(call, code) claim((call) < 0 && errno == (code), #call " fails with " #code)

static int has(int fd, const char* text) {
  char buffer[64] = {0};
  const ssize_t size = pread(fd, buffer, sizeof buffer, 0);
  return size == (ssize_t)strlen(text) && memcmp(buffer, text, strlen(text)) == 0;
}

static void streams(void) {
  char line[32];
  begin("fopen, fgets, fseek, ftell, fread, rewind, feof, remove");
  FILE* file = fopen("stream", "w+");
  CLAIM(file != NULL);
  if (file == NULL) return;
  CLAIM(fputs("one\ntwo\n", file) >= 0 && fflush(file) == 0);
  CLAIM(fseek(file, 4, SEEK_SET) == 0 && ftell(file) == 4);
  CLAIM(fgets(line, sizeof line, file) != NULL && strcmp(line, "two\n") == 0);
  CLAIM(fgets(line, sizeof line, file) == NULL && feof(file));
  rewind(file);
  CLAIM(fread(line, 1, 3, file) == 3 && memcmp(line, "one", 3) == 0);
  CLAIM(fclose(file) == 0);
  begin("fopen: a, r of nothing, wx of something");
  file = fopen("stream", "a");
  CLAIM(file != NULL && fputs("three\n", file) >= 0 && fclose(file) == 0);
  struct stat found;
  CLAIM(stat("stream", &found) == 0 && found.st_size == 14);
  CLAIM(fopen("nothing", "r") == NULL && errno == ENOENT);
  CLAIM(fopen("stream", "wx") == NULL && errno == EEXIST);
  CLAIM(remove("stream") == 0 && access("stream", F_OK) != 0);
}

static void positions(void) {
  char buffer[16];
  begin("lseek: all whences, beyond the end, before the beginning");
  int fd = open("at", O_CREAT | O_RDWR | O_EXCL, 0666);
  CLAIM(fd >= 0);
  CLAIM(write(fd, "0123456789", 10) == 10);
  CLAIM(lseek(fd, 0, SEEK_CUR) == 10 && lseek(fd, -4, SEEK_CUR) == 6);
  CLAIM(lseek(fd, -1, SEEK_END) == 9 && lseek(fd, 3, SEEK_SET) == 3);
  CLAIM(lseek(fd, 10, SEEK_END) == 20 && read(fd, buffer, 1) == 0);
  FAILS(lseek(fd, -21, SEEK_CUR), EINVAL);
  FAILS(lseek(fd, 0, 99), EINVAL);
  CLAIM(lseek(fd, 0, SEEK_CUR) == 20);
  begin("pread, pwrite: the position stays; a negative offset");
  CLAIM(lseek(fd, 2, SEEK_SET) == 2);
  CLAIM(pread(fd, buffer, 3, 7) == 3 && memcmp(buffer, "789", 3) == 0);
  CLAIM(pwrite(fd, "AB", 2, 0) == 2 && lseek(fd, 0, SEEK_CUR) == 2 && has(fd, "AB23456789"));
  FAILS(pread(fd, buffer, 1, -1), EINVAL);
  FAILS(pwrite(fd, "x", 1, -1), EINVAL);
  CLAIM(pwrite(fd, "Z", 1, 12) == 1 && pread(fd, buffer, 16, 9) == 4 &&
        memcmp(buffer, "9\0\0Z", 4) == 0);
  begin("readv, writev, preadv, pwritev: every vector");
  struct iovec out[3] = {{"ab", 2}, {"", 0}, {"cde", 3}};
  CLAIM(lseek(fd, 0, SEEK_SET) == 0 && writev(fd, out, 3) == 5);
  char first[2], second[3];
  struct iovec in[2] = {{first, 2}, {second, 3}};
  CLAIM(lseek(fd, 0, SEEK_SET) == 0 && readv(fd, in, 2) == 5);
  CLAIM(memcmp(first, "ab", 2) == 0 && memcmp(second, "cde", 3) == 0);
  CLAIM(preadv(fd, in, 2, 1) == 5 && memcmp(second, "de5", 3) == 0);
  CLAIM(pwritev(fd, out, 3, 5) == 5 && preadv(fd, in, 2, 5) == 5 && memcmp(second, "cde", 3) == 0);
  CLAIM(close(fd) == 0);
  FAILS(close(fd), EBADF);
  begin("access modes of open");
  fd = open("at", O_RDONLY);
  FAILS(write(fd, "x", 1), EBADF);
  CLAIM(read(fd, buffer, 2) == 2 && close(fd) == 0);
  fd = open("at", O_WRONLY);
  FAILS(read(fd, buffer, 1), EBADF);
  CLAIM(write(fd, "wr", 2) == 2 && close(fd) == 0 && unlink("at") == 0);
}

static void appending(void) {
  begin("O_APPEND: at the end, set and cleared by fcntl; pwrite at its offset");
  int fd = open("log", O_CREAT | O_RDWR | O_APPEND, 0666);
  CLAIM(write(fd, "one", 3) == 3 && lseek(fd, 0, SEEK_SET) == 0);
  CLAIM(write(fd, "two", 3) == 3 && has(fd, "onetwo") && lseek(fd, 0, SEEK_CUR) == 6);
  CLAIM(fcntl(fd, F_GETFL) == (O_APPEND | O_RDWR));
  CLAIM(pwrite(fd, "X", 1, 0) == 1 && has(fd, "Xnetwo"));
  CLAIM(fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && fcntl(fd, F_GETFL) == (O_NONBLOCK | O_RDWR));
  CLAIM(lseek(fd, 1, SEEK_SET) == 1 && write(fd, "Y", 1) == 1 && has(fd, "XYetwo"));
  CLAIM(fcntl(fd, F_SETFL, O_APPEND) == 0 && write(fd, "!", 1) == 1 && has(fd, "XYetwo!"));
  CLAIM(close(fd) == 0);
  begin("O_TRUNC, ftruncate, truncate, posix_fallocate, posix_fadvise, fsync");
  fd = open("log", O_RDWR | O_TRUNC);
  CLAIM(has(fd, "") && ftruncate(fd, 5) == 0 && lseek(fd, 0, SEEK_END) == 5);
  int code = posix_fallocate(fd, 0, 9);
  CLAIM(code == EOPNOTSUPP || (code == 0 && lseek(fd, 0, SEEK_END) == 9));
  CLAIM(posix_fadvise(fd, 0, 5, POSIX_FADV_WILLNEED) == 0);
  CLAIM(fsync(fd) == 0 && fdatasync(fd) == 0 && close(fd) == 0);
  CLAIM(truncate("log", 2) == 0);
  fd = open("log", O_RDONLY);
  CLAIM(lseek(fd, 0, SEEK_END) == 2);
  CLAIM(ftruncate(fd, 1) < 0);
  CLAIM(close(fd) == 0 && unlink("log") == 0);
}

// The entries of an open directory but . and .., and whether both of those came.
static int entries(DIR* dir, int* dots) {
  int count = 0;
  *dots = 0;
  for (struct dirent* entry; (entry = readdir(dir)) != NULL;) {
    const int dot = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    *dots += dot;
    count += !dot;
  }
  return count;
}

static void listing(void) {
  char path[32];
  int dots = 0;
  begin("mkdir, opendir, readdir, rewinddir, dirfd");
  CLAIM(mkdir("many", 0777) == 0);
  FAILS(mkdir("many", 0777), EEXIST);
  for (int i = 0; i < 300; i++) {
    snprintf(path, sizeof path, "many/entry-%d", i);
    const int fd = open(path, O_CREAT | O_WRONLY, 0666);
    if (fd < 0 || close(fd) != 0) CLAIM(!"made");
  }
  DIR* dir = opendir("many");
  CLAIM(dir != NULL);
  if (dir == NULL) return;
  CLAIM(entries(dir, &dots) == 300 && dots == 2);
  rewinddir(dir);
  CLAIM(entries(dir, &dots) == 300);
  CLAIM(dirfd(dir) >= 0 && closedir(dir) == 0);
  begin("fdopendir, and a file within by openat");
  int fd = open("many", O_RDONLY | O_DIRECTORY);
  CLAIM(fd >= 0);
  dir = fdopendir(fd);
  CLAIM(dir != NULL && entries(dir, &dots) == 300);
  const int inner = openat(fd, "entry-7", O_RDONLY);
  struct stat by_fd, by_path;
  CLAIM(inner >= 0 && fstat(inner, &by_fd) == 0 && fstatat(fd, "entry-7", &by_path, 0) == 0);
  CLAIM(by_fd.st_ino == by_path.st_ino && by_fd.st_dev == by_path.st_dev && by_fd.st_ino != 0);
  CLAIM(close(inner) == 0);
  FAILS(openat(fd, "../many/entry-7", O_RDONLY), ENOTCAPABLE);
  CLAIM(closedir(dir) == 0);
  begin("rmdir: not empty, then empty; a directory as a file");
  FAILS(rmdir("many"), ENOTEMPTY);
  FAILS(unlink("many"), EISDIR);
  FAILS(open("many", O_RDWR), EISDIR);
  FAILS(open("many/entry-1", O_RDONLY | O_DIRECTORY), ENOTDIR);
  FAILS(rmdir("many/entry-1"), ENOTDIR);
  for (int i = 0; i < 300; i++) {
    snprintf(path, sizeof path, "many/entry-%d", i);
    if (unlink(path) != 0) CLAIM(!"unlinked");
  }
  CLAIM(rmdir("many") == 0);
}

static void links(void) {
  char text[32] = {0};
  struct stat found;
  begin("symlink, readlink, lstat, stat, O_NOFOLLOW");
  int fd = open("target", O_CREAT | O_WRONLY, 0666);
  CLAIM(fd >= 0 && write(fd, "target", 6) == 6 && close(fd) == 0);
  CLAIM(symlink("target", "soft") == 0 && readlink("soft", text, sizeof text) == 6);
  CLAIM(strcmp(text, "target") == 0);
  CLAIM(lstat("soft", &found) == 0 && S_ISLNK(found.st_mode) && found.st_size == 6);
  CLAIM(stat("soft", &found) == 0 && S_ISREG(found.st_mode) && found.st_size == 6);
  FAILS(open("soft", O_RDONLY | O_NOFOLLOW), ELOOP);
  FAILS(readlink("target", text, sizeof text), EINVAL);
  FAILS(symlink("target", "soft"), EEXIST);
  CLAIM(symlink("none", "dangling") == 0);
  FAILS(open("dangling", O_RDONLY), ENOENT);
  FAILS(stat("dangling", &found), ENOENT);
  CLAIM(symlink("itself", "itself") == 0);
  FAILS(open("itself", O_RDONLY), ELOOP);
  FAILS(symlink("/etc", "away"), ENOTCAPABLE);
  begin("link, unlink while open, rename over");
  CLAIM(link("target", "hard") == 0 && stat("hard", &found) == 0 && found.st_nlink == 2);
  FAILS(link("target", "hard"), EEXIST);
  fd = open("hard", O_RDONLY);
  CLAIM(unlink("hard") == 0 && unlink("target") == 0 && has(fd, "target"));
  CLAIM(fstat(fd, &found) == 0 && found.st_nlink == 0 && close(fd) == 0);
  fd = open("new", O_CREAT | O_WRONLY, 0666);
  CLAIM(write(fd, "new", 3) == 3 && close(fd) == 0 && rename("new", "dangling") == 0);
  CLAIM(lstat("dangling", &found) == 0 && S_ISREG(found.st_mode) && found.st_size == 3);
  FAILS(rename("missing", "other"), ENOENT);
  CLAIM(unlink("dangling") == 0 && unlink("soft") == 0 && unlink("itself") == 0);
}

static void times(void) {
  struct stat found;
  begin("utimensat, futimens: nanoseconds exact, UTIME_OMIT, UTIME_NOW");
  int fd = open("aged", O_CREAT | O_RDWR, 0666);
  struct timespec pair[2] = {{1000, 5}, {2000, 999999999}};
  CLAIM(futimens(fd, pair) == 0 && fstat(fd, &found) == 0);
  CLAIM(found.st_atim.tv_sec == 1000 && found.st_atim.tv_nsec == 5);
  CLAIM(found.st_mtim.tv_sec == 2000 && found.st_mtim.tv_nsec == 999999999);
  pair[0].tv_nsec = UTIME_OMIT;
  pair[1] = (struct timespec){3000, 1};
  CLAIM(utimensat(AT_FDCWD, "aged", pair, 0) == 0 && stat("aged", &found) == 0);
  CLAIM(found.st_atim.tv_sec == 1000 && found.st_mtim.tv_sec == 3000);
  pair[1].tv_nsec = UTIME_NOW;
  CLAIM(futimens(fd, pair) == 0 && fstat(fd, &found) == 0 && found.st_mtim.tv_sec > 3000);
  CLAIM(close(fd) == 0 && unlink("aged") == 0);
  begin("clock_gettime, clock_getres, nanosleep");
  struct timespec now, later, resolution;
  CLAIM(clock_gettime(CLOCK_REALTIME, &now) == 0 && now.tv_sec > 1600000000);
  CLAIM(clock_getres(CLOCK_REALTIME, &resolution) == 0 && resolution.tv_nsec > 0);
  CLAIM(clock_getres(CLOCK_MONOTONIC, &resolution) == 0 && resolution.tv_nsec > 0);
  CLAIM(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
  CLAIM(nanosleep(&(struct timespec){0, 1000000}, NULL) == 0);
  CLAIM(clock_gettime(CLOCK_MONOTONIC, &later) == 0);
  CLAIM((later.tv_sec - now.tv_sec) * 1000000000LL + later.tv_nsec - now.tv_nsec >= 1000000);
}

static void others(void) {
  unsigned char bytes[256] = {0}, sum = 0;
  begin("poll, isatty, getentropy, shutdown of what is no socket");
  int fd = open("polled", O_CREAT | O_RDWR, 0666);
  CLAIM(write(fd, "there", 5) == 5 && lseek(fd, 0, SEEK_SET) == 0);
  struct pollfd both[2] = {{fd, POLLIN | POLLOUT, 0}, {1, POLLOUT, 0}};
  CLAIM(poll(both, 2, 1000) == 2 && both[0].revents == (POLLIN | POLLOUT) &&
        both[1].revents == POLLOUT);
  CLAIM(poll(NULL, 0, 1) <= 0);
  CLAIM(isatty(fd) == 0);
  FAILS(shutdown(fd, SHUT_RD), ENOTSOCK);
  CLAIM(close(fd) == 0 && unlink("polled") == 0);
  FAILS(shutdown(fd, SHUT_RD), EBADF);
  CLAIM(getentropy(bytes, sizeof bytes) == 0);
  for (unsigned i = 0; i < sizeof bytes; i++) sum |= bytes[i];
  CLAIM(sum != 0);
  begin("chdir, getcwd, and an absolute path within");
  char here[PATH_MAX];
  CLAIM(mkdir("sub", 0777) == 0 && chdir("sub") == 0 && getcwd(here, sizeof here) != NULL);
  CLAIM(strlen(here) > 3 && strcmp(here + strlen(here) - 4, "/sub") == 0);
  CLAIM(mkdir("deep", 0777) == 0 && rmdir("deep") == 0 && chdir("..") == 0 && rmdir("sub") == 0);
}

int main(int argc, char** argv) {
  if (argc != 2 || chdir(argv[1]) != 0) {
    printf("FAILED chdir %s: %s\n", argc > 1 ? argv[1] : "", strerror(errno));
    return 1;
  }
  streams();
  positions();
  appending();
  listing();
  links();
  times();
  others();
  end_case();
  printf("end %d\n", failures);
  return failures != 0;
}
