// SPDX-License-Identifier: Apache-2.0
#pragma once
// A Directory that lives in memory: /tmp of a run, the browser's storage, and the double that tests
// compare the host's against.
//
// Same interface, same rules, same errors as a directory of the host, without mounts, devices and
// other processes. What it holds dies with the last Directory or File made from it. Every inode
// costs one of the grant's inodes and 256 of its bytes beside its content. One thread.
// Spec: filesystem.md section 12.
#include <cstdint>
#include <memory>

#include "warrant/base/buffer_access.h"
#include "warrant/cap/clock.h"
#include "warrant/cap/directory.h"
#include "warrant/cap/directory_options.h"

namespace warrant::memfs {

inline constexpr std::uint64_t kInodeBytes = 256;

struct Options {
  cap::DirectoryOptions directory = {};
  cap::GrantIndex grant = {};
  BufferAccess* access = nullptr;            // required; outlives the tree
  cap::Clock* clock = nullptr;               // its wall clock stamps; nullptr: everything is 1970
  std::uint64_t device = 1;                  // what stat shows
  std::uint64_t max_transfer = 16ULL << 20;  // bytes in one read or write
  std::shared_ptr<cap::Accounting> accounting = nullptr;  // nullptr: one of the options' quota
};

// An empty tree.
std::unique_ptr<cap::Directory> make_root(const Options& options);

// Another root in the tree of a directory made here: nothing above it is granted through it, so no
// link may come to lead above it. Shares the tree's options and quota.
std::unique_ptr<cap::Directory> make_root_at(cap::Directory& directory);

// A link directly under a root made above, its text unchecked: for trees that the host prepares and
// for tests of what a guest could not make itself. Charged to nobody's rules but the quota's.
Status plant_link_unchecked(cap::Directory& root, std::string_view target, std::string_view name);

}  // namespace warrant::memfs
