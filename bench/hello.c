// SPDX-License-Identifier: Apache-2.0
// The least that prints: what a start costs and little else.
#include <stdio.h>

int main(void) { return puts("hello") < 0; }
