// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/limits.h"

#include "warrant/policy/units.h"

namespace warrant::policy {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kDay = 86'400 * kSecond;
constexpr std::uint64_t kKiB = 1ULL << 10;
constexpr std::uint64_t kMiB = 1ULL << 20;
constexpr std::uint64_t kGiB = 1ULL << 30;
constexpr std::uint64_t kTiB = 1ULL << 40;

using enum LimitKey;
using enum LimitUnit;

constexpr std::array<LimitRow, kLimitCount> kRows = {{
    {kWall, "wall", kDuration, 30 * kSecond, kDay, "wall-clock time, everything included"},
    {kCpu, "cpu", kDuration, 10 * kSecond, kDay, "CPU time of the guest's thread"},
    {kFuel, "fuel", kCount, 2'000'000'000, kMaxInteger,
     "engine fuel; writing it counts instructions"},
    {kMemory, "memory", kBytes, 64 * kMiB, 4 * kGiB, "all linear memories together"},
    {kMemories, "memories", kCount, 4, 16, "linear memories"},
    {kTables, "tables", kCount, 4, 16, "tables"},
    {kTable, "table", kCount, 100'000, 10'000'000, "table elements, all tables together"},
    {kStack, "stack", kBytes, kMiB, 16 * kMiB, "stack of the guest"},
    {kStdin, "stdin", kBytes, 16 * kMiB, kGiB, "input that the host keeps for the guest"},
    {kStdout, "stdout", kBytes, kMiB, kGiB, "output that is kept, or passed on when written"},
    {kStderr, "stderr", kBytes, kMiB, kGiB, "error output that is kept, or passed on when written"},
    {kOpenFiles, "open-files", kCount, 1'024, 65'536, "open descriptors of the guest"},
    {kVectors, "vectors", kCount, 1'024, 1'024, "buffers in one read or write"},
    {kVectorBytes, "vector-bytes", kBytes, 16 * kMiB, 64 * kMiB, "bytes in one read or write"},
    {kPoll, "poll", kCount, 256, 16'384, "subscriptions in one poll"},
    {kRandom, "random", kBytes, 16 * kMiB, kGiB, "random bytes of the run"},
    {kRandomCall, "random-call", kBytes, 64 * kKiB, kMiB, "random bytes in one piece"},
    {kWritten, "written", kBytes, 64 * kMiB, kTiB, "growth of files, a directory grant"},
    {kInodes, "inodes", kCount, 4'096, 10'000'000, "files and directories made, a grant"},
    {kFileBytes, "file-bytes", kBytes, 64 * kMiB, kTiB, "size of one file"},
    {kModuleBytes, "module-bytes", kBytes, 64 * kMiB, 256 * kMiB, "size of the module"},
    {kTypes, "types", kCount, 10'000, 1'000'000, "types of the module"},
    {kFunctions, "functions", kCount, 200'000, 1'000'000, "functions of the module"},
    {kFunctionBytes, "function-bytes", kBytes, kMiB, 7 * kMiB, "size of one function"},
    {kLocals, "locals", kCount, 10'000, 50'000, "locals of one function"},
    {kImports, "imports", kCount, 1'000, 100'000, "imports of the module"},
    {kExports, "exports", kCount, 10'000, 100'000, "exports of the module"},
    {kBlocks, "blocks", kCount, 10'000, 10'000, "nesting of blocks"},
    {kSegments, "segments", kCount, 10'000, 100'000, "element segments of the module"},
    {kCompileWall, "compile-wall", kDuration, 60 * kSecond, 600 * kSecond,
     "wall-clock time of compiling the module"},
    {kCompileCpu, "compile-cpu", kDuration, 120 * kSecond, 1'200 * kSecond,
     "CPU time of compiling the module"},
    {kCompileMemory, "compile-memory", kBytes, 2 * kGiB, 8 * kGiB,
     "memory of compiling the module"},
}};

constexpr bool rows_are_in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].key) != i) return false;
    if (kRows[i].standard > kRows[i].ceiling) return false;
  }
  return true;
}
static_assert(rows_are_in_order());

}  // namespace

std::span<const LimitRow> limit_rows() noexcept { return kRows; }

const LimitRow& row_of(LimitKey key) noexcept { return kRows[static_cast<std::size_t>(key)]; }

std::optional<LimitKey> find_limit(std::string_view word) noexcept {
  for (const LimitRow& row : kRows) {
    if (row.word == word) return row.key;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_limit(LimitKey key, std::string_view text) {
  switch (row_of(key).unit) {
    case kDuration: {
      const auto duration = parse_duration(text);
      if (!duration) return std::nullopt;
      return count(*duration);
    }
    case kBytes:
      return parse_size(text);
    case kCount:
      return parse_count(text);
  }
  return std::nullopt;
}

std::string print_limit(LimitKey key, std::uint64_t value) {
  switch (row_of(key).unit) {
    case kDuration:
      return print_duration(Nanoseconds{value});
    case kBytes:
      return print_size(value);
    case kCount:
      return print_count(value);
  }
  return {};
}

Limits::Limits() noexcept : values_() {
  for (std::size_t i = 0; i < kLimitCount; ++i) values_[i] = kRows[i].standard;
}

void Limits::write(LimitKey key, std::uint64_t value) noexcept {
  values_[index(key)] = value;
  written_.set(index(key));
}

void Limits::set_default(LimitKey key, std::uint64_t value) noexcept {
  if (!is_written(key)) values_[index(key)] = value;
}

bool Limits::clamp(LimitKey key, std::uint64_t most) noexcept {
  if (values_[index(key)] <= most) return false;
  values_[index(key)] = most;
  return true;
}

void Limits::place(LimitKey key, Origin origin) {
  places_.replace(row_of(key).word, std::move(origin));
}

const Origin* Limits::place_of(LimitKey key) const noexcept {
  return places_.find(row_of(key).word);
}

}  // namespace warrant::policy
