// SPDX-License-Identifier: Apache-2.0
#pragma once
// The flags of `warrant run`: one table for parsing, for --help and for "did you mean".
// Spec: cli.md section 1.
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace warrant::cli {

enum class Arity : std::uint8_t {
  kNone,
  kValue,     // "--wall 10s" or "--wall=10s"
  kOptional,  // "--clock" or "--clock=wall": a value only with '='
};

enum class FlagGroup : std::uint8_t { kGrant, kLimit, kShown };

enum class FlagState : std::uint8_t {
  kHere,
  kLater,  // known, and refused as not in this build yet
};

struct Flag {
  std::string_view name;   // "--dir"
  std::string_view value;  // "HOST[::GUEST][:read|write]", empty without one
  Arity arity;
  FlagGroup group;
  FlagState state;
  std::string_view help;  // one line; empty: left out of --help
};

std::span<const Flag> run_flags() noexcept;
const Flag* find_flag(std::span<const Flag> flags, std::string_view name) noexcept;
// The known word nearest to `word`, when it is near enough to be meant.
std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> known);

}  // namespace warrant::cli
