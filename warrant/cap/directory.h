// SPDX-License-Identifier: Apache-2.0
#pragma once
// A directory that a tool was granted, and everything beneath it.
//
// Holding a Directory is the permission: there is no check to forget and no way up. Names are
// resolved component by component on open handles, so a rename by someone else can make an
// operation fail but never make it land outside. Does not protect against hard links made from
// outside, nor against what other programs do with the tree. One thread at a time.
//
//   WARRANT_TRY(auto path, GuestPath::parse("notes/today.txt"));
//   WARRANT_TRY(auto opened, dir.open(path, {.read = true, .symlinks = Symlinks::kFollow}));
//
// Spec: filesystem.md; errors and denials as in its sections 6, 14, 17.
#include <cstdint>
#include <memory>
#include <string_view>

#include "warrant/base/buffer.h"
#include "warrant/base/result.h"
#include "warrant/cap/file.h"
#include "warrant/cap/file_types.h"
#include "warrant/cap/guest_path.h"

namespace warrant::cap {

class Directory;

struct OpenOptions {
  bool read = false;
  bool write = false;      // write-class: denied kReadOnly on a grant that only reads
  bool create = false;     // write-class; mode 0666 under the host's umask
  bool exclusive = false;  // with create: kExists where there is anything, a dangling link too
  bool truncate = false;   // write-class; done after type, link count and quota are known
  bool append = false;     // write-class intent only; the append itself is File::append
  bool directory = false;  // kNotDir unless it is one; kInvalid with create, exclusive, truncate
  Symlinks symlinks = Symlinks::kNoFollow;
};

// Exactly one of file and directory is set.
struct Opened {
  std::unique_ptr<File> file;
  std::unique_ptr<Directory> directory;
  bool created = false;  // this call made the file, for the records
};

// What a rename that succeeded came to: the target's name was free; something was there and is
// gone; or both names were one file's already, and nothing happened.
enum class Renamed : std::uint8_t { kMoved, kReplaced, kUnchanged };

// Where a listing stands: 0 is the start, every other value comes from an Entry and stays good
// while entries come and go.
enum class DirCookie : std::uint64_t {};

struct Entry {
  std::string_view name;  // raw bytes of the host, perhaps not UTF-8; dies with the call
  std::uint64_t inode;
  FileType type;
  DirCookie next;  // where the listing goes on after this entry
};

class EntrySink {
 public:
  // False: enough; the entry counts as not delivered unless the sink kept it.
  virtual bool accept(const Entry& entry) = 0;

 protected:
  ~EntrySink() = default;
};

class Directory {
 public:
  virtual ~Directory() = default;
  Directory() = default;
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  virtual Result<Opened> open(GuestPath path, const OpenOptions& options) = 0;
  virtual Result<FileStat> stat(GuestPath path, Symlinks symlinks) = 0;
  virtual Result<FileStat> stat_self() = 0;
  virtual Status set_times(GuestPath path, Symlinks symlinks, const SetTimes& times) = 0;
  virtual Status set_times_self(const SetTimes& times) = 0;
  virtual Status create_directory(GuestPath path) = 0;
  virtual Status remove_directory(GuestPath path) = 0;
  virtual Status unlink_file(GuestPath path) = 0;
  // `to` may be any Directory: one of another grant or make gives kCrossDevice or a denial
  // (filesystem.md section 8), decided by the implementation of *this*.
  virtual Result<Renamed> rename(GuestPath from, Directory& to, GuestPath name) = 0;
  virtual Status link(GuestPath from, Directory& to, GuestPath name) = 0;
  // `target` is stored text, checked by filesystem.md section 9, never resolved here.
  virtual Status symlink(std::string_view target, GuestPath name) = 0;
  // The stored text, cut to the buffer; how many bytes were written to it.
  virtual Result<std::uint64_t> read_link(GuestPath path, Buffer to) = 0;
  // Delivers entries from `from` on until the sink has enough or the listing ends; "." and ".."
  // included. Going on from the last delivered entry costs nothing; a jump costs one seek.
  virtual Status list(DirCookie from, EntrySink& sink) = 0;
  virtual Status sync() = 0;
  virtual Status sync_data() = 0;

  virtual GrantIndex grant() const noexcept = 0;
  // Tells the implementations of one room apart from others', for rename and link: the address of
  // a static object that only that room knows.
  virtual const void* family() const noexcept = 0;
};

}  // namespace warrant::cap
