// SPDX-License-Identifier: Apache-2.0
#pragma once
// A granted directory with something beside it that must never be touched.
//
// "root" is the grant; "outside" is its neighbour, full of canaries. outside() is everything that
// an operation could have changed there, as one text; every test compares it before and after.
#include <memory>
#include <string>

#include "tests/contract/world.h"
#include "warrant/os/root.h"

namespace warrant::escape {

class Arena {
 public:
  virtual ~Arena() = default;
  virtual cap::Directory& grant() = 0;
  virtual std::string outside() = 0;
  // As another program would, directly under the grant.
  virtual void plant_link(const std::string& target, const std::string& name) = 0;
  // The absolute host path of the neighbour; a made-up one in memory.
  virtual std::string outside_path() const = 0;
};

std::unique_ptr<Arena> memfs_arena();
std::unique_ptr<Arena> openat2_arena();
std::unique_ptr<Arena> walk_arena();

struct InMemory {
  static constexpr auto kMake = memfs_arena;
};
struct ByOpenat2 {
  static constexpr auto kMake = openat2_arena;
};
struct ByWalk {
  static constexpr auto kMake = walk_arena;
};
struct ArenaNames {
  template <typename T>
  static std::string GetName(int) {
    if (T::kMake == memfs_arena) return "InMemory";
    return T::kMake == openat2_arena ? "ByOpenat2" : "ByWalk";
  }
};

// The same on the host, with everything a test may want to see.
class HostArena final : public Arena {
 public:
  explicit HostArena(os::Resolver resolver) : HostArena(resolver, contract::writable()) {}
  HostArena(os::Resolver resolver, const cap::DirectoryOptions& options);
  cap::Directory& grant() override { return *grant_; }
  std::string outside() override;
  void plant_link(const std::string& target, const std::string& name) override;
  std::string outside_path() const override { return tree_.path() + "/outside"; }
  std::string root_path() const { return tree_.path() + "/root"; }
  cap::Accounting& accounting() { return *accounting_; }
  std::shared_ptr<os::RunFiles> run() { return run_; }
  // Another grant of the same run.
  Result<std::unique_ptr<cap::Directory>> open(const std::string& path,
                                               const cap::DirectoryOptions& options,
                                               os::RootReport& report);

 private:
  contract::TemporaryTree tree_;
  std::shared_ptr<os::RunFiles> run_;
  std::shared_ptr<cap::Accounting> accounting_;
  std::unique_ptr<cap::Directory> grant_;
};

// How many descriptors this process has open.
std::size_t open_descriptors();

}  // namespace warrant::escape
