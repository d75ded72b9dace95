// SPDX-License-Identifier: Apache-2.0
#pragma once
// The one wrapper behind all attenuators: it asks a rule before each call, hands the call on, and
// wraps what comes back. A new rule is a Narrowing, not a new Directory.
#include <memory>

#include "warrant/cap/accounting.h"
#include "warrant/cap/directory.h"

namespace warrant::cap {

enum class Operation : std::uint8_t { kRead, kWrite };

class Narrowing {
 public:
  virtual ~Narrowing() = default;
  virtual Status before(Operation operation) = 0;
  virtual Accounting* accounting() noexcept { return nullptr; }  // to be charged as well
};

std::unique_ptr<Directory> narrow(std::unique_ptr<Directory> inner,
                                  std::shared_ptr<Narrowing> rule);

class NarrowedFile final : public File {
 public:
  NarrowedFile(std::unique_ptr<File> inner, std::shared_ptr<Narrowing> rule) noexcept
      : inner_(std::move(inner)), rule_(std::move(rule)) {}

  Result<std::uint64_t> read_at(std::span<const Buffer> to, FileOffset at) override;
  Result<std::uint64_t> write_at(std::span<const Buffer> from, FileOffset at,
                                 WriteSync sync) override;
  Result<std::uint64_t> append(std::span<const Buffer> from, WriteSync sync) override;
  Result<FileStat> stat() override;
  Status set_size(std::uint64_t size) override;
  Status set_times(const SetTimes& times) override;
  Status allocate(std::uint64_t at, std::uint64_t length) override;
  Status advise(std::uint64_t at, std::uint64_t length, Advice advice) override;
  Status sync() override;
  Status sync_data() override;
  GrantIndex grant() const noexcept override { return inner_->grant(); }

 private:
  // How much the file would grow if it ended at `end`, reserved; 0 without an accounting.
  Result<std::uint64_t> reserve(std::uint64_t end);
  Result<std::uint64_t> size();

  std::unique_ptr<File> inner_;
  std::shared_ptr<Narrowing> rule_;
};

class NarrowedDirectory final : public Directory {
 public:
  NarrowedDirectory(std::unique_ptr<Directory> inner, std::shared_ptr<Narrowing> rule) noexcept
      : inner_(std::move(inner)), rule_(std::move(rule)) {}

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
  GrantIndex grant() const noexcept override { return inner_->grant(); }
  const void* family() const noexcept override;

 private:
  // The other one's inner Directory, when it was narrowed by the same rule; else the other itself,
  // which the inner Directory then refuses as a stranger. Asks both rules.
  Result<Directory*> peer(Directory& other);
  // Runs a call that makes an inode, with one reserved in the rule's accounting.
  template <typename Call>
  Status making(std::uint64_t bytes, Call&& call);

  std::unique_ptr<Directory> inner_;
  std::shared_ptr<Narrowing> rule_;
};

}  // namespace warrant::cap
