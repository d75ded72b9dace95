// SPDX-License-Identifier: Apache-2.0
#pragma once
// cap::File on a node in memory: pages, holes that read as zero, one copy between page and Buffer.
#include "warrant/cap/file.h"
#include "warrant/memfs/node.h"

namespace warrant::memfs {

struct FileMode {
  bool read = false;
  bool write = false;
};

class File final : public cap::File {
 public:
  File(TreeRef tree, NodeRef node, FileMode mode) noexcept
      : tree_(std::move(tree)), node_(std::move(node)), mode_(mode) {}

  Result<std::uint64_t> read_at(std::span<const Buffer> to, cap::FileOffset at) override;
  Result<std::uint64_t> write_at(std::span<const Buffer> from, cap::FileOffset at,
                                 cap::WriteSync sync) override;
  Result<std::uint64_t> append(std::span<const Buffer> from, cap::WriteSync sync) override;
  Result<cap::FileStat> stat() override { return node_->stat(); }
  Status set_size(std::uint64_t size) override;
  Status set_times(const cap::SetTimes& times) override;
  Status allocate(std::uint64_t at, std::uint64_t length) override;
  Status advise(std::uint64_t at, std::uint64_t length, cap::Advice advice) override;
  Status sync() override { return {}; }
  Status sync_data() override { return {}; }
  cap::GrantIndex grant() const noexcept override { return tree_->options.grant; }

 private:
  Status check_write() const;
  bool read_piece(const Buffer& to, std::uint64_t at);
  bool write_piece(const Buffer& from, std::uint64_t at);

  TreeRef tree_;  // before the node: it is what the node gives back to
  NodeRef node_;
  FileMode mode_;
};

// kHardLink where the grant's rule forbids changing a file with several names.
Status check_hard_links(const Node& node);

}  // namespace warrant::memfs
