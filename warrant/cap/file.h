// SPDX-License-Identifier: Apache-2.0
#pragma once
// An open regular file of a granted directory.
//
// Holding a File is the permission, within the mode it was opened with: a write-class call on a
// File that was not opened for writing is a denial kReadOnly before any system call. It keeps no
// position and no append flag: the caller gives offset and durability with each call, so that they
// can change. Growth is reserved in the grant's accounting before it happens. Not for pipes,
// terminals or sockets (cap::Stream). One thread at a time. Spec: filesystem.md sections 6, 11, 13.
#include <cstdint>
#include <span>

#include "warrant/base/buffer.h"
#include "warrant/base/result.h"
#include "warrant/cap/file_types.h"

namespace warrant::cap {

class File {
 public:
  virtual ~File() = default;
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // Both: all buffers in one operation; a short count is legal; 0 is the end of the file (reads).
  // More than 1,024 buffers: kInvalid. An offset above 2^63-1: kInvalid.
  virtual Result<std::uint64_t> read_at(std::span<const Buffer> to, FileOffset at) = 0;
  virtual Result<std::uint64_t> write_at(std::span<const Buffer> from, FileOffset at,
                                         WriteSync sync) = 0;
  // Atomically at the end, wherever that is by then.
  virtual Result<std::uint64_t> append(std::span<const Buffer> from, WriteSync sync) = 0;

  virtual Result<FileStat> stat() = 0;
  virtual Status set_size(std::uint64_t size) = 0;      // kFileTooBig above 2^63-1
  virtual Status set_times(const SetTimes& times) = 0;  // needs a grant that may write
  virtual Status allocate(std::uint64_t at, std::uint64_t length) = 0;  // grows, never shrinks
  virtual Status advise(std::uint64_t at, std::uint64_t length, Advice advice) = 0;
  virtual Status sync() = 0;
  virtual Status sync_data() = 0;

  virtual GrantIndex grant() const noexcept = 0;
};

}  // namespace warrant::cap
