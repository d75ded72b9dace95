// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/time_text.h"

#include <algorithm>

namespace warrant::audit {
namespace {

constexpr std::uint64_t kMicros = 1'000'000;
constexpr std::uint64_t kDay = 86'400;
constexpr std::uint64_t kLastSecond = 253'402'300'799;  // 9999-12-31T23:59:59Z

void digits(TimeText& text, std::size_t at, std::size_t count, std::uint64_t number) noexcept {
  for (std::size_t n = count; n > 0; --n) {
    text[at + n - 1] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
}

struct Date {
  std::uint64_t year, month, day;
};

// Days are counted from 1 March of year 0, so that a leap day ends its year.
Date date_of(std::uint64_t days) noexcept {
  const std::uint64_t shifted = days + 719'468;
  const std::uint64_t era = shifted / 146'097;
  const std::uint64_t of_era = shifted % 146'097;
  const std::uint64_t year = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::uint64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const std::uint64_t month = (5 * of_year + 2) / 153;
  const std::uint64_t day = of_year - (153 * month + 2) / 5 + 1;
  const std::uint64_t shown = month < 10 ? month + 3 : month - 9;
  return {year + era * 400 + (shown <= 2 ? 1U : 0U), shown, day};
}

}  // namespace

TimeText print_time(std::uint64_t micros) noexcept {
  const std::uint64_t seconds = std::min(micros / kMicros, kLastSecond);
  const Date date = date_of(seconds / kDay);
  TimeText text;
  constexpr std::string_view kShape = "0000-00-00T00:00:00.000000Z";
  std::copy(kShape.begin(), kShape.end(), text.begin());
  digits(text, 0, 4, date.year);
  digits(text, 5, 2, date.month);
  digits(text, 8, 2, date.day);
  digits(text, 11, 2, seconds % kDay / 3'600);
  digits(text, 14, 2, seconds % 3'600 / 60);
  digits(text, 17, 2, seconds % 60);
  digits(text, 20, 6, micros % kMicros);
  return text;
}

}  // namespace warrant::audit
