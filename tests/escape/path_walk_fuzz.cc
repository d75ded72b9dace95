// SPDX-License-Identifier: Apache-2.0
// Fuzzes resolution: one plan against openat2, the walk and memory, with canaries beside the grant.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/escape/plans.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string differs = warrant::escape::difference(std::span(data, size));
  if (differs.empty()) return 0;
  std::fputs(differs.c_str(), stderr);
  std::abort();
}
