// SPDX-License-Identifier: Apache-2.0
// wasi-hello-c: one line, or exit 1 where there is nobody to read it.
#include <stdio.h>

int main(void) { return puts("Hello from WASI on Warrant") < 0 || fflush(stdout) != 0; }
