// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where the records of a run are written, a block at a time: a chained file, shared or not.
//
// begin(), put() any number of times, end(); nobody else's lines stand between them. Lines are
// written into room that the journal gives. end() closes the block with its event and hands
// everything over; an error means that the log cannot be trusted to hold the block. Safe in a
// signal handler unless the file is shared. Spec: audit.md section 3.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "warrant/base/result.h"

namespace warrant::audit {

enum class Durability : std::uint8_t {
  kKernel,  // survives the death of this process
  kDisk,    // survives the loss of power
};

// What the block's own event says of the run that closes it.
struct BlockEnd {
  std::string_view run;
  std::uint64_t seq = 0;
  std::uint64_t t = 0;
  std::uint64_t count = 0;  // records before it
};

class Journal {
 public:
  // Room for text, never none; good until the next call.
  virtual std::span<char> begin() noexcept = 0;
  // So many bytes of the room were written. The room that follows it.
  virtual std::span<char> put(std::size_t bytes) noexcept = 0;
  // The block's line, good until the next begin().
  virtual Result<std::string_view> end(const BlockEnd& end, Durability durability) noexcept = 0;
  // For receipts: the file's name, and the MAC before its first block and of its last one.
  virtual std::string_view file() const noexcept = 0;
  virtual std::string_view first() const noexcept = 0;
  virtual std::string_view last() const noexcept = 0;

 protected:
  ~Journal() = default;
};

}  // namespace warrant::audit
