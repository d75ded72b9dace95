// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/origin.h"

#include "warrant/codec/text.h"
#include "warrant/policy/finding.h"

namespace warrant::policy {

std::string Origin::print() const {
  std::string text = codec::escape_text(source);
  if (at.line == 0) return text;
  return text + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

void Origins::set(std::string_view key, Origin origin) {
  if (!has(key)) entries_.emplace_back(std::string(key), std::move(origin));
}

void Origins::replace(std::string_view key, Origin origin) {
  for (auto& [name, known] : entries_) {
    if (name != key) continue;
    known = std::move(origin);
    return;
  }
  entries_.emplace_back(std::string(key), std::move(origin));
}

const Origin* Origins::find(std::string_view key) const noexcept {
  for (const auto& [name, origin] : entries_) {
    if (name == key) return &origin;
  }
  return nullptr;
}

std::string print_line(const Finding& finding) {
  const std::string place = finding.origin.print();
  return place.empty() ? finding.what : place + ": " + finding.what;
}

}  // namespace warrant::policy
