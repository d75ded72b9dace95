// SPDX-License-Identifier: Apache-2.0
#pragma once
// cap::File on a regular file of the host.
//
// Reads and writes go straight between the file and the Buffers, at offsets the caller keeps, in
// pieces of at most 1 MiB a system call with a look at the deadline between them. The host's
// descriptor bears no append or sync flag. Growth is claimed before it happens. Made by
// os::Directory, which has checked type, links and mode. Spec: filesystem.md sections 6, 8, 11, 13.
#include <memory>

#include "warrant/cap/file.h"
#include "warrant/os/fd.h"
#include "warrant/os/recycled.h"
#include "warrant/os/run_files.h"

namespace warrant::os {

enum class FileMode : std::uint8_t { kNone = 0, kRead = 1, kWrite = 2, kReadWrite = 3 };

class File final : public cap::File, public Recycled<File> {
 public:
  // `state`: from Inodes::open, always there with kWrite; closed by this object.
  File(std::shared_ptr<const Grant> grant, OwnedFd fd, FileMode mode, InodeState* state) noexcept
      : grant_(std::move(grant)), fd_(std::move(fd)), mode_(mode), state_(state) {}
  ~File() override;

  Result<std::uint64_t> read_at(std::span<const Buffer> to, cap::FileOffset at) override;
  Result<std::uint64_t> write_at(std::span<const Buffer> from, cap::FileOffset at,
                                 cap::WriteSync sync) override;
  Result<std::uint64_t> append(std::span<const Buffer> from, cap::WriteSync sync) override;
  Result<cap::FileStat> stat() override;
  Status set_size(std::uint64_t size) override;
  Status set_times(const cap::SetTimes& times) override;
  Status allocate(std::uint64_t at, std::uint64_t length) override;
  Status advise(std::uint64_t at, std::uint64_t length, cap::Advice advice) override;
  Status sync() override;
  Status sync_data() override;
  cap::GrantIndex grant() const noexcept override { return grant_->index; }

  // For an open that was asked to truncate, whatever mode the file is kept in; the host's
  // descriptor is open for writing and type and links have been checked.
  Status truncate_opened();

 private:
  bool may(FileMode wanted) const noexcept;
  Status check_write() const;
  Status check_links() const;
  // Any number of buffers, in pieces.
  Result<std::uint64_t> read_vectors(std::span<const Buffer> to, std::uint64_t offset);
  Result<std::uint64_t> write_vectors(std::span<const Buffer> from, std::uint64_t offset,
                                      cap::WriteSync sync);

  std::shared_ptr<const Grant> grant_;
  OwnedFd fd_;
  FileMode mode_;
  InodeState* state_;
};

}  // namespace warrant::os
