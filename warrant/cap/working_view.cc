// SPDX-License-Identifier: Apache-2.0
#include "warrant/cap/working_view.h"

#include <array>
#include <cstring>

#include "warrant/cap/reason.h"

namespace warrant::cap {
namespace {

constexpr char kFamily = 0;

// prefix/path in storage of its own, checked like any guest path.
class Joined {
 public:
  Joined(std::string_view prefix, GuestPath path) noexcept {
    const std::string_view text = path.text();
    const std::size_t size = prefix.size() + 1 + text.size();
    if (size > bytes_.size()) return;
    std::memcpy(bytes_.data(), prefix.data(), prefix.size());
    bytes_[prefix.size()] = '/';
    std::memcpy(bytes_.data() + prefix.size() + 1, text.data(), text.size());
    size_ = size;
  }
  Result<GuestPath> path() const noexcept {
    if (size_ == 0) return error_of(Errc::kNameTooLong, Reason::kBadPath, "working_view");
    return GuestPath::parse(std::string_view(bytes_.data(), size_));
  }

 private:
  std::array<char, kMaxPathBytes> bytes_;
  std::size_t size_ = 0;
};

}  // namespace

// A directory and a path in it, with a view replaced by what it views.
class PeeledPath {
 public:
  PeeledPath(Directory& directory, GuestPath path) noexcept
      : view_(directory.family() == &kFamily ? &static_cast<WorkingView&>(directory) : nullptr),
        directory_(view_ == nullptr ? directory : *view_->root_),
        path_(path),
        joined_(view_ == nullptr ? std::string_view("") : std::string_view(view_->prefix_), path) {}
  Directory& directory() const noexcept { return directory_; }
  Result<GuestPath> path() const noexcept {
    if (view_ == nullptr) return path_;
    return joined_.path();
  }

 private:
  WorkingView* view_;
  Directory& directory_;
  GuestPath path_;
  Joined joined_;
};

Result<Renamed> rename_across(Directory& from, GuestPath old_name, Directory& to,
                              GuestPath new_name) {
  const PeeledPath source(from, old_name);
  const PeeledPath target(to, new_name);
  WARRANT_TRY(auto source_path, source.path());
  WARRANT_TRY(auto target_path, target.path());
  return source.directory().rename(source_path, target.directory(), target_path);
}

Status link_across(Directory& from, GuestPath old_name, Directory& to, GuestPath new_name) {
  const PeeledPath source(from, old_name);
  const PeeledPath target(to, new_name);
  WARRANT_TRY(auto source_path, source.path());
  WARRANT_TRY(auto target_path, target.path());
  return source.directory().link(source_path, target.directory(), target_path);
}

const void* WorkingView::family() const noexcept { return &kFamily; }

Result<Directory*> WorkingView::here() {
  if (here_ != nullptr) return here_.get();
  WARRANT_TRY(auto path, GuestPath::parse(prefix_));
  WARRANT_TRY(auto opened,
              root_->open(path, {.read = true, .directory = true, .symlinks = Symlinks::kFollow}));
  here_ = std::move(opened.directory);
  return here_.get();
}

Result<Opened> WorkingView::open(GuestPath path, const OpenOptions& options) {
  const Joined joined(prefix_, path);
  WARRANT_TRY(auto full, joined.path());
  return root_->open(full, options);
}

Result<FileStat> WorkingView::stat(GuestPath path, Symlinks symlinks) {
  const Joined joined(prefix_, path);
  WARRANT_TRY(auto full, joined.path());
  return root_->stat(full, symlinks);
}

Result<FileStat> WorkingView::stat_self() {
  WARRANT_TRY(auto full, GuestPath::parse(prefix_));
  return root_->stat(full, Symlinks::kFollow);
}

Status WorkingView::set_times(GuestPath path, Symlinks symlinks, const SetTimes& times) {
  const Joined joined(prefix_, path);
  WARRANT_TRY(auto full, joined.path());
  return root_->set_times(full, symlinks, times);
}

Status WorkingView::set_times_self(const SetTimes& times) {
  WARRANT_TRY(auto full, GuestPath::parse(prefix_));
  return root_->set_times(full, Symlinks::kFollow, times);
}

Status WorkingView::create_directory(GuestPath path) {
  const Joined joined(prefix_, path);
  WARRANT_TRY(auto full, joined.path());
  return root_->create_directory(full);
}

Status WorkingView::remove_directory(GuestPath path) {
  const Joined joined(prefix_, path);
  WARRANT_TRY(auto full, joined.path());
  return root_->remove_directory(full);
}

Status WorkingView::unlink_file(GuestPath path) {
  const Joined joined(prefix_, path);
  WARRANT_TRY(auto full, joined.path());
  return root_->unlink_file(full);
}

Result<Renamed> WorkingView::rename(GuestPath from, Directory& to, GuestPath name) {
  return rename_across(*this, from, to, name);
}

Status WorkingView::link(GuestPath from, Directory& to, GuestPath name) {
  return link_across(*this, from, to, name);
}

Status WorkingView::symlink(std::string_view target, GuestPath name) {
  const Joined joined(prefix_, name);
  WARRANT_TRY(auto full, joined.path());
  return root_->symlink(target, full);
}

Result<std::uint64_t> WorkingView::read_link(GuestPath path, Buffer to) {
  const Joined joined(prefix_, path);
  WARRANT_TRY(auto full, joined.path());
  return root_->read_link(full, to);
}

Status WorkingView::list(DirCookie from, EntrySink& sink) {
  WARRANT_TRY(auto* directory, here());
  return directory->list(from, sink);
}

Status WorkingView::sync() {
  WARRANT_TRY(auto* directory, here());
  return directory->sync();
}

Status WorkingView::sync_data() {
  WARRANT_TRY(auto* directory, here());
  return directory->sync_data();
}

}  // namespace warrant::cap
