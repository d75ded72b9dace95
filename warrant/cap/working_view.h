// SPDX-License-Identifier: Apache-2.0
#pragma once
// A granted directory as seen from a sub-directory of it: what a guest finds as its working
// directory.
//
// A path `p` is resolved as `prefix/p` at the granted directory's own handle, so "../x" works
// inside the grant and nothing above its root is reachable. Rights are the grant's. This is the one
// Directory whose name is not its root. Spec: runners.md section 6.
#include <memory>
#include <string>

#include "warrant/cap/directory.h"

namespace warrant::cap {

class WorkingView final : public Directory {
 public:
  // `root`: the granted directory, or a second handle on it (opened as ".").
  // `prefix` is a relative path without "..", "." for the directory itself.
  WorkingView(std::unique_ptr<Directory> root, std::string prefix)
      : root_(std::move(root)), prefix_(std::move(prefix)) {}

  Result<Opened> open(GuestPath path, const OpenOptions& options) override;
  Result<FileStat> stat(GuestPath path, Symlinks symlinks) override;
  Result<FileStat> stat_self() override;
  Status set_times(GuestPath path, Symlinks symlinks, const SetTimes& times) override;
  Status set_times_self(const SetTimes& times) override;
  Status create_directory(GuestPath path) override;
  Status remove_directory(GuestPath path) override;
  Status unlink_file(GuestPath path) override;
  Result<Renamed> rename(GuestPath from, Directory& to, GuestPath name) override;
  Status link(GuestPath from, Directory& to, GuestPath name) override;
  Status symlink(std::string_view target, GuestPath name) override;
  Result<std::uint64_t> read_link(GuestPath path, Buffer to) override;
  Status list(DirCookie from, EntrySink& sink) override;
  Status sync() override;
  Status sync_data() override;
  GrantIndex grant() const noexcept override { return root_->grant(); }
  const void* family() const noexcept override;

 private:
  friend class PeeledPath;
  Result<Directory*> here();

  std::unique_ptr<Directory> root_;
  std::string prefix_;
  std::unique_ptr<Directory> here_;  // the prefix, opened at the first listing
};

// Directory::rename and Directory::link, for two directories either of which may be a view.
Result<Renamed> rename_across(Directory& from, GuestPath old_name, Directory& to,
                              GuestPath new_name);
Status link_across(Directory& from, GuestPath old_name, Directory& to, GuestPath new_name);

}  // namespace warrant::cap
