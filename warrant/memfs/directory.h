// SPDX-License-Identifier: Apache-2.0
#pragma once
// cap::Directory on a node in memory. Answers as os::Directory does; tests/contract holds both to
// the same table. Spec: filesystem.md sections 6, 8, 9, 12.
#include "warrant/cap/directory.h"
#include "warrant/memfs/node.h"
#include "warrant/memfs/walk.h"

namespace warrant::memfs {

class Directory final : public cap::Directory {
 public:
  // `root` is what was granted: the node itself or one above it.
  Directory(TreeRef tree, NodeRef node, NodeRef root) noexcept
      : tree_(std::move(tree)), node_(std::move(node)), root_(std::move(root)) {}

  Result<cap::Opened> open(cap::GuestPath path, const cap::OpenOptions& options) override;
  Result<cap::FileStat> stat(cap::GuestPath path, cap::Symlinks symlinks) override;
  Result<cap::FileStat> stat_self() override { return node_->stat(); }
  Status set_times(cap::GuestPath path, cap::Symlinks symlinks,
                   const cap::SetTimes& times) override;
  Status set_times_self(const cap::SetTimes& times) override;
  Status create_directory(cap::GuestPath path) override;
  Status remove_directory(cap::GuestPath path) override;
  Status unlink_file(cap::GuestPath path) override;
  Result<cap::Renamed> rename(cap::GuestPath from, cap::Directory& to,
                              cap::GuestPath name) override;
  Status link(cap::GuestPath from, cap::Directory& to, cap::GuestPath name) override;
  Status symlink(std::string_view target, cap::GuestPath name) override;
  Result<std::uint64_t> read_link(cap::GuestPath path, Buffer to) override;
  Status list(cap::DirCookie from, cap::EntrySink& sink) override;
  Status sync() override { return {}; }
  Status sync_data() override { return {}; }
  cap::GrantIndex grant() const noexcept override { return tree_->options.grant; }
  const void* family() const noexcept override { return kin(); }
  static const void* kin() noexcept;

  std::unique_ptr<cap::Directory> as_root() const;
  Status plant_link_unchecked(std::string_view target, std::string_view name);

 private:
  // The last component and what holds it; the name is never "..".
  struct Spot {
    NodeRef parent;
    std::string name;
    NodeRef node;
    std::size_t depth = 0;
    bool must_be_directory = false;
    bool is_dot() const noexcept { return name == "."; }
  };

  Status check_write() const;
  Result<Spot> find_spot(cap::GuestPath path) const;
  enum class Made : std::uint8_t { kNo, kYes };  // by this call
  Result<NodeRef> open_node(cap::GuestPath path, const cap::OpenOptions& options, Made& made);
  Result<NodeRef> create_file(const NodeRef& parent, const std::string& name);
  Error refuse_create_slash(cap::GuestPath path) const;
  Result<Directory*> same_grant(cap::Directory& other) const;
  Status make_link(const NodeRef& parent, std::string_view target, std::string_view name);
  Status check_new_place(const Spot& source, const Directory& target, const Spot& place) const;
  Status check_link_target(std::string_view target, std::size_t depth) const;

  TreeRef tree_;  // before the node: it is what the node gives back to
  NodeRef node_;
  NodeRef root_;
};

}  // namespace warrant::memfs
