// SPDX-License-Identifier: Apache-2.0
// ssrf-vectors FILE…: runs each vector against the rules of the released program.
//
// Prints every row that fails, a count per layer, and last "N passed, M failed". Exit status: 0 all
// passed, 1 some failed, 65 a file is not of the format, 66 a file cannot be read.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "tests/ssrf/layers.h"
#include "tests/ssrf/vector_file.h"

namespace warrant::ssrf {
namespace {

struct Count {
  unsigned rows = 0;
  unsigned passed = 0;
};

int load(int argc, char** argv, std::vector<Vector>& vectors) {
  int status = 0;
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "%s: cannot be read\nname a readable file of vectors\n", argv[i]);
      return 66;
    }
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    VectorFile read = read_vectors(argv[i], text);
    for (const std::string& fault : read.faults) {
      std::fprintf(stderr, "%s\n", fault.c_str());
      status = 65;
    }
    vectors.insert(vectors.end(), read.vectors.begin(), read.vectors.end());
  }
  if (status == 65) {
    std::fprintf(stderr,
                 "a file of vectors is ASCII with LF: a line of columns, then 9 fields with "
                 "tabs between\n");
  }
  return status;
}

int run(const std::vector<Vector>& vectors) {
  std::map<std::string, Count> counts;
  Count all;
  for (const Vector& vector : vectors) {
    auto answer = run_pure(vector);
    if (!answer) answer = run_network(vector);
    const std::string fault = compare(vector, *answer);
    Count& layer = counts[vector.layer];
    ++layer.rows;
    ++all.rows;
    if (fault.empty()) {
      ++layer.passed;
      ++all.passed;
      continue;
    }
    std::printf("%s %s %s: %s\n", vector.id.c_str(), vector.layer.c_str(), vector.policy.c_str(),
                fault.c_str());
  }
  for (const std::string_view name : kLayers) {
    const Count& layer = counts[std::string(name)];
    std::printf("%-9s %4u rows, %4u passed\n", std::string(name).c_str(), layer.rows, layer.passed);
  }
  std::printf("%u passed, %u failed\n", all.passed, all.rows - all.passed);
  return all.passed == all.rows ? 0 : 1;
}

}  // namespace
}  // namespace warrant::ssrf

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "no file of vectors\nuse: ssrf-vectors FILE…\n");
    return 64;
  }
  std::vector<warrant::ssrf::Vector> vectors;
  if (const int status = warrant::ssrf::load(argc, argv, vectors); status != 0) return status;
  return warrant::ssrf::run(vectors);
}
