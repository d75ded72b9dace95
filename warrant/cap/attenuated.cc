// SPDX-License-Identifier: Apache-2.0
#include "warrant/cap/attenuated.h"

#include <algorithm>

#include "warrant/cap/reason.h"

namespace warrant::cap {
namespace {

constexpr char kFamily = 'n';

bool is_write_class(const OpenOptions& options) noexcept {
  return options.write || options.create || options.truncate || options.append;
}

std::uint64_t total_of(std::span<const Buffer> buffers) noexcept {
  std::uint64_t total = 0;
  for (const Buffer& buffer : buffers) {
    total = total + buffer.size() < total ? UINT64_MAX : total + buffer.size();
  }
  return total;
}

}  // namespace

std::unique_ptr<Directory> narrow(std::unique_ptr<Directory> inner,
                                  std::shared_ptr<Narrowing> rule) {
  return std::make_unique<NarrowedDirectory>(std::move(inner), std::move(rule));
}

// --- files ------------------------------------------------------------------------------------

Result<std::uint64_t> NarrowedFile::size() {
  WARRANT_TRY(const FileStat stat, inner_->stat());
  return stat.size;
}

Result<std::uint64_t> NarrowedFile::reserve(std::uint64_t end) {
  Accounting* accounting = rule_->accounting();
  if (accounting == nullptr) return std::uint64_t{0};
  WARRANT_TRY(const std::uint64_t now, size());
  if (end <= now) return std::uint64_t{0};
  WARRANT_CHECKED(accounting->check_file_size(end));
  WARRANT_CHECKED(accounting->reserve_bytes(end - now));
  return end - now;
}

Result<std::uint64_t> NarrowedFile::read_at(std::span<const Buffer> to, FileOffset at) {
  WARRANT_CHECKED(rule_->before(Operation::kRead));
  return inner_->read_at(to, at);
}

Result<std::uint64_t> NarrowedFile::write_at(std::span<const Buffer> from, FileOffset at,
                                             WriteSync sync) {
  WARRANT_CHECKED(rule_->before(Operation::kWrite));
  const std::uint64_t start = static_cast<std::uint64_t>(at);
  const std::uint64_t total = total_of(from);
  const bool sane = total > 0 && start <= INT64_MAX && total <= INT64_MAX - start;
  std::uint64_t reserved = 0;
  if (sane) {
    WARRANT_TRY(reserved, reserve(start + total));
  }
  auto written = inner_->write_at(from, at, sync);
  if (reserved > 0) {
    const std::uint64_t missing = total - (written ? std::min(*written, total) : 0);
    rule_->accounting()->credit_bytes(std::min(missing, reserved));
  }
  return written;
}

Result<std::uint64_t> NarrowedFile::append(std::span<const Buffer> from, WriteSync sync) {
  WARRANT_CHECKED(rule_->before(Operation::kWrite));
  const std::uint64_t total = total_of(from);
  std::uint64_t reserved = 0;
  if (rule_->accounting() != nullptr && total > 0 && total <= INT64_MAX) {
    WARRANT_TRY(const std::uint64_t now, size());
    WARRANT_TRY(reserved, reserve(now + total));
  }
  auto written = inner_->append(from, sync);
  if (reserved > 0) {
    rule_->accounting()->credit_bytes(reserved - (written ? std::min(*written, reserved) : 0));
  }
  return written;
}

Result<FileStat> NarrowedFile::stat() {
  WARRANT_CHECKED(rule_->before(Operation::kRead));
  return inner_->stat();
}

Status NarrowedFile::set_size(std::uint64_t to) {
  WARRANT_CHECKED(rule_->before(Operation::kWrite));
  if (rule_->accounting() == nullptr || to > INT64_MAX) return inner_->set_size(to);
  WARRANT_TRY(const std::uint64_t before, size());
  WARRANT_TRY(const std::uint64_t reserved, reserve(to));
  const Status done = inner_->set_size(to);
  if (!done) rule_->accounting()->credit_bytes(reserved);
  if (done && to < before) rule_->accounting()->credit_bytes(before - to);
  return done;
}

Status NarrowedFile::set_times(const SetTimes& times) {
  WARRANT_CHECKED(rule_->before(Operation::kWrite));
  return inner_->set_times(times);
}

Status NarrowedFile::allocate(std::uint64_t at, std::uint64_t length) {
  WARRANT_CHECKED(rule_->before(Operation::kWrite));
  if (at > INT64_MAX || length > INT64_MAX - at) return inner_->allocate(at, length);
  WARRANT_TRY(const std::uint64_t reserved, reserve(length == 0 ? 0 : at + length));
  const Status done = inner_->allocate(at, length);
  if (!done && reserved > 0) rule_->accounting()->credit_bytes(reserved);
  return done;
}

Status NarrowedFile::advise(std::uint64_t at, std::uint64_t length, Advice advice) {
  WARRANT_CHECKED(rule_->before(Operation::kRead));
  return inner_->advise(at, length, advice);
}

Status NarrowedFile::sync() {
  WARRANT_CHECKED(rule_->before(Operation::kRead));
  return inner_->sync();
}

Status NarrowedFile::sync_data() {
  WARRANT_CHECKED(rule_->before(Operation::kRead));
  return inner_->sync_data();
}

// --- directories ------------------------------------------------------------------------------

const void* NarrowedDirectory::family() const noexcept { return &kFamily; }

template <typename Call>
Status NarrowedDirectory::making(std::uint64_t bytes, Call&& call) {
  WARRANT_CHECKED(rule_->before(Operation::kWrite));
  Accounting* accounting = rule_->accounting();
  if (accounting == nullptr) return call();
  WARRANT_CHECKED(accounting->reserve_inode());
  Status done = accounting->reserve_bytes(bytes);
  if (!done) {
    accounting->credit_inode();
    return done;
  }
  done = call();
  if (!done) {
    accounting->credit_inode();
    accounting->credit_bytes(bytes);
  }
  return done;
}

Result<Directory*> NarrowedDirectory::peer(Directory& other) {
  WARRANT_CHECKED(rule_->before(Operation::kWrite));
  if (other.family() != family()) return &other;
  auto& narrowed = static_cast<NarrowedDirectory&>(other);
  WARRANT_CHECKED(narrowed.rule_->before(Operation::kWrite));
  return narrowed.rule_ == rule_ ? narrowed.inner_.get() : &other;
}

Result<Opened> NarrowedDirectory::open(GuestPath path, const OpenOptions& options) {
  const bool sane = !(options.directory && (options.create || options.truncate)) &&
                    !(options.exclusive && !options.create);
  const Operation operation =
      sane && is_write_class(options) ? Operation::kWrite : Operation::kRead;
  WARRANT_CHECKED(rule_->before(operation));
  Accounting* accounting = rule_->accounting();
  // Whether there is something already decides whether an inode is charged.
  const bool charge =
      sane && options.create && accounting != nullptr && !inner_->stat(path, Symlinks::kFollow);
  if (charge) WARRANT_CHECKED(accounting->reserve_inode());
  auto opened = inner_->open(path, options);
  if (!opened) {
    if (charge) accounting->credit_inode();
    return opened;
  }
  if (opened->file != nullptr) {
    opened->file = std::make_unique<NarrowedFile>(std::move(opened->file), rule_);
  } else {
    opened->directory = narrow(std::move(opened->directory), rule_);
  }
  return opened;
}

Result<FileStat> NarrowedDirectory::stat(GuestPath path, Symlinks symlinks) {
  WARRANT_CHECKED(rule_->before(Operation::kRead));
  return inner_->stat(path, symlinks);
}

Result<FileStat> NarrowedDirectory::stat_self() {
  WARRANT_CHECKED(rule_->before(Operation::kRead));
  return inner_->stat_self();
}

Status NarrowedDirectory::set_times(GuestPath path, Symlinks symlinks, const SetTimes& times) {
  WARRANT_CHECKED(rule_->before(Operation::kWrite));
  return inner_->set_times(path, symlinks, times);
}

Status NarrowedDirectory::set_times_self(const SetTimes& times) {
  WARRANT_CHECKED(rule_->before(Operation::kWrite));
  return inner_->set_times_self(times);
}

Status NarrowedDirectory::create_directory(GuestPath path) {
  return making(0, [&] { return inner_->create_directory(path); });
}

Status NarrowedDirectory::remove_directory(GuestPath path) {
  WARRANT_CHECKED(rule_->before(Operation::kWrite));
  return inner_->remove_directory(path);
}

Status NarrowedDirectory::unlink_file(GuestPath path) {
  WARRANT_CHECKED(rule_->before(Operation::kWrite));
  return inner_->unlink_file(path);
}

Result<Renamed> NarrowedDirectory::rename(GuestPath from, Directory& to, GuestPath name) {
  WARRANT_TRY(Directory * target, peer(to));
  return inner_->rename(from, *target, name);
}

Status NarrowedDirectory::link(GuestPath from, Directory& to, GuestPath name) {
  WARRANT_TRY(Directory * target, peer(to));
  return making(0, [&] { return inner_->link(from, *target, name); });
}

Status NarrowedDirectory::symlink(std::string_view target, GuestPath name) {
  return making(target.size(), [&] { return inner_->symlink(target, name); });
}

Result<std::uint64_t> NarrowedDirectory::read_link(GuestPath path, Buffer to) {
  WARRANT_CHECKED(rule_->before(Operation::kRead));
  return inner_->read_link(path, to);
}

Status NarrowedDirectory::list(DirCookie from, EntrySink& sink) {
  WARRANT_CHECKED(rule_->before(Operation::kRead));
  return inner_->list(from, sink);
}

Status NarrowedDirectory::sync() {
  WARRANT_CHECKED(rule_->before(Operation::kRead));
  return inner_->sync();
}

Status NarrowedDirectory::sync_data() {
  WARRANT_CHECKED(rule_->before(Operation::kRead));
  return inner_->sync_data();
}

}  // namespace warrant::cap
