// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a run did to files and with origins, for its receipt: at most 1,000 files, those that were
// written before those replaced, made, removed and read, then a count.
//
// Fed when records are written, and with what is beyond the caps of the log when it happens. Names
// are kept as guests gave them, in one spelling, without known secrets, of more than 256 bytes as
// LongPath has them: whoever prints them escapes them. One thread. Spec: audit.md section 5.
#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "warrant/audit/event.h"
#include "warrant/audit/known_secrets.h"

namespace warrant::audit {

inline constexpr std::size_t kMostFiles = 1'000;
inline constexpr std::size_t kMostOrigins = 256;

// What an operation on files amounts to: "create", "write", …; the call itself where it is unknown.
enum class Effect : std::uint8_t { kWrite, kReplace, kCreate, kRemove, kRead, kOther };
Effect effect_of(std::string_view call) noexcept;
std::string_view operation_of(std::string_view call) noexcept;
// Also every call that is not known here.
bool changes_a_file(std::string_view call) noexcept;

struct FileUse {
  std::uint64_t written = 0;   // bytes
  std::uint32_t changes = 0;   // writes, truncations, times
  std::uint32_t replaced = 0;  // by something that was renamed to its name
  std::uint32_t created = 0;
  std::uint32_t removed = 0;
  std::uint64_t read = 0;  // bytes
  std::uint64_t uses = 0;  // all of them
  std::size_t mark = 0;    // where it stands in the name; 0: all of the name is there
  Effect importance() const noexcept;
};

struct OriginUse {
  std::uint64_t requests = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t denied = 0;
};

class Uses {
 public:
  explicit Uses(std::string_view mark_key) noexcept : mark_key_(mark_key) {}  // outlives it
  // Whether such an event can change what is listed: as its kind, decision and operation say.
  static bool lists(const Event& event) noexcept;
  // So many events like this one, whose bytes are those of all of them. Known secrets in names are
  // replaced; `secrets` may be null.
  void add(const Event& event, std::uint64_t count, const KnownSecrets* secrets);
  const std::map<std::string, FileUse, std::less<>>& files() const noexcept { return files_; }
  const std::map<std::string, OriginUse, std::less<>>& origins() const noexcept { return origins_; }
  // Uses of files that are not listed, and requests to origins that are not.
  std::uint64_t more_files() const noexcept { return more_files_; }
  std::uint64_t more_origins() const noexcept { return more_origins_; }

 private:
  void add_file(std::string_view path, Effect effect, std::uint64_t bytes, std::uint64_t count);
  void add_origin(const Event& event);
  bool make_room_for_origin(const Event& event);
  bool make_room(Effect effect, std::uint64_t count);
  bool holds_lesser(Effect effect) const noexcept;

  std::map<std::string, FileUse, std::less<>> files_;
  std::array<std::size_t, 5> held_{};  // files of each importance, by Effect
  std::map<std::string, OriginUse, std::less<>> origins_;
  std::uint64_t more_files_ = 0;
  std::uint64_t more_origins_ = 0;
  std::string_view mark_key_;
  std::string told_;
  const KnownSecrets* secrets_ = nullptr;  // during add()
};

}  // namespace warrant::audit
