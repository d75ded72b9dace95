// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/timestamp.h"

#include <array>
#include <limits>

namespace warrant::policy {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kDay = 86'400;
constexpr unsigned kLastYear = 2553;  // 2554 does not end within 64 bits

constexpr bool is_leap(std::uint64_t year) noexcept {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

constexpr std::uint64_t days_of_month(std::uint64_t year, std::uint64_t month) noexcept {
  constexpr std::array<std::uint8_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[static_cast<std::size_t>(month) - 1] + (month == 2 && is_leap(year) ? 1U : 0U);
}

constexpr std::uint64_t days_before_year(std::uint64_t year) noexcept {
  const std::uint64_t past = year - 1;
  constexpr std::uint64_t kBefore1970 = 719'162;
  return past * 365 + past / 4 - past / 100 + past / 400 - kBefore1970;
}

// Digits only; moves on.
std::optional<std::uint64_t> take(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  std::uint64_t value = 0;
  for (const char digit : text.substr(0, digits)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take_mark(std::string_view& text, char mark) {
  if (text.empty() || text.front() != mark) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::uint64_t> take_fraction(std::string_view& text) {
  if (!take_mark(text, '.')) return 0;
  const std::size_t digits = text.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos || digits > 9) return std::nullopt;
  auto value = take(text, digits);
  for (std::size_t i = digits; value && i < 9; ++i) *value *= 10;
  return value;
}

std::string two(std::uint64_t value) { return (value < 10 ? "0" : "") + std::to_string(value); }

}  // namespace

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  const auto year = take(text, 4);
  const bool first = take_mark(text, '-');
  const auto month = take(text, 2);
  const bool second = take_mark(text, '-');
  const auto day = take(text, 2);
  if (!year || !first || !month || !second || !day || !take_mark(text, 'T')) return std::nullopt;
  const auto hour = take(text, 2);
  const bool third = take_mark(text, ':');
  const auto minute = take(text, 2);
  const bool fourth = take_mark(text, ':');
  const auto seconds = take(text, 2);
  if (!hour || !third || !minute || !fourth || !seconds) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction || text != "Z") return std::nullopt;
  if (*year < 1970 || *year > kLastYear || *month < 1 || *month > 12 || *day < 1 ||
      *day > days_of_month(*year, *month) || *hour > 23 || *minute > 59 || *seconds > 59) {
    return std::nullopt;
  }
  std::uint64_t days = days_before_year(*year) + *day - 1;
  for (std::uint64_t past = 1; past < *month; ++past) days += days_of_month(*year, past);
  const std::uint64_t whole = days * kDay + *hour * 3600 + *minute * 60 + *seconds;
  return Timestamp{whole * kSecond + *fraction};
}

std::string print_timestamp(Timestamp time) {
  const std::uint64_t whole = count(time) / kSecond;
  std::uint64_t days = whole / kDay;
  std::uint64_t year = 1970;
  for (; days >= (is_leap(year) ? 366U : 365U); ++year) days -= is_leap(year) ? 366U : 365U;
  std::uint64_t month = 1;
  for (; days >= days_of_month(year, month); ++month) days -= days_of_month(year, month);
  const std::uint64_t clock = whole % kDay;
  std::string text = std::to_string(year) + "-" + two(month) + "-" + two(days + 1) + "T" +
                     two(clock / 3600) + ":" + two(clock / 60 % 60) + ":" + two(clock % 60);
  if (const std::uint64_t rest = count(time) % kSecond; rest != 0) {
    std::string digits = std::to_string(rest + kSecond).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    text += "." + digits;
  }
  return text + "Z";
}

Timestamp add(Timestamp time, Nanoseconds span) noexcept {
  constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();
  return count(span) > kLast - count(time) ? Timestamp{kLast}
                                           : Timestamp{count(time) + count(span)};
}

Timestamp subtract(Timestamp time, Nanoseconds span) noexcept {
  return count(span) > count(time) ? Timestamp{0} : Timestamp{count(time) - count(span)};
}

}  // namespace warrant::policy
