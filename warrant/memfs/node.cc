// SPDX-License-Identifier: Apache-2.0
#include "warrant/memfs/node.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace warrant::memfs {

Tree::Tree(const Options& from)
    : options(from),
      accounting(from.accounting != nullptr
                     ? from.accounting
                     : std::make_shared<cap::Accounting>(from.directory.quota)) {
  // The root is the host's, not the guest's: it costs nothing.
  root = std::make_shared<Node>(*this, cap::FileType::kDirectory, next_inode++);
  root->links = 2;
  root->accessed = root->modified = root->changed = now();
}

// Level by level, because a tree may be deeper than the stack.
Tree::~Tree() {
  std::vector<NodeRef> rest;
  rest.push_back(std::move(root));
  while (!rest.empty()) {
    const NodeRef node = std::move(rest.back());
    rest.pop_back();
    for (auto& [cookie, child] : node->children) rest.push_back(std::move(child.node));
    node->children.clear();
  }
}

Nanoseconds Tree::now() const {
  if (options.clock == nullptr) return Nanoseconds{0};
  const auto time = options.clock->now(cap::ClockId::kWall);
  return time ? *time : Nanoseconds{0};
}

Result<NodeRef> Tree::make_node(cap::FileType type) {
  WARRANT_CHECKED(accounting->reserve_inode());
  if (const Status reserved = accounting->reserve_bytes(kInodeBytes); !reserved) {
    accounting->credit_inode();
    return reserved.error();
  }
  auto node = std::make_shared<Node>(*this, type, next_inode++);
  node->accessed = node->modified = node->changed = now();
  return node;
}

Node::~Node() {
  if (inode == 1) return;
  tree.accounting->credit_bytes(kInodeBytes + size);
  tree.accounting->credit_inode();
}

cap::FileStat Node::stat() const {
  return {.device = tree.options.device,
          .inode = inode,
          .type = type,
          .links = links,
          .size = size,
          .accessed = accessed,
          .modified = modified,
          .changed = changed};
}

Status Node::set_times(const cap::SetTimes& times) {
  const Nanoseconds now = tree.now();
  const auto apply = [now](const cap::SetTime& time, Nanoseconds& to) {
    if (time.kind == cap::SetTime::Kind::kNow) to = now;
    if (time.kind == cap::SetTime::Kind::kValue) to = time.value;
  };
  apply(times.accessed, accessed);
  apply(times.modified, modified);
  changed = now;
  return {};
}

NodeRef Node::find(std::string_view name) const {
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : children.at(found->second).node;
}

void Node::insert(std::string_view name, const NodeRef& node) {
  const std::uint64_t cookie = next_cookie++;
  by_name.emplace(name, cookie);
  children.emplace(cookie, Child{std::string(name), node});
  const Nanoseconds now = tree.now();
  touch(now);
  node->changed = now;
  if (node->is_directory()) {
    node->parent = this;
    ++links;
  }
}

void Node::erase(std::string_view name) {
  const auto found = by_name.find(name);
  const auto child = children.find(found->second);
  const NodeRef node = std::move(child->second.node);
  by_name.erase(found);
  children.erase(child);
  const Nanoseconds now = tree.now();
  touch(now);
  node->changed = now;
  if (node->is_directory()) {
    node->parent = nullptr;
    --links;
  }
}

Status Node::resize(std::uint64_t to) {
  if (to > size) {
    WARRANT_CHECKED(tree.accounting->check_file_size(to));
    WARRANT_CHECKED(tree.accounting->reserve_bytes(to - size));
  } else {
    tree.accounting->credit_bytes(size - to);
    pages.erase(pages.lower_bound((to + kPageBytes - 1) / kPageBytes), pages.end());
    // What lies behind the new end reads as zero when the file grows again.
    const auto last = pages.find(to / kPageBytes);
    if (last != pages.end()) {
      const auto from = static_cast<std::ptrdiff_t>(to % kPageBytes);
      std::fill(last->second->begin() + from, last->second->end(), std::byte{0});
    }
  }
  size = to;
  return {};
}

}  // namespace warrant::memfs
