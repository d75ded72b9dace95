// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/units.h"

#include <array>
#include <span>

namespace warrant::policy {
namespace {

struct Unit {
  std::string_view word;
  std::uint64_t factor;
};

constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::array<Unit, 5> kDurations = {{{"d", 86'400'000 * kMillisecond},
                                             {"h", 3'600'000 * kMillisecond},
                                             {"m", 60'000 * kMillisecond},
                                             {"s", 1'000 * kMillisecond},
                                             {"ms", kMillisecond}}};
constexpr std::array<Unit, 5> kSizes = {
    {{"TiB", 1ULL << 40}, {"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}, {"B", 1}}};

struct Parts {
  std::uint64_t number;
  std::string_view unit;
};

std::optional<Parts> split(std::string_view text) {
  std::size_t digits = 0;
  std::uint64_t number = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
    number = number * 10 + static_cast<std::uint64_t>(text[digits] - '0');
    if (number > kMaxInteger) return std::nullopt;
    ++digits;
  }
  if (digits == 0) return std::nullopt;
  return Parts{number, text.substr(digits)};
}

std::optional<std::uint64_t> scale(std::string_view text, std::span<const Unit> units,
                                   std::uint64_t most) {
  const auto parts = split(text);
  if (!parts) return std::nullopt;
  for (const Unit& unit : units) {
    if (unit.word != parts->unit) continue;
    if (parts->number > most / unit.factor) return std::nullopt;
    return parts->number * unit.factor;
  }
  return std::nullopt;
}

std::string print_scaled(std::uint64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) {
      return std::to_string(value / unit.factor) + std::string(unit.word);
    }
  }
  return std::to_string(value / units.back().factor) + std::string(units.back().word);
}

}  // namespace

std::optional<Nanoseconds> parse_duration(std::string_view text) {
  const auto value = scale(text, kDurations, UINT64_MAX / 2);
  if (!value) return std::nullopt;
  return Nanoseconds{*value};
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  if (const auto plain = parse_count(text)) return plain;
  return scale(text, kSizes, kMaxInteger);
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  const auto parts = split(text);
  if (!parts || !parts->unit.empty()) return std::nullopt;
  return parts->number;
}

std::string print_duration(Nanoseconds value) { return print_scaled(count(value), kDurations); }
std::string print_size(std::uint64_t value) { return print_scaled(value, kSizes); }
std::string print_count(std::uint64_t value) { return std::to_string(value); }

}  // namespace warrant::policy
