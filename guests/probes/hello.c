// SPDX-License-Identifier: Apache-2.0
// hello [WORD…]: greets; what the arguments and the console need and nothing else.
#include <stdio.h>

int main(int argc, char** argv) {
  printf("hello");
  for (int i = 1; i < argc; i++) printf(" %s", argv[i]);
  puts("");
  return fflush(stdout) == 0 ? 0 : 1;
}
