// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files of egress vectors: ASCII lines of nine fields, read strictly.
//
// A line with another field count, an unknown layer, policy, expectation or reason, or a bad escape
// is a fault of the whole file. Spec: ssrf_vectors.md.
#include <string>
#include <string_view>
#include <vector>

namespace warrant::ssrf {

struct Vector {
  std::string id, layer, policy;
  std::string input;  // unescaped
  std::string expect, reason;
};

struct VectorFile {
  std::vector<Vector> vectors;
  std::vector<std::string> faults;  // "FILE:LINE: what"
};

VectorFile read_vectors(const std::string& name, std::string_view text);

inline constexpr std::string_view kLayers[] = {"addr",     "conn",   "url",    "grant",   "dns",
                                               "redirect", "header", "method", "response"};

}  // namespace warrant::ssrf
