// SPDX-License-Identifier: Apache-2.0
#include "warrant/memfs/walk.h"

#include <algorithm>

#include "warrant/cap/guest_path.h"
#include "warrant/cap/reason.h"

namespace warrant::memfs {
namespace {

Error failed(Errc code) noexcept { return Error{code, 0, "walk"}; }

class Walk {
 public:
  Walk(const NodeRef& start, std::string_view path, cap::Symlinks last)
      : stack_{start}, rest_(path), last_(last) {}
  Result<Found> run();
  // Whether the path, or the text of a link that it ends with, names its last component with a
  // slash behind it.
  bool saw_slash_after_last() const noexcept { return saw_slash_after_last_; }

 private:
  std::string take();
  Status follow(const Node& link);
  Status step(const std::string& name);
  Found here(const std::string& name) const {
    return {stack_.back(), name, stack_.back(), stack_.size() - 1, slash_};
  }

  std::vector<NodeRef> stack_;
  std::string rest_;
  cap::Symlinks last_;
  bool slash_ = false;
  bool saw_slash_after_last_ = false;
  std::size_t followed_ = 0;
};

// The next component; "" at the end. A slash after the last one is kept in slash_.
std::string Walk::take() {
  const std::size_t start = rest_.find_first_not_of('/');
  if (start == std::string::npos) {
    rest_.clear();
    return {};
  }
  const std::size_t end = std::min(rest_.find('/', start), rest_.size());
  std::string name = rest_.substr(start, end - start);
  const std::size_t next = rest_.find_first_not_of('/', end);
  if (next == std::string::npos && end != rest_.size()) slash_ = true;
  rest_ = next == std::string::npos ? std::string() : rest_.substr(next);
  return name;
}

Status Walk::follow(const Node& link) {
  const cap::FollowLinks rule = link.tree.options.directory.symlinks;
  if (rule == cap::FollowLinks::kNone || ++followed_ > cap::kMaxLinksFollowed) {
    return failed(Errc::kLoop);
  }
  if (link.target.front() == '/') return cap::denied(cap::Reason::kEscape, "walk");
  rest_ = link.target + (rest_.empty() ? std::string(slash_ ? "/" : "") : "/" + rest_);
  return {};
}

// A component that is not the last, or one that is "." or "..".
Status Walk::step(const std::string& name) {
  if (name == ".") return {};
  if (name == "..") {
    if (stack_.size() == 1) return cap::denied(cap::Reason::kEscape, "walk");
    stack_.pop_back();
    return {};
  }
  NodeRef next = stack_.back()->find(name);
  if (next == nullptr) return failed(Errc::kNoEntry);
  if (next->is_link()) return follow(*next);
  if (!next->is_directory()) return failed(Errc::kNotDir);
  stack_.push_back(std::move(next));
  return {};
}

Result<Found> Walk::run() {
  for (;;) {
    const std::string name = take();
    if (name.empty()) return here(".");
    const bool dots = name == "." || name == "..";
    if (!rest_.empty() || dots) {
      WARRANT_CHECKED(step(name));
      if (rest_.empty() && dots) return here(name);
      continue;
    }
    saw_slash_after_last_ = slash_;
    NodeRef node = stack_.back()->find(name);
    if (node != nullptr && node->is_link() && (slash_ || last_ == cap::Symlinks::kFollow)) {
      WARRANT_CHECKED(follow(*node));
      continue;
    }
    if (node != nullptr && slash_ && !node->is_directory()) return failed(Errc::kNotDir);
    return Found{stack_.back(), name, std::move(node), stack_.size() - 1, slash_};
  }
}

}  // namespace

Result<Found> walk(const NodeRef& start, std::string_view path, cap::Symlinks last) {
  return Walk(start, path, last).run();
}

Result<Found> walk_to_create(const NodeRef& start, std::string_view path, cap::Symlinks last) {
  Walk walk(start, path, last);
  auto found = walk.run();
  if (!found && found.error().code == Errc::kNoEntry && walk.saw_slash_after_last()) {
    return failed(Errc::kIsDir);
  }
  return found;
}

Result<Found> walk_directory(const NodeRef& start, std::string_view path) {
  if (path.empty()) return Found{start, ".", start, 0, false};
  WARRANT_TRY(auto found, walk(start, path, cap::Symlinks::kFollow));
  if (found.node == nullptr) return failed(Errc::kNoEntry);
  if (!found.node->is_directory()) return failed(Errc::kNotDir);
  if (found.node != found.parent) ++found.depth;
  return found;
}

}  // namespace warrant::memfs
