// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a value of a document was written: a file with line and column, or a flag.
//
// It is for messages and for `config show`; it is no part of what a document says, so two values
// that differ in it only are equal.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "warrant/codec/json.h"

namespace warrant::policy {

enum class Author : std::uint8_t { kGrant, kCeiling };

struct Origin {
  std::string source;       // a file's name as given, or "--wall"
  codec::Position at = {};  // line 0: of no text
  Author author = Author::kGrant;
  bool is_text() const noexcept { return at.line != 0; }
  std::string print() const;  // "grant.toml:3:5", "--wall"; empty when nothing is known
  friend bool operator==(const Origin&, const Origin&) noexcept { return true; }
};

// Where each single value stands, by its key in the spelling of TOML ("limits.wall").
class Origins {
 public:
  void set(std::string_view key, Origin origin);  // the first one of a key stays
  void replace(std::string_view key, Origin origin);
  const Origin* find(std::string_view key) const noexcept WARRANT_LIFETIMEBOUND;
  bool has(std::string_view key) const noexcept { return find(key) != nullptr; }
  const std::vector<std::pair<std::string, Origin>>& all() const noexcept WARRANT_LIFETIMEBOUND {
    return entries_;
  }
  friend bool operator==(const Origins&, const Origins&) noexcept { return true; }

 private:
  std::vector<std::pair<std::string, Origin>> entries_;
};

}  // namespace warrant::policy
