// SPDX-License-Identifier: Apache-2.0
// copy FROM TO: one file to another name, created or emptied first. Exit 1 with the reason.
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int fail(const char* what) {
  fprintf(stderr, "copy: %s: %s\n", what, strerror(errno));
  return 1;
}

int main(int argc, char** argv) {
  static char block[65536];
  if (argc != 3) {
    fputs("usage: copy FROM TO\n", stderr);
    return 2;
  }
  FILE* from = fopen(argv[1], "rb");
  if (from == NULL) return fail(argv[1]);
  FILE* to = fopen(argv[2], "wb");
  if (to == NULL) return fail(argv[2]);
  size_t got;
  while ((got = fread(block, 1, sizeof block, from)) > 0) {
    if (fwrite(block, 1, got, to) != got) return fail(argv[2]);
  }
  if (ferror(from)) return fail(argv[1]);
  return fclose(to) == 0 ? 0 : fail(argv[2]);
}
