// SPDX-License-Identifier: Apache-2.0
#pragma once
// The directory that records lie in: its key, its files and its index.
//
// Links on the way are followed where root or the user owns them and nobody else may write, the
// last component never; the directory must be ours and closed to others. The index is written under
// a lock that several processes wait for. Any thread, each object on one at a time.
// Spec: audit.md section 3.
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/base/time.h"
#include "warrant/cap/append_log.h"
#include "warrant/os/ambient.h"
#include "warrant/os/fd.h"

namespace warrant::os {

// A failure in words: what, and what to do.
struct LogTrouble {
  Errc code = Errc::kIo;
  std::string what;
  std::string hint;
};

struct LogPlaces {
  std::string directory;  // of files and index
  std::string state;      // where the key lies
};

class LogFile : public cap::AppendLog {
 public:
  explicit LogFile(OwnedFd fd) noexcept : fd_(std::move(fd)) {}
  Status append(std::span<const std::byte> bytes) noexcept override;
  Status sync() noexcept override;

 protected:
  OwnedFd fd_;
};

// A file of the user's choice. What it held stays until something is written or empty() says that
// it is out of date; one that was made for this and never used is removed again.
class OutputFile final : public LogFile {
 public:
  enum class Origin : std::uint8_t { kFound, kMade };
  OutputFile(OwnedFd fd, std::string path, Origin origin) noexcept
      : LogFile(std::move(fd)), path_(std::move(path)), origin_(origin) {}
  ~OutputFile() override;
  Status append(std::span<const std::byte> bytes) noexcept override;
  Status empty() noexcept;

 private:
  std::string path_;
  Origin origin_;
  bool used_ = false;
};

// The index, held by a lock until it dies.
class LogIndex {
 public:
  explicit LogIndex(int fd) noexcept : fd_(fd) {}
  LogIndex(LogIndex&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  LogIndex& operator=(LogIndex&&) = delete;
  ~LogIndex();
  std::uint64_t size() const noexcept;
  // At most `bytes` of its end.
  Result<std::string> tail(std::size_t bytes) const;
  // All or nothing.
  Status append(std::string_view line) noexcept;
  Status sync() noexcept;

 private:
  int fd_;
};

class LogDirectory {
 public:
  enum class Missing : std::uint8_t { kFail, kCreate };
  static Result<std::unique_ptr<LogDirectory>> open(Ambient, const LogPlaces& places,
                                                    Missing missing, LogTrouble& trouble);

  using Key = std::array<std::byte, 32>;
  const Key& key() const noexcept { return key_; }

  // A new file, "2026-11-21/NAME.jsonl"; whoever has it open holds a lock on it.
  Result<std::unique_ptr<LogFile>> create(const std::string& file, LogTrouble& trouble);
  Result<LogIndex> lock_index(Nanoseconds patience, LogTrouble& trouble);
  // After what was just made must survive the loss of power.
  Status sync() noexcept;

  // Reading. Names are relative, in order.
  Result<std::vector<std::string>> files() const;
  Result<std::string> read(const std::string& file, std::uint64_t most) const;
  Result<std::string> read_index() const;
  bool is_being_written(const std::string& file) const;
  Result<std::uint64_t> size_of(const std::string& file) const;
  Result<std::uint64_t> written_at(const std::string& file) const;  // last; microseconds since 1970
  Status remove(const std::string& file);
  std::uint64_t free_bytes() const noexcept;
  // What is done once in 24 hours, by one process of all that write here.
  bool is_turn_due() const noexcept;
  bool take_daily_turn() noexcept;  // false: it is not due, or another has it

 private:
  LogDirectory(OwnedFd directory, std::string shown) noexcept
      : directory_(std::move(directory)), shown_(std::move(shown)) {}
  Status load_key(const std::string& state, Missing missing, LogTrouble& trouble);
  Error fail(int number, std::string_view doing, LogTrouble& trouble) const;

  OwnedFd directory_;
  OwnedFd index_;
  std::string shown_;
  Key key_{};
};

// "12 MiB free", for messages.
std::string free_space_text(std::uint64_t bytes);

// A file of the user's choice for a copy of records or a receipt: opened before anything starts, no
// link followed, ours. The descriptor's (device, inode) may be held against grants.
Result<std::unique_ptr<OutputFile>> create_output(Ambient, const std::string& path,
                                                  LogTrouble& trouble);
// Standard error as such a place: what is appended begins on a line of its own, also where a guest
// has left one unfinished.
std::unique_ptr<cap::AppendLog> error_output(Ambient);

}  // namespace warrant::os
