// SPDX-License-Identifier: Apache-2.0
#include <utility>
#include <vector>

#include "warrant/cap/link_text.h"
#include "warrant/cap/reason.h"
#include "warrant/memfs/directory.h"

namespace warrant::memfs {
namespace {

Error failed(Errc code) noexcept { return Error{code, 0, "directory"}; }

bool is_beneath(const Node* inner, const Node& outer) noexcept {
  while (inner != nullptr && inner != &outer) inner = inner->parent;
  return inner == &outer;
}

// How many steps up it is to `root`; a denial where the way does not lead there any more.
Result<std::size_t> depth_below(const Node& root, const Node& node) {
  if (node.is_removed()) return failed(Errc::kNoEntry);  // there is no way up from it
  std::size_t depth = 0;
  for (const Node* at = &node; at != nullptr; at = at->parent, ++depth) {
    if (at == &root) return depth;
  }
  return cap::denied(cap::Reason::kLinkTarget, "rename");
}

// kLinkTarget where a link in `moved` would climb out, its entries being `depth` levels deep.
Status check_carried_links(const Node& moved, std::size_t depth) {
  std::vector<std::pair<const Node*, std::size_t>> pending{{&moved, depth}};
  std::size_t seen = 0;
  while (!pending.empty()) {
    const auto [node, level] = pending.back();
    pending.pop_back();
    for (const auto& [cookie, child] : node->children) {
      const Node& each = *child.node;
      const bool climbs =
          each.is_link() && each.target.front() != '/' && cap::climbs_out(each.target, level);
      if (climbs || ++seen > cap::kMostCarriedEntries) {
        return cap::denied(cap::Reason::kLinkTarget, "rename");
      }
      if (each.is_directory()) pending.emplace_back(&each, level + 1);
    }
  }
  return {};
}

// A name of the node is gone.
void drop_name(Node& node) {
  if (node.is_directory()) {
    node.links = 0;
    return;
  }
  --node.links;
  if (node.charged_names > 0) {
    --node.charged_names;
    node.tree.accounting->credit_inode();
  }
}

}  // namespace

Result<Directory::Spot> Directory::find_spot(cap::GuestPath path) const {
  const auto split = path.split_last();
  if (split.last == "..") {
    WARRANT_TRY(auto whole, walk_directory(node_, path.text()));
    static_cast<void>(whole);
    return failed(Errc::kInvalid);
  }
  WARRANT_TRY(auto parent, walk_directory(node_, split.parent));
  Spot spot{parent.node, std::string(split.last), nullptr, parent.depth, split.must_be_directory};
  spot.node = spot.is_dot() ? spot.parent : spot.parent->find(spot.name);
  return spot;
}

Status Directory::create_directory(cap::GuestPath path) {
  WARRANT_CHECKED(check_write());
  WARRANT_TRY(auto spot, find_spot(path));
  if (spot.node != nullptr) return failed(Errc::kExists);
  if (spot.parent->is_removed()) return failed(Errc::kNoEntry);
  WARRANT_TRY(auto made, tree_->make_node(cap::FileType::kDirectory));
  made->links = 2;
  spot.parent->insert(spot.name, made);
  return {};
}

Status Directory::remove_directory(cap::GuestPath path) {
  WARRANT_CHECKED(check_write());
  WARRANT_TRY(auto spot, find_spot(path));
  if (spot.is_dot()) return failed(Errc::kInvalid);
  if (spot.node == nullptr) return failed(Errc::kNoEntry);
  if (!spot.node->is_directory()) return failed(Errc::kNotDir);
  if (!spot.node->children.empty()) return failed(Errc::kNotEmpty);
  spot.parent->erase(spot.name);
  drop_name(*spot.node);
  return {};
}

Status Directory::unlink_file(cap::GuestPath path) {
  WARRANT_CHECKED(check_write());
  WARRANT_TRY(auto spot, find_spot(path));
  if (spot.node == nullptr) return failed(Errc::kNoEntry);
  if (spot.node->is_directory()) return failed(Errc::kIsDir);
  if (spot.must_be_directory) return failed(Errc::kNotDir);
  spot.parent->erase(spot.name);
  drop_name(*spot.node);
  return {};
}

Result<Directory*> Directory::same_grant(cap::Directory& other) const {
  if (other.family() != family()) return failed(Errc::kCrossDevice);
  auto* ours = static_cast<Directory*>(&other);
  if (ours->tree_ == tree_) return ours;
  if (!ours->tree_->may_write()) return cap::denied(cap::Reason::kReadOnly, "two grants");
  return failed(Errc::kCrossDevice);
}

// As os::Directory does.
Status Directory::check_new_place(const Spot& source, const Directory& target,
                                  const Spot& place) const {
  if (source.parent == place.parent) return {};
  if (!source.node->is_link() && !source.node->is_directory()) return {};
  WARRANT_TRY(const std::size_t then, depth_below(*target.root_, *place.parent));
  if (source.node->is_link()) return check_link_target(source.node->target, then);
  WARRANT_TRY(const std::size_t now, depth_below(*root_, *source.parent));
  if (target.root_ == root_ && then >= now) return {};
  return check_carried_links(*source.node, then + 1);
}

Result<cap::Renamed> Directory::rename(cap::GuestPath from, cap::Directory& to,
                                       cap::GuestPath name) {
  WARRANT_CHECKED(check_write());
  WARRANT_TRY(Directory * target, same_grant(to));
  WARRANT_TRY(auto source, find_spot(from));
  WARRANT_TRY(auto place, target->find_spot(name));
  if (source.node == nullptr) return failed(Errc::kNoEntry);
  const bool directory = source.node->is_directory();
  if ((source.must_be_directory || place.must_be_directory) && !directory) {
    return failed(Errc::kNotDir);
  }
  if (source.is_dot() || place.is_dot()) return failed(Errc::kBusy);
  WARRANT_CHECKED(check_new_place(source, *target, place));
  if (place.parent->is_removed()) return failed(Errc::kNoEntry);
  if (directory && is_beneath(place.parent.get(), *source.node)) return failed(Errc::kInvalid);
  if (place.node == source.node) return cap::Renamed::kUnchanged;
  const bool replaces = place.node != nullptr;
  if (replaces) {
    if (is_beneath(source.parent.get(), *place.node)) return failed(Errc::kNotEmpty);
    if (directory && !place.node->is_directory()) return failed(Errc::kNotDir);
    if (!directory && place.node->is_directory()) return failed(Errc::kIsDir);
    if (!place.node->children.empty()) return failed(Errc::kNotEmpty);
    place.parent->erase(place.name);
    drop_name(*place.node);
  }
  source.parent->erase(source.name);
  place.parent->insert(place.name, source.node);
  return replaces ? cap::Renamed::kReplaced : cap::Renamed::kMoved;
}

Status Directory::link(cap::GuestPath from, cap::Directory& to, cap::GuestPath name) {
  WARRANT_CHECKED(check_write());
  WARRANT_TRY(Directory * target, same_grant(to));
  WARRANT_TRY(auto source, find_spot(from));
  WARRANT_TRY(auto place, target->find_spot(name));
  if (source.node == nullptr) return failed(Errc::kNoEntry);
  if (source.node->is_directory()) return failed(Errc::kNotPermitted);
  if (source.must_be_directory) return failed(Errc::kNotDir);
  if (!place.must_be_directory) WARRANT_CHECKED(check_new_place(source, *target, place));
  if (place.node != nullptr) {
    const bool slash_on_other = place.must_be_directory && !place.node->is_directory();
    return failed(slash_on_other ? Errc::kNotDir : Errc::kExists);
  }
  if (place.must_be_directory || place.parent->is_removed()) return failed(Errc::kNoEntry);
  WARRANT_CHECKED(tree_->accounting->reserve_inode());
  ++source.node->links;
  ++source.node->charged_names;
  place.parent->insert(place.name, source.node);
  return {};
}

Status Directory::check_link_target(std::string_view target, std::size_t depth) const {
  if (tree_->options.directory.create_symlinks == cap::CreateSymlinks::kNone ||
      target.front() == '/' || cap::climbs_out(target, depth)) {
    return cap::denied(cap::Reason::kLinkTarget, "symlink");
  }
  return {};
}

Status Directory::symlink(std::string_view target, cap::GuestPath name) {
  WARRANT_CHECKED(check_write());
  if (target.empty()) return failed(Errc::kNoEntry);
  if (target.find('\0') != std::string_view::npos) return failed(Errc::kInvalid);
  if (target.size() > cap::kMaxPathBytes) return failed(Errc::kNameTooLong);
  // What the text or the grant alone forbids is a denial even where the name leads nowhere.
  const bool makes_none = tree_->options.directory.create_symlinks == cap::CreateSymlinks::kNone;
  if (makes_none || target.front() == '/') WARRANT_CHECKED(check_link_target(target, 0));
  WARRANT_TRY(auto spot, find_spot(name));
  WARRANT_CHECKED(check_link_target(target, spot.depth));
  if (spot.node != nullptr) {
    const bool slash_on_other = spot.must_be_directory && !spot.node->is_directory();
    return failed(slash_on_other ? Errc::kNotDir : Errc::kExists);
  }
  if (spot.must_be_directory || spot.parent->is_removed()) return failed(Errc::kNoEntry);
  return make_link(spot.parent, target, spot.name);
}

Status Directory::make_link(const NodeRef& parent, std::string_view target, std::string_view name) {
  WARRANT_TRY(auto node, tree_->make_node(cap::FileType::kSymbolicLink));
  WARRANT_CHECKED(tree_->accounting->reserve_bytes(target.size()));
  node->links = 1;
  node->size = target.size();
  node->target = target;
  parent->insert(name, node);
  return {};
}

Status Directory::plant_link_unchecked(std::string_view target, std::string_view name) {
  if (target.empty() || node_->find(name) != nullptr) return failed(Errc::kExists);
  return make_link(node_, target, name);
}

Status plant_link_unchecked(cap::Directory& root, std::string_view target, std::string_view name) {
  if (root.family() != Directory::kin()) return failed(Errc::kInvalid);
  return static_cast<Directory&>(root).plant_link_unchecked(target, name);
}

}  // namespace warrant::memfs
