// SPDX-License-Identifier: Apache-2.0
#pragma once
// cap::Directory on a directory of the host, made by open_root and by opening below it.
//
// Every path goes through resolve.h; every other system call gets one component and a no-follow
// flag, or a descriptor. Write-class calls on a grant that only reads are denied from our own bits
// before any system call. Spec: filesystem.md sections 3 to 9, 11, 13.
#include <memory>

#include "warrant/cap/directory.h"
#include "warrant/os/fd.h"
#include "warrant/os/file.h"
#include "warrant/os/listing.h"
#include "warrant/os/recycled.h"
#include "warrant/os/run_files.h"

namespace warrant::os {

class Directory final : public cap::Directory, public Recycled<Directory> {
 public:
  enum class Place : std::uint8_t { kRoot, kBelow };
  Directory(std::shared_ptr<const Grant> grant, OwnedFd fd, Place place) noexcept
      : grant_(std::move(grant)), fd_(std::move(fd)), place_(place) {}

  Result<cap::Opened> open(cap::GuestPath path, const cap::OpenOptions& options) override;
  Result<cap::FileStat> stat(cap::GuestPath path, cap::Symlinks symlinks) override;
  Result<cap::FileStat> stat_self() override;
  Status set_times(cap::GuestPath path, cap::Symlinks symlinks,
                   const cap::SetTimes& times) override;
  Status set_times_self(const cap::SetTimes& times) override;
  Status create_directory(cap::GuestPath path) override;
  Status remove_directory(cap::GuestPath path) override;
  Status unlink_file(cap::GuestPath path) override;
  Result<cap::Renamed> rename(cap::GuestPath from, cap::Directory& to,
                              cap::GuestPath name) override;
  Status link(cap::GuestPath from, cap::Directory& to, cap::GuestPath name) override;
  Status symlink(std::string_view target, cap::GuestPath name) override;
  Result<std::uint64_t> read_link(cap::GuestPath path, Buffer to) override;
  Status list(cap::DirCookie from, cap::EntrySink& sink) override;
  Status sync() override;
  Status sync_data() override;
  cap::GrantIndex grant() const noexcept override { return grant_->index; }
  const void* family() const noexcept override;

 private:
  // Where a mutation happens: the directory that holds the last component, and that component,
  // which is never ".." and never empty.
  struct Spot {
    OwnedFd opened;  // unless the parent is this directory itself
    BorrowedFd parent;
    char name[256];
    bool must_be_directory;
  };
  enum class Slash : std::uint8_t { kNone, kTrailing };
  enum class Made : std::uint8_t { kNo, kYes };  // by this call

  struct Named {
    const Spot& spot;
    cap::GuestPath path;  // as seen from the handle used
  };
  struct Move {
    Named source;
    Named place;
    const struct statx& moved;
  };

  Status check_write() const;
  Status find_spot(cap::GuestPath path, Spot& spot) const;
  // The named entry itself, never through a link; kEscape where it is a mount point.
  Status look(BorrowedFd parent, const char* name, struct statx& now) const;
  // For a new name with a slash behind it that is no directory: kNoEntry, kExists or kNotDir.
  Error refuse_slash(const Spot& spot) const;
  Result<OwnedFd> open_for_stat(cap::GuestPath path, cap::Symlinks symlinks) const;
  Result<OwnedFd> open_node(cap::GuestPath path, const cap::OpenOptions& options, Made& made) const;
  Result<OwnedFd> create_node(cap::GuestPath path, int flags, Made& made) const;
  Error refuse_create_slash(cap::GuestPath path) const;
  Error why_no_device(cap::GuestPath path, int flags) const;
  Result<cap::Opened> admit(OwnedFd fd, const cap::OpenOptions& options, Made made) const;
  Result<cap::Opened> admit_file(OwnedFd fd, const struct stat& now,
                                 const cap::OpenOptions& options) const;
  // The other directory as one of ours and of this grant, or why not.
  Result<Directory*> same_grant(cap::Directory& other) const;
  Status check_link_text(std::string_view target) const;
  Status check_new_place(const Directory& target, const Move& move) const;
  Status check_link_at(const Spot& link, std::size_t depth) const;
  Result<std::size_t> depth_of(cap::GuestPath name) const;
  Result<std::size_t> climb(BorrowedFd start, const InodeKey& top) const;
  Result<Listing*> listing();

  std::shared_ptr<const Grant> grant_;
  OwnedFd fd_;
  Place place_;
  std::unique_ptr<Listing> listing_;
};

}  // namespace warrant::os
