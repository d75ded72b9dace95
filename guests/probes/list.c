// SPDX-License-Identifier: Apache-2.0
// list [DIRECTORY…]: one line an entry, by name: type, size, name. Exit 1 when anything failed.
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char letter(mode_t mode) {
  if (S_ISDIR(mode)) return 'd';
  if (S_ISLNK(mode)) return 'l';
  return S_ISREG(mode) ? '-' : '?';
}

static int by_name(const struct dirent** a, const struct dirent** b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static int show(const char* directory) {
  struct dirent** entries = NULL;
  int count = scandir(directory, &entries, NULL, by_name), failed = 0;
  if (count < 0) {
    fprintf(stderr, "list: %s: %s\n", directory, strerror(errno));
    return 1;
  }
  for (int i = 0; i < count; i++) {
    if (strcmp(entries[i]->d_name, ".") == 0 || strcmp(entries[i]->d_name, "..") == 0) continue;
    char path[4096];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
    if (lstat(path, &info) == 0) {
      printf("%c %8lld %s\n", letter(info.st_mode), (long long)info.st_size, entries[i]->d_name);
    } else {
      fprintf(stderr, "list: %s: %s\n", path, strerror(errno));
      failed = 1;
    }
  }
  for (int i = 0; i < count; i++) free(entries[i]);
  free(entries);
  return failed;
}

int main(int argc, char** argv) {
  if (argc == 1) return show(".");
  int failed = 0;
  for (int i = 1; i < argc; i++) failed |= show(argv[i]);
  return failed;
}
