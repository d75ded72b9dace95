// SPDX-License-Identifier: Apache-2.0
// names OPERATION WORD COUNT DIRECTORY: COUNT times, below DIRECTORY:
//   open PATH    opens and closes it
//   walk flat    opens and closes the next of the 10,000 files nNNNNN
//   stat flat    the next of the 10,000 files nNNNNN      stat deep   of the 10,000 files NN/NN/nN
//   list N       lists DIRECTORY, which has N entries
//   small SIZE   makes a file of SIZE bytes, closes and removes it
#include <dirent.h>

#include "confined.h"
#include "timed.h"

enum { kNames = 10000, kDigits = 16, kLargest = 65536 };
static char names[kNames][kDigits];
static char bytes[kLargest];
static const char *word, *root;
static int directory;
static long number, next;

static void open_and_close(const char* name) {
  const int opened = open_below(directory, name);
  if (opened < 0 || close(opened) != 0) fail(name);
}

static void open_once(void) { open_and_close(word); }

static void walk_once(void) {
  open_and_close(names[next]);
  next = (next + 1) % kNames;
}

static void stat_once(void) {
  struct stat info;
  if (stat_below(directory, names[next], &info) != 0) fail(names[next]);
  next = (next + 1) % kNames;
}

static void list_once(void) {
  DIR* listing = opendir(root);
  if (listing == NULL) fail(root);
  long found = 0;
  for (const struct dirent* entry; (entry = readdir(listing)) != NULL;)
    found += entry->d_name[0] != '.';
  if (found != number || closedir(listing) != 0) fail("list");
}

static void small_once(void) {
  const int opened = openat(directory, "small", O_CREAT | O_EXCL | O_WRONLY, 0666);
  if (opened < 0) fail("small");
  if (write(opened, bytes, (size_t)number) != number || close(opened) != 0) fail("write");
  if (unlinkat(directory, "small", 0) != 0) fail("unlink");
}

static void make_names(void) {
  const int is_deep = strcmp(word, "deep") == 0;
  for (int i = 0; i < kNames; i++) {
    if (is_deep)
      snprintf(names[i], kDigits, "%02d/%02d/n%d", i / 500, i / 10 % 50, i % 10);
    else
      snprintf(names[i], kDigits, "n%05d", i);
  }
}

static const struct {
  const char* name;
  void (*once)(void);
} operations[] = {{"open", open_once},
                  {"walk", walk_once},
                  {"stat", stat_once},
                  {"list", list_once},
                  {"small", small_once}};

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  word = argv[2];
  if (strcmp(argv[1], "list") == 0 || strcmp(argv[1], "small") == 0) number = number_of(word);
  if (number > kLargest && strcmp(argv[1], "small") == 0) return 2;
  root = argv[4];
  directory = open_root(root);
  make_names();
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
    if (strcmp(argv[1], operations[i].name) != 0) continue;
    time_loop(operations[i].once, number_of(argv[3]));
    return 0;
  }
  return 2;
}
