// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/public_suffix.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace warrant::fetch {
namespace {

// kSuffixRules: sorted, a space before and after each.
#include "warrant/fetch/suffix_rules.inc"

constexpr std::size_t kNameMax = 253;

// Whether `mark` followed by `name` is a rule.
bool is_rule(std::string_view mark, std::string_view name) noexcept {
  std::array<char, kNameMax + 2> wanted{};
  char* const end =
      std::copy(name.begin(), name.end(), std::copy(mark.begin(), mark.end(), wanted.data()));
  const std::string_view rule(wanted.data(), static_cast<std::size_t>(end - wanted.data()));
  // Both ends stand on a space.
  std::size_t low = 0;
  std::size_t high = kSuffixRules.size() - 1;
  while (low < high) {
    const std::size_t begin = kSuffixRules.rfind(' ', low + (high - low) / 2) + 1;
    const std::size_t size = kSuffixRules.find(' ', begin) - begin;
    const int order = kSuffixRules.compare(begin, size, rule);
    if (order == 0) return true;
    if (order < 0) {
      low = begin + size;
    } else {
      high = begin - 1;
    }
  }
  return false;
}

}  // namespace

bool is_public_suffix(std::string_view name) noexcept {
  if (name.empty() || name.size() > kNameMax) return false;
  if (is_rule("!", name)) return false;
  if (is_rule("", name) || is_rule("*.", name)) return true;
  const std::size_t dot = name.find('.');
  return dot == std::string_view::npos || is_rule("*", name.substr(dot));
}

}  // namespace warrant::fetch
