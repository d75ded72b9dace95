// SPDX-License-Identifier: Apache-2.0
// spin: computes for ever and asks the host for nothing; only its deadline ends it.
int main(void) {
  for (volatile unsigned turns = 0;; turns++) {
  }
}
