// SPDX-License-Identifier: Apache-2.0
// search WORD DIRECTORY: prints how many files below DIRECTORY hold WORD, and how many were read.
// Horspool's search over whole files, read in pieces that overlap by the length of the word.
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { kBlock = 1 << 16, kBytes = 256 };
static unsigned char block[kBlock];
static const unsigned char* word;
static size_t length, skip[kBytes];
static long holding, searched;

_Noreturn static void fail(const char* what) {
  perror(what);
  exit(1);
}

static void prepare(const char* text) {
  word = (const unsigned char*)text;
  length = strlen(text);
  if (length == 0 || length > kBytes) exit(2);
  for (size_t i = 0; i < kBytes; i++) skip[i] = length;
  for (size_t i = 0; i + 1 < length; i++) skip[word[i]] = length - 1 - i;
}

static int holds(size_t size) {
  for (size_t at = 0; at + length <= size;) {
    const unsigned char last = block[at + length - 1];
    if (last == word[length - 1] && memcmp(block + at, word, length) == 0) return 1;
    at += skip[last];
  }
  return 0;
}

static void search_file(int file) {
  size_t kept = 0;
  int found = 0;
  for (ssize_t got; !found && (got = read(file, block + kept, kBlock - kept)) != 0;) {
    if (got < 0) fail("read");
    const size_t size = kept + (size_t)got;
    found = holds(size);
    kept = size < length - 1 ? size : length - 1;
    memmove(block, block + size - kept, kept);
  }
  holding += found;
  searched++;
}

static int is_directory(int parent, const struct dirent* entry) {
  if (entry->d_type != DT_UNKNOWN) return entry->d_type == DT_DIR;
  struct stat info;
  return fstatat(parent, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
}

static void search_directory(int directory) {
  DIR* listing = fdopendir(directory);
  if (listing == NULL) fail("fdopendir");
  for (const struct dirent* entry; (entry = readdir(listing)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    const int deeper = is_directory(directory, entry);
    const int opened =
        openat(directory, entry->d_name, deeper ? O_RDONLY | O_DIRECTORY : O_RDONLY | O_NOFOLLOW);
    if (opened < 0) fail(entry->d_name);
    if (deeper) {
      search_directory(opened);
    } else {
      search_file(opened);
      close(opened);
    }
  }
  closedir(listing);
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  prepare(argv[1]);
  const int root = open(argv[2], O_RDONLY | O_DIRECTORY);
  if (root < 0) fail(argv[2]);
  search_directory(root);
  printf("%ld of %ld\n", holding, searched);
  return 0;
}
