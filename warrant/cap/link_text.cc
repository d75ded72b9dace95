// SPDX-License-Identifier: Apache-2.0
#include "warrant/cap/link_text.h"

#include <algorithm>

namespace warrant::cap {

bool climbs_out(std::string_view target, std::size_t depth) noexcept {
  for (std::size_t at = 0; at <= target.size();) {
    const std::size_t end = std::min(target.find('/', at), target.size());
    const std::string_view name = target.substr(at, end - at);
    if (name == "..") {
      if (depth == 0) return true;
      --depth;
    } else if (!name.empty() && name != ".") {
      ++depth;
    }
    at = end + 1;
  }
  return false;
}

std::size_t depth_by_text(std::string_view path) noexcept {
  std::size_t depth = 0;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view name = path.substr(at, end - at);
    if (name == "..") {
      depth -= depth > 0 ? 1 : 0;
    } else if (!name.empty() && name != ".") {
      ++depth;
    }
    at = end + 1;
  }
  return depth;
}

}  // namespace warrant::cap
