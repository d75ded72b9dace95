// SPDX-License-Identifier: Apache-2.0
#pragma once
// The words that vectors have for what a server does, and the bytes that do it.
//
// The words are a person's, so they are known by their key words; what is not understood is no
// behaviour, and its row fails. Spec: ssrf_vectors.md, layer response.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/ssrf/rig.h"

namespace warrant::ssrf {

inline constexpr std::uint64_t kBodyCap = 1U << 20;  // "max"

struct Said {
  std::string server = "good";
  Actions actions;
  bool gzip = false;  // the grant asks for it
};

// More than one: the row holds for each.
std::vector<Said> said_by(std::string_view words);

}  // namespace warrant::ssrf
