// SPDX-License-Identifier: Apache-2.0
#pragma once
// Every key of every document: the one table behind the readers, the printer, the schemas, the
// suggestions and the pages in docs/formats.
//
// Paths are in the spelling of TOML ("directory.create-symlinks"); "*" stands for a name that the
// writer chooses. A key whose room is not in this build is known and refused: when the room
// arrives, rooms_of_this_build() changes in one line. Keys of `[limits]` come from limit_rows().
#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace warrant::policy {

enum class DocumentKind : std::uint8_t { kGrant, kCeiling, kConfig, kRequest };
std::string_view word_of(DocumentKind kind) noexcept;  // "grant"

// What must exist for a key to be enforced.
enum class Room : std::uint8_t {
  kHere,
  kLimits,        // budgets that nothing counts yet
  kOverlay,       // workspace
  kFetch,         // [[fetch]], [[fetch-deny]], [network], [audit] path
  kConnectNames,  // names in [[connect]], which are looked up
  kBrowser,       // a runner in a page
  kNetfetch,      // the import and its budget
  kSecrets,       // [secrets], `secret` in [[fetch]]
  kProcess,
  kBundles,
  kRunners,   // runners beside our own
  kTools,     // Bash and Python for agents
  kResolver,  // choosing another resolver
  kCacheVerify,
  kLog,       // the record of runs: [log], `log` of ceilings, [audit] flush
  kReserved,  // refused in every build
};
inline constexpr std::size_t kRoomCount = 16;
using Rooms = std::bitset<kRoomCount>;
Rooms rooms_of_this_build() noexcept;
Rooms every_room() noexcept;  // for tests of what is still to come

enum class Shape : std::uint8_t {
  kTable,   // a table of known keys
  kTables,  // an array of such tables
  kNames,   // a table whose keys the writer chooses
  kVersion,
  kBool,
  kCount,
  kSize,
  kDuration,
  kTime,  // RFC 3339, Z
  kText,
  kTexts,  // a list of texts
  kTextOrTexts,
  kWord,      // one of `words`
  kVariable,  // a text, or { host = "NAME" }
};

// What is wrong with a text, in words; nothing when it is fit.
using TextCheck = std::optional<std::string> (*)(std::string_view text);

struct KeyRow {
  std::string path;
  Shape shape = Shape::kTable;
  std::uint8_t documents = 0;  // a bit for each DocumentKind
  std::uint8_t required = 0;   // a bit for each DocumentKind that cannot be without it
  Room room = Room::kHere;
  std::string_view words = {};  // of kWord, separated by blanks
  std::string_view standard = {};
  std::string_view what = {};
  TextCheck check = nullptr;  // of texts
  std::uint64_t least = 0;    // of kCount
  std::uint64_t most = 0;     // of kCount and kSize; 0: 2^53-1

  bool is_in(DocumentKind kind) const noexcept {
    return (documents >> static_cast<unsigned>(kind) & 1U) != 0;
  }
  bool is_required_in(DocumentKind kind) const noexcept {
    return (required >> static_cast<unsigned>(kind) & 1U) != 0;
  }
};

// The keys that a kind of document knows, in the order in which they are printed; a table stands
// before its keys.
std::vector<KeyRow> keys_of(DocumentKind kind);

// The known word nearest to `word`, when it is near enough to be meant.
std::optional<std::string_view> nearest_word(std::string_view word,
                                             std::span<const std::string_view> known);

}  // namespace warrant::policy
