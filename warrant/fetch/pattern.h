// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which hosts and which paths one grant names.
//
// A wildcard stands for exactly one label and only in front; a path pattern is one path or a
// directory and all beneath it. What is loaded is in normal form, so matching compares bytes. Names
// that a resolver treats in a way of its own are matched by an exact pattern only.
// Spec: egress.md section 5.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/cap/reason.h"
#include "warrant/cap/transport.h"
#include "warrant/fetch/host.h"

namespace warrant::fetch {

// Who wrote a string: an operator may name what only an operator can answer for.
enum class Author : std::uint8_t { kBundle, kOperator };
enum class AnyHost : std::uint8_t { kRefused, kAllowed };

struct HostPattern {
  enum class Kind : std::uint8_t { kExact, kWildcard, kAny } kind = Kind::kExact;
  Host host;  // kExact: the host; kWildcard: its base

  // As a grant: wildcard and any-host leave out literals and the names of egress.md section 4.
  bool grants(const Host& other) const noexcept;
  // The same without those exceptions: what a deny rule covers.
  bool covers(const Host& other) const noexcept;
  friend bool operator==(const HostPattern&, const HostPattern&) = default;
};

std::string print(const HostPattern& pattern);

// A host string with an optional port, as egress.md section 5 loads it.
struct ParsedHostPattern {
  cap::Reason reason = cap::Reason::kOk;
  HostPattern pattern;
  std::optional<std::uint16_t> port = {};
};
ParsedHostPattern parse_host_pattern(std::string_view text, Author author, AnyHost any_host);

// For a deny rule: the same grammar, but nothing in it needs anyone's leave.
ParsedHostPattern parse_deny_pattern(std::string_view text);

struct PathPattern {
  std::string text;  // kBelow: with the "/" at its end
  enum class Kind : std::uint8_t { kExact, kBelow } kind = Kind::kExact;

  bool matches(std::string_view path) const noexcept {
    return kind == Kind::kExact ? path == text : path.starts_with(text);
  }
  friend bool operator==(const PathPattern&, const PathPattern&) = default;
};

std::string print(const PathPattern& pattern);  // "/v1/*", "/v1/items"

struct ParsedPathPattern {
  cap::Reason reason = cap::Reason::kOk;
  PathPattern pattern;
};
ParsedPathPattern parse_path_pattern(std::string_view text);

// A method by its name in upper case; nothing: not one that can be granted.
std::optional<cap::Method> find_method(std::string_view name) noexcept;
std::string_view word(cap::Method method) noexcept;

class Methods {
 public:
  void add(cap::Method method) noexcept { bits_ |= 1U << static_cast<unsigned>(method); }
  bool has(cap::Method method) const noexcept {
    return (bits_ >> static_cast<unsigned>(method) & 1U) != 0;
  }
  bool empty() const noexcept { return bits_ == 0; }
  friend bool operator==(const Methods&, const Methods&) = default;

 private:
  unsigned bits_ = 0;
};

// kOk, kEmpty for no method, kMethod for one that cannot be granted.
cap::Reason parse_methods(const std::vector<std::string>& names, Methods& methods) noexcept;

}  // namespace warrant::fetch
