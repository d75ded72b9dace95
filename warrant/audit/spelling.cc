// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/spelling.h"

#include <algorithm>

namespace warrant::audit {

bool is_plainly_spelt(std::string_view path) noexcept {
  if (path.size() < 2) return true;
  char before = '\0';
  char last = path.front();
  if (last == '.' && path[1] == '/') return false;
  for (const char each : path.substr(1)) {
    if (last == '/' && each == '/') return false;
    if (before == '/' && last == '.' && each == '/') return false;
    before = last;
    last = each;
  }
  return last != '/' && !(before == '/' && last == '.');
}

std::size_t respell(std::string_view path, std::span<char> to) noexcept {
  std::size_t used = 0;
  const bool rooted = path.starts_with('/');
  if (rooted) to[used++] = '/';
  const std::size_t head = used;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view name = path.substr(at, end - at);
    at = end + 1;
    if (name.empty() || name == ".") continue;
    if (used > head) to[used++] = '/';
    used += name.copy(to.data() + used, name.size());
  }
  if (used == 0 && !path.empty()) to[used++] = '.';
  return used;
}

}  // namespace warrant::audit
