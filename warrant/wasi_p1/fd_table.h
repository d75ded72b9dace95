// SPDX-License-Identifier: Apache-2.0
#pragma once
// The guest's descriptors: numbers to capabilities, with position, flags and rights.
//
// A number is the guest's and has nothing to do with a number of the host. New descriptors get the
// lowest free number at or above the floor, so that what stands below (console, preopens) is never
// handed out again. Holds what it was given and makes no decision. An Entry pointer is good until
// the next insert. No lock: one guest thread. Spec: preview1.md section 4.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "warrant/cap/directory.h"
#include "warrant/cap/file.h"
#include "warrant/cap/socket.h"
#include "warrant/cap/stream.h"
#include "warrant/wasi_p1/rights.h"

namespace warrant::wasi_p1 {

struct Entry {
  enum class Kind : std::uint8_t { kClosed, kFile, kDirectory, kStream, kSocket };
  enum class Position : std::uint8_t { kKnown, kAtEnd };  // at the end: to be asked when needed
  enum class Preopened : std::uint8_t { kNo, kYes };

  Kind kind = Kind::kClosed;
  cap::FileType type = cap::FileType::kUnknown;
  std::uint16_t flags = 0;  // fdflags as the guest set them
  Position position_state = Position::kKnown;
  Preopened preopened = Preopened::kNo;
  bool announced = false;  // that bytes leave by it is on record
  cap::GrantIndex grant_index = cap::kNoGrant;
  Rights grant = Rights::kNone;
  Rights base = Rights::kNone;
  Rights inheriting = Rights::kNone;
  std::uint64_t position = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
  std::unique_ptr<cap::File> file;
  std::unique_ptr<cap::Directory> directory;
  std::unique_ptr<cap::Socket> socket;
  cap::Stream* stream = nullptr;  // of a console, or the socket
  std::string path;               // guest path for records, cut; of a preopen its whole guest name

  cap::Blocking blocking() const noexcept {
    return (flags & 4U) != 0 ? cap::Blocking::kNever : cap::Blocking::kWait;
  }
};

class FdTable {
 public:
  explicit FdTable(std::uint32_t limit);

  Entry* find(std::uint32_t fd) noexcept {
    if (fd >= entries_.size() || entries_[fd].kind == Entry::Kind::kClosed) return nullptr;
    return &entries_[fd];
  }
  bool is_full() const noexcept { return open_ >= limit_; }
  std::uint32_t open_count() const noexcept { return open_; }
  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(entries_.size()); }

  // While building: the slot behind all others, open or left closed. Fixes the floor.
  Entry& append_slot();
  void mark_open(std::uint32_t fd) noexcept;

  // A blank entry at the lowest free number; the table is not full. The caller sets the kind.
  std::uint32_t insert(Entry::Kind kind);
  void close(std::uint32_t fd) noexcept;
  // Closes `to` and gives its number to what `from` names. Both open and different.
  void renumber(std::uint32_t from, std::uint32_t to) noexcept;

 private:
  std::uint32_t lowest_free() const noexcept;
  void set_used(std::uint32_t fd, std::uint64_t used) noexcept;

  std::vector<Entry> entries_;
  std::vector<std::uint64_t> used_;  // one bit a number
  std::uint32_t limit_;
  std::uint32_t floor_ = 0;
  std::uint32_t open_ = 0;
};

}  // namespace warrant::wasi_p1
