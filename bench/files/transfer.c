// SPDX-License-Identifier: Apache-2.0
// transfer OPERATION SIZE COUNT DIRECTORY: moves SIZE bytes COUNT times, over and over the 1 MiB of
// DIRECTORY/block. OPERATION: read, write, readv (4 vectors of SIZE/4, until all are full), and
// records: COUNT files of 1,000 seeks and writes of SIZE bytes each, synced and closed.
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "timed.h"

enum { kFile = 1 << 20, kVectors = 4, kRecords = 1000 };
static char block[kFile];
static size_t size, at;
static int directory, file;

static void rewind_at_end(void) {
  if (at + size > kFile) {
    if (lseek(file, 0, SEEK_SET) != 0) fail("seek");
    at = 0;
  }
  at += size;
}

static void read_once(void) {
  rewind_at_end();
  for (size_t done = 0; done < size;) {
    const ssize_t got = read(file, block + done, size - done);
    if (got <= 0) fail("read");
    done += (size_t)got;
  }
}

static void write_once(void) {
  rewind_at_end();
  for (size_t done = 0; done < size;) {
    const ssize_t got = write(file, block + done, size - done);
    if (got <= 0) fail("write");
    done += (size_t)got;
  }
}

static void readv_once(void) {
  struct iovec vectors[kVectors];
  const size_t each = size / kVectors;
  for (size_t i = 0; i < kVectors; i++) vectors[i] = (struct iovec){block + 2 * i * each, each};
  rewind_at_end();
  for (int first = 0; first < kVectors;) {
    const ssize_t got = readv(file, vectors + first, kVectors - first);
    if (got <= 0) fail("readv");
    size_t left = (size_t)got;
    while (first < kVectors && left >= vectors[first].iov_len) left -= vectors[first++].iov_len;
    if (left > 0) {
      vectors[first].iov_base = (char*)vectors[first].iov_base + left;
      vectors[first].iov_len -= left;
    }
  }
}

static void records_once(void) {
  const int log = openat(directory, "records", O_CREAT | O_WRONLY, 0666);
  if (log < 0) fail("open");
  for (long i = 0; i < kRecords; i++) {
    if (lseek(log, i * (long)size, SEEK_SET) < 0) fail("seek");
    if (write(log, block, size) != (ssize_t)size) fail("write");
  }
  if (fsync(log) != 0) fail("sync");
  if (close(log) != 0) fail("close");
}

static const struct {
  const char* name;
  void (*once)(void);
} operations[] = {
    {"read", read_once}, {"write", write_once}, {"readv", readv_once}, {"records", records_once}};

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  size = (size_t)number_of(argv[2]);
  if (size > kFile) return 2;
  directory = open_root(argv[4]);
  file = openat(directory, "block", O_RDWR);
  if (file < 0) fail("block");
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
    if (strcmp(argv[1], operations[i].name) != 0) continue;
    time_loop(operations[i].once, number_of(argv[3]));
    return 0;
  }
  return 2;
}
