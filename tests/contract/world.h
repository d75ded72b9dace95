// SPDX-License-Identifier: Apache-2.0
#pragma once
// The directories that one suite is run against: fresh for each test, removed with it.
//
// A World is one backing with one grant. A Guest is what a tool could do with its Directory, in
// words: every operation takes text and answers "ok", an errno name of the ABI, or "NAME reason".
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/base/buffer_access.h"
#include "warrant/cap/accounting.h"
#include "warrant/cap/directory.h"
#include "warrant/cap/directory_options.h"
#include "warrant/cap/reason.h"

namespace warrant::contract {

std::string said(const Error& error);

template <typename T>
std::string said(const Result<T>& result) {
  return result ? "ok" : said(result.error());
}

// A directory of the host with nothing in it, gone with this object.
class TemporaryTree {
 public:
  TemporaryTree();
  ~TemporaryTree();
  TemporaryTree(const TemporaryTree&) = delete;
  TemporaryTree& operator=(const TemporaryTree&) = delete;
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

class World {
 public:
  virtual ~World() = default;
  virtual cap::Directory& root() = 0;
  virtual cap::Accounting& accounting() = 0;
  // As another program would make it, past every rule for guests.
  virtual void plant_link(const std::string& target, const std::string& name) = 0;
  // What an empty file costs of `written`.
  virtual std::uint64_t inode_bytes() const { return 0; }
};

cap::DirectoryOptions writable();

std::unique_ptr<World> memfs_world(const cap::DirectoryOptions& options);
std::unique_ptr<World> openat2_world(const cap::DirectoryOptions& options);
std::unique_ptr<World> walk_world(const cap::DirectoryOptions& options);
std::unique_ptr<World> revocable_world(const cap::DirectoryOptions& options);  // over openat2
std::unique_ptr<World> budget_world(const cap::DirectoryOptions& options);     // over memfs

// Tags for typed suites.
struct MemFs {
  static constexpr auto kMake = memfs_world;
};
struct OsOpenat2 {
  static constexpr auto kMake = openat2_world;
};
struct OsWalk {
  static constexpr auto kMake = walk_world;
};
struct Revocable {
  static constexpr auto kMake = revocable_world;
};
struct Budget {
  static constexpr auto kMake = budget_world;
};
struct Names {
  template <typename T>
  static std::string GetName(int) {
    if (T::kMake == memfs_world) return "MemFs";
    if (T::kMake == openat2_world) return "OsOpenat2";
    if (T::kMake == walk_world) return "OsWalk";
    return T::kMake == revocable_world ? "Revocable" : "Budget";
  }
};

class Guest {
 public:
  explicit Guest(cap::Directory& directory) noexcept : directory_(directory) {}
  cap::Directory& directory() noexcept { return directory_; }

  // "file", "directory", "link", … or the error.
  std::string stat(std::string_view path, cap::Symlinks symlinks);
  std::string open(std::string_view path, const cap::OpenOptions& options);
  std::string make_directory(std::string_view path);
  std::string remove_directory(std::string_view path);
  std::string unlink(std::string_view path);
  std::string rename(std::string_view from, std::string_view to);
  std::string link(std::string_view from, std::string_view to);
  std::string symlink(std::string_view target, std::string_view name);
  std::string read_link(std::string_view path);  // the text, or the error
  std::string touch(std::string_view path, cap::Symlinks symlinks);

  // Creates or replaces; "ok" or the error.
  std::string write(std::string_view path, std::string_view content);
  std::string read(std::string_view path);  // the content, or the error
  std::vector<std::string> names();         // sorted, without "." and ".."
  std::unique_ptr<cap::File> file(std::string_view path, const cap::OpenOptions& options);
  std::unique_ptr<cap::Directory> sub(std::string_view path);
  cap::FileStat stat_of(std::string_view path);

 private:
  cap::Directory& directory_;
};

std::string write_at(cap::File& file, std::uint64_t at, std::string_view content);
std::string append(cap::File& file, std::string_view content);
std::string read_at(cap::File& file, std::uint64_t at, std::size_t size);
std::vector<std::string> names_of(cap::Directory& directory);

// Options in a few words.
cap::OpenOptions reading(cap::Symlinks symlinks);
cap::OpenOptions writing(cap::Symlinks symlinks);
cap::OpenOptions creating(cap::Symlinks symlinks);

}  // namespace warrant::contract
