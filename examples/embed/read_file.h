// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the examples share: a module's bytes, and words for a problem.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

#include <warrant/warrant.h>

inline std::vector<std::byte> read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

inline int explain(const warrant::Problem& problem) {
  std::fprintf(stderr, "%s\n", problem.what.c_str());
  for (const std::string& more : problem.more) std::fprintf(stderr, "  %s\n", more.c_str());
  std::fprintf(stderr, "  hint: %s\n", problem.hint.c_str());
  return 1;
}
