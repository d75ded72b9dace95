// SPDX-License-Identifier: Apache-2.0
#pragma once
// What all directory grants of one run share, and what one grant knows.
//
// Device numbers are 1 for the first device met, 2 for the next: the host's never show. One thread
// adds roots; afterwards the run's thread uses it. Spec: filesystem.md sections 1 and 13,
// preview1.md section 7.3.
#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "warrant/base/buffer.h"
#include "warrant/cap/accounting.h"
#include "warrant/cap/directory_options.h"
#include "warrant/cap/file_types.h"
#include "warrant/os/fd.h"
#include "warrant/os/inodes.h"
#include "warrant/os/waiter.h"

namespace warrant::os {

enum class Resolver : std::uint8_t { kOpenat2, kWalk };

struct RunFilesOptions {
  Locate locate = nullptr;                   // nullptr: host buffers only
  const Waiter* waiter = nullptr;            // outlives the run's files; nullptr: no deadline
  std::uint64_t max_transfer = 16ULL << 20;  // bytes in one read or write
  Resolver resolver = Resolver::kOpenat2;
};

class RunFiles {
 public:
  explicit RunFiles(const RunFilesOptions& options) : options_(options) {}
  const RunFilesOptions& options() const noexcept { return options_; }
  Status check() const noexcept {
    return options_.waiter == nullptr ? Status{} : options_.waiter->check();
  }
  Inodes& inodes() noexcept { return inodes_; }
  std::uint64_t device_number(dev_t device);

  struct Root {
    InodeKey key;
    std::uint64_t mount_id = 0;
    cap::Access access = cap::Access::kRead;
    OwnedFd fd;
  };
  std::vector<Root>& roots() noexcept { return roots_; }
  bool is_root(const InodeKey& key) const noexcept;
  // Whether a guest of this run may write where `path` lies, whatever links lead there.
  enum class Place : std::uint8_t { kElsewhere, kWritable, kUnseen };
  Place place_of(const std::string& path) const;
  // Directories that no grant may contain or lie in.
  std::vector<OwnedFd>& protected_places() noexcept { return protected_; }

 private:
  RunFilesOptions options_;
  Inodes inodes_;
  std::mutex mutex_;
  std::vector<dev_t> devices_;
  std::vector<Root> roots_;
  std::vector<OwnedFd> protected_;
};

// One directory grant; every Directory and File made from it holds it.
struct Grant {
  cap::DirectoryOptions options;
  cap::GrantIndex index{};
  std::uint64_t mount_id = 0;
  InodeKey root;
  std::shared_ptr<RunFiles> run;
  std::shared_ptr<cap::Accounting> accounting;

  bool may_write() const noexcept { return options.access == cap::Access::kWrite; }
};

cap::FileType type_of(mode_t mode) noexcept;
cap::FileStat stat_of(const struct stat& host, RunFiles& run);
cap::FileStat stat_of(const struct statx& host, RunFiles& run);
inline InodeKey key_of(const struct stat& host) noexcept { return {host.st_dev, host.st_ino}; }
InodeKey key_of(const struct statx& host) noexcept;

// utimensat's two times. Infallible: kKeep, kNow and every value of 64 bits have a form.
void to_timespecs(const cap::SetTimes& times, timespec (&to)[2]) noexcept;

// kHardLink where the grant's hard link rule forbids changing such a file.
Status check_hard_links(const Grant& grant, const InodeKey& key, mode_t mode, std::uint64_t names);

}  // namespace warrant::os
