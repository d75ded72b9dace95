// SPDX-License-Identifier: Apache-2.0
#include "warrant/cap/secrets.h"

#include <algorithm>

namespace warrant::cap {

bool is_secret_value(std::string_view text) noexcept {
  if (text.size() < kSecretMin || text.size() > kSecretMax) return false;
  if (text.front() == ' ' || text.back() == ' ') return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7E; });
}

void wipe(std::string& text) noexcept {
  // The inline part of a short string too, and what lies beyond its end.
  text.resize(text.capacity());
  volatile char* bytes = text.data();
  for (std::size_t i = 0; i < text.size(); ++i) bytes[i] = 0;
  text.clear();
}

}  // namespace warrant::cap
