// SPDX-License-Identifier: Apache-2.0
#pragma once
// The inodes of one tree in memory, and what they share.
//
// A node lives while a name or a handle holds it, and gives back what it was charged when it dies.
// A directory keeps its entries by cookie, which counts insertions and is never used again, and
// finds them by name. A directory that was removed has no entries and takes none.
#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "warrant/memfs/memfs.h"

namespace warrant::memfs {

struct Node;
using NodeRef = std::shared_ptr<Node>;

inline constexpr std::size_t kPageBytes = 4096;
using Page = std::array<std::byte, kPageBytes>;

// The tree: options, inode numbers, the root.
struct Tree {
  explicit Tree(const Options& from);
  ~Tree();
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  Nanoseconds now() const;
  // kQuota where the grant has no room for one more.
  Result<NodeRef> make_node(cap::FileType type);
  bool may_write() const noexcept { return options.directory.access == cap::Access::kWrite; }

  Options options;
  std::shared_ptr<cap::Accounting> accounting;
  std::uint64_t next_inode = 1;
  NodeRef root;
};
using TreeRef = std::shared_ptr<Tree>;

struct Child {
  std::string name;
  NodeRef node;
};

struct Node {
  Node(Tree& owner, cap::FileType kind, std::uint64_t number) noexcept
      : tree(owner), type(kind), inode(number) {}
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  bool is_directory() const noexcept { return type == cap::FileType::kDirectory; }
  bool is_link() const noexcept { return type == cap::FileType::kSymbolicLink; }
  cap::FileStat stat() const;
  void touch(Nanoseconds when) noexcept { modified = changed = when; }
  Status set_times(const cap::SetTimes& times);

  // Directories.
  NodeRef find(std::string_view name) const;
  void insert(std::string_view name, const NodeRef& node);
  void erase(std::string_view name);
  bool is_removed() const noexcept { return links == 0; }

  // Regular files. Growing reserves in the accounting first.
  Status resize(std::uint64_t to);

  Tree& tree;
  cap::FileType type;
  std::uint64_t inode;
  std::uint64_t links = 0;
  std::uint64_t size = 0;           // of a link: of its text
  std::uint64_t charged_names = 0;  // further names, each an inode of the quota
  Nanoseconds accessed{0};
  Nanoseconds modified{0};
  Nanoseconds changed{0};
  Node* parent = nullptr;  // of a directory that has a name
  std::map<std::uint64_t, Child> children;
  std::map<std::string, std::uint64_t, std::less<>> by_name;
  std::uint64_t next_cookie = 3;  // 1 and 2 are "." and ".."
  std::map<std::uint64_t, std::unique_ptr<Page>> pages;
  std::string target;
};

}  // namespace warrant::memfs
