// SPDX-License-Identifier: Apache-2.0
#include "warrant/memfs/directory.h"

#include <algorithm>

#include "warrant/cap/reason.h"
#include "warrant/memfs/file.h"

namespace warrant::memfs {
namespace {

constexpr char kFamily = 'm';

Error failed(Errc code) noexcept { return Error{code, 0, "directory"}; }

bool is_write_class(const cap::OpenOptions& options) noexcept {
  return options.write || options.create || options.truncate || options.append;
}

}  // namespace

std::unique_ptr<cap::Directory> make_root(const Options& options) {
  auto tree = std::make_shared<Tree>(options);
  NodeRef root = tree->root;
  return std::make_unique<Directory>(std::move(tree), root, root);
}

std::unique_ptr<cap::Directory> make_root_at(cap::Directory& directory) {
  WARRANT_CHECK(directory.family() == Directory::kin());
  return static_cast<Directory&>(directory).as_root();
}

std::unique_ptr<cap::Directory> Directory::as_root() const {
  return std::make_unique<Directory>(tree_, node_, node_);
}

const void* Directory::kin() noexcept { return &kFamily; }

Status Directory::check_write() const {
  if (!tree_->may_write()) return cap::denied(cap::Reason::kReadOnly, "directory");
  return {};
}

Error Directory::refuse_create_slash(cap::GuestPath path) const {
  const auto whole = walk_directory(node_, path.text());
  if (!whole && whole.error().code != Errc::kNoEntry && whole.error().code != Errc::kNotDir) {
    return whole.error();
  }
  const auto parent = walk_directory(node_, path.split_last().parent);
  if (!parent) return parent.error();
  return failed(Errc::kIsDir);
}

Result<NodeRef> Directory::create_file(const NodeRef& parent, const std::string& name) {
  if (parent->is_removed()) return failed(Errc::kNoEntry);
  WARRANT_TRY(auto node, tree_->make_node(cap::FileType::kRegularFile));
  node->links = 1;
  parent->insert(name, node);
  return node;
}

Result<NodeRef> Directory::open_node(cap::GuestPath path, const cap::OpenOptions& options,
                                     Made& made) {
  if (options.create && path.has_trailing_slash()) return refuse_create_slash(path);
  const cap::Symlinks last = options.exclusive ? cap::Symlinks::kNoFollow : options.symlinks;
  WARRANT_TRY(auto found, options.create ? walk_to_create(node_, path.text(), last)
                                         : walk(node_, path.text(), last));
  if (found.node == nullptr) {
    if (!options.create) return failed(Errc::kNoEntry);
    if (found.must_be_directory) return failed(Errc::kIsDir);
    made = Made::kYes;
    return create_file(found.parent, found.name);
  }
  if (options.exclusive) return failed(Errc::kExists);
  if (found.node->is_link()) return failed(options.directory ? Errc::kNotDir : Errc::kLoop);
  return found.node;
}

Result<cap::Opened> Directory::open(cap::GuestPath path, const cap::OpenOptions& options) {
  if (options.directory && (options.create || options.exclusive || options.truncate)) {
    return failed(Errc::kInvalid);
  }
  if (options.exclusive && !options.create) return failed(Errc::kInvalid);
  if (is_write_class(options)) WARRANT_CHECKED(check_write());
  Made made = Made::kNo;
  WARRANT_TRY(auto node, open_node(path, options, made));
  if (node->is_directory()) {
    if (options.create || options.write || options.truncate) return failed(Errc::kIsDir);
    return cap::Opened{nullptr, std::make_unique<Directory>(tree_, std::move(node), root_)};
  }
  if (options.directory) return failed(Errc::kNotDir);
  if (options.write || options.truncate) WARRANT_CHECKED(check_hard_links(*node));
  if (options.truncate) {
    WARRANT_CHECKED(node->resize(0));
    node->touch(tree_->now());
  }
  const FileMode mode{options.read, options.write};
  return cap::Opened{.file = std::make_unique<File>(tree_, std::move(node), mode),
                     .directory = nullptr,
                     .created = made == Made::kYes};
}

Result<cap::FileStat> Directory::stat(cap::GuestPath path, cap::Symlinks symlinks) {
  WARRANT_TRY(auto found, walk(node_, path.text(), symlinks));
  if (found.node == nullptr) return failed(Errc::kNoEntry);
  return found.node->stat();
}

Status Directory::set_times(cap::GuestPath path, cap::Symlinks symlinks,
                            const cap::SetTimes& times) {
  WARRANT_CHECKED(check_write());
  WARRANT_TRY(auto found, walk(node_, path.text(), symlinks));
  if (found.node == nullptr) return failed(Errc::kNoEntry);
  if (!found.node->is_link()) WARRANT_CHECKED(check_hard_links(*found.node));
  return found.node->set_times(times);
}

Status Directory::set_times_self(const cap::SetTimes& times) {
  WARRANT_CHECKED(check_write());
  return node_->set_times(times);
}

Result<std::uint64_t> Directory::read_link(cap::GuestPath path, Buffer to) {
  if (path.has_trailing_slash()) {
    WARRANT_TRY(auto behind, walk_directory(node_, path.text()));
    static_cast<void>(behind);
    return failed(Errc::kInvalid);
  }
  WARRANT_TRY(auto spot, find_spot(path));
  if (spot.node == nullptr) return failed(Errc::kNoEntry);
  if (!spot.node->is_link()) return failed(Errc::kInvalid);
  const std::string& text = spot.node->target;
  const std::uint64_t copied = std::min<std::uint64_t>(text.size(), to.size());
  if (!tree_->options.access->write(
          to, std::as_bytes(std::span(text).first(static_cast<std::size_t>(copied))))) {
    return failed(Errc::kInvalid);
  }
  return copied;
}

Status Directory::list(cap::DirCookie from, cap::EntrySink& sink) {
  const auto start = static_cast<std::uint64_t>(from);
  if (node_->is_removed()) return {};
  if (start < 1 && !sink.accept({".", node_->inode, node_->type, cap::DirCookie{1}})) return {};
  const std::uint64_t above = node_->parent != nullptr ? node_->parent->inode : node_->inode;
  if (start < 2 && !sink.accept({"..", above, node_->type, cap::DirCookie{2}})) return {};
  for (auto at = node_->children.upper_bound(start); at != node_->children.end(); ++at) {
    const Child& child = at->second;
    if (!sink.accept(
            {child.name, child.node->inode, child.node->type, cap::DirCookie{at->first}})) {
      return {};
    }
  }
  return {};
}

}  // namespace warrant::memfs
