// SPDX-License-Identifier: Apache-2.0
#pragma once
// The budgets of one call: a closed table of keys with unit, default and ceiling, and a set of
// values for them.
//
// A key stands in the table only when something enforces it; the words are those of grants and
// flags. A value that nobody wrote is the default; there is no "unlimited". Narrowing only.
// Spec: limits.md sections 1 and 6.
#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "warrant/base/time.h"
#include "warrant/policy/origin.h"

namespace warrant::policy {

enum class LimitKey : std::uint8_t {
  kWall,
  kCpu,
  kFuel,
  kMemory,
  kMemories,
  kTables,
  kTable,
  kStack,
  kStdin,
  kStdout,
  kStderr,
  kOpenFiles,
  kVectors,
  kVectorBytes,
  kPoll,
  kRandom,
  kRandomCall,
  kWritten,
  kInodes,
  kFileBytes,
  kModuleBytes,
  kTypes,
  kFunctions,
  kFunctionBytes,
  kLocals,
  kImports,
  kExports,
  kBlocks,
  kSegments,
  kCompileWall,
  kCompileCpu,
  kCompileMemory,
};
inline constexpr std::size_t kLimitCount = 32;

enum class LimitUnit : std::uint8_t { kDuration, kBytes, kCount };

struct LimitRow {
  LimitKey key;
  std::string_view word;  // "open-files"
  LimitUnit unit;
  std::uint64_t standard;  // the default; durations in nanoseconds
  std::uint64_t ceiling;   // of the built-in ceiling
  std::string_view what;   // for people: "wall-clock time, everything included"
};

// In the order of LimitKey.
std::span<const LimitRow> limit_rows() noexcept;
const LimitRow& row_of(LimitKey key) noexcept;
std::optional<LimitKey> find_limit(std::string_view word) noexcept;
// Nothing: the text is not of the key's unit.
std::optional<std::uint64_t> parse_limit(LimitKey key, std::string_view text);
std::string print_limit(LimitKey key, std::uint64_t value);

class Limits {
 public:
  Limits() noexcept;
  std::uint64_t get(LimitKey key) const noexcept { return values_[index(key)]; }
  Nanoseconds duration(LimitKey key) const noexcept { return Nanoseconds{get(key)}; }
  bool is_written(LimitKey key) const noexcept { return written_.test(index(key)); }
  void write(LimitKey key, std::uint64_t value) noexcept;
  // A default for a key that nobody wrote (a terminal's run has no wall limit of 30 s).
  void set_default(LimitKey key, std::uint64_t value) noexcept;
  // Cuts the value to `most`; true when that took something away.
  bool clamp(LimitKey key, std::uint64_t most) noexcept;
  // Who says so, for messages: known in a warrant, of values that a document or a flag set.
  void place(LimitKey key, Origin origin);
  const Origin* place_of(LimitKey key) const noexcept WARRANT_LIFETIMEBOUND;

  friend bool operator==(const Limits&, const Limits&) = default;

 private:
  static std::size_t index(LimitKey key) noexcept { return static_cast<std::size_t>(key); }
  std::array<std::uint64_t, kLimitCount> values_;
  std::bitset<kLimitCount> written_;
  Origins places_;
};

}  // namespace warrant::policy
