// SPDX-License-Identifier: Apache-2.0
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "warrant/cap/guest_path.h"
#include "warrant/cap/reason.h"
#include "warrant/os/errno.h"
#include "warrant/os/resolve.h"

namespace warrant::os {
namespace {

Error escape() noexcept { return cap::denied(cap::Reason::kEscape, "walk"); }
Error failed(int number) noexcept { return error_from_errno(number, "walk"); }

// One resolution. The stack holds the directories below the base; its top is where the next name is
// looked up. `rest_` is the text still to be resolved; a link's text is put in front of it.
class Walk {
 public:
  Walk(const Grant& grant, BorrowedFd base, std::string_view path, const OpenHow& how, Links links)
      : grant_(grant), base_(base), how_(how), links_(links), rest_(path) {}

  Result<OwnedFd> run();

 private:
  enum class Step : std::uint8_t { kOn, kLink };

  BorrowedFd top() const noexcept { return stack_.empty() ? base_ : stack_.back().borrow(); }
  // Takes the next component from rest_; "" when none is left. Slashes after it are dropped and
  // noted: what bears them must be a directory.
  std::string take();
  bool is_last() const noexcept { return rest_.empty(); }
  Status enter(const std::string& name);
  Status push_link(BorrowedFd link);
  Status check_mount(BorrowedFd fd) const;
  Result<OwnedFd> open_here();
  // Nothing in the result: a link was expanded, go on.
  Result<OwnedFd> open_last(const std::string& name);
  int open_flags() const noexcept;

  const Grant& grant_;
  BorrowedFd base_;
  OpenHow how_;
  Links links_;
  std::string rest_;
  enum class Must : std::uint8_t { kAnything, kDirectory } must_ = Must::kAnything;
  std::vector<OwnedFd> stack_;
  std::size_t followed_ = 0;
};

std::string Walk::take() {
  const std::size_t start = rest_.find_first_not_of('/');
  if (start == std::string::npos) {
    rest_.clear();
    return {};
  }
  const std::size_t end = std::min(rest_.find('/', start), rest_.size());
  std::string name = rest_.substr(start, end - start);
  const std::size_t next = rest_.find_first_not_of('/', end);
  if (next == std::string::npos && end != rest_.size()) must_ = Must::kDirectory;
  rest_ = next == std::string::npos ? std::string() : rest_.substr(next);
  return name;
}

Status Walk::check_mount(BorrowedFd fd) const {
  if (grant_.options.cross_mounts) return {};
  struct statx now{};
  if (::statx(fd.number(), "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &now) != 0) {
    return failed(errno);
  }
  if (now.stx_mnt_id != grant_.mount_id || key_of(now).device != grant_.root.device) {
    // Some file systems report several devices in one mount; the mount decides there.
    if (now.stx_mnt_id != grant_.mount_id) return escape();
  }
  return {};
}

Status Walk::push_link(BorrowedFd link) {
  if (links_ == Links::kRefuse || ++followed_ > cap::kMaxLinksFollowed) return failed(ELOOP);
  struct statfs where{};
  if (::fstatfs(link.number(), &where) == 0 && where.f_type == PROC_SUPER_MAGIC) {
    return failed(ELOOP);
  }
  std::array<char, cap::kMaxPathBytes + 1> text __attribute__((uninitialized));
  const ssize_t size = ::readlinkat(link.number(), "", text.data(), text.size());
  if (size < 0) return failed(errno);
  if (size == 0) return failed(ENOENT);
  if (text[0] == '/') return escape();
  std::string target(text.data(), static_cast<std::size_t>(size));
  if (!rest_.empty()) {
    target += '/';
    target += rest_;
  } else if (must_ == Must::kDirectory) {
    target += '/';
  }
  rest_ = std::move(target);
  return {};
}

// A component with more behind it: a directory to stand in, or a link to follow.
Status Walk::enter(const std::string& name) {
  if (name == ".") return {};
  if (name == "..") {
    if (stack_.empty()) return escape();
    stack_.pop_back();
    return {};
  }
  OwnedFd next(::openat(top().number(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!next.is_open()) return failed(errno);
  WARRANT_CHECKED(check_mount(next.borrow()));
  struct stat now{};
  if (::fstat(next.number(), &now) != 0) return failed(errno);
  if (S_ISLNK(now.st_mode)) return push_link(next.borrow());
  if (!S_ISDIR(now.st_mode)) return failed(ENOTDIR);
  stack_.push_back(std::move(next));
  return {};
}

int Walk::open_flags() const noexcept {
  const int added = (how_.flags & O_PATH) != 0 ? O_CLOEXEC : O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  return how_.flags | added | O_NOFOLLOW | (must_ == Must::kDirectory ? O_DIRECTORY : 0);
}

Result<OwnedFd> Walk::open_here() {
  const int creating = how_.flags & O_CREAT;
  if (creating != 0) return failed((how_.flags & O_EXCL) != 0 ? EEXIST : EISDIR);
  OwnedFd opened(::openat(top().number(), ".", open_flags()));
  if (!opened.is_open()) return failed(errno);
  return opened;
}

Result<OwnedFd> Walk::open_last(const std::string& name) {
  // Before the name is looked up, as the kernel does: "name/" of a link's text too.
  if ((how_.flags & O_CREAT) != 0 && must_ == Must::kDirectory) return failed(EISDIR);
  const bool follow = (how_.flags & O_NOFOLLOW) == 0 || must_ == Must::kDirectory;
  const bool exclusive = (how_.flags & O_EXCL) != 0;
  OwnedFd probe(::openat(top().number(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!probe.is_open() && errno != ENOENT) return failed(errno);
  if (probe.is_open()) {
    WARRANT_CHECKED(check_mount(probe.borrow()));
    struct stat now{};
    if (::fstat(probe.number(), &now) != 0) return failed(errno);
    if (S_ISLNK(now.st_mode) && follow && !exclusive) {
      WARRANT_CHECKED(push_link(probe.borrow()));
      return OwnedFd();
    }
  } else if ((how_.flags & O_CREAT) == 0) {
    return failed(ENOENT);
  }
  OwnedFd opened(::openat(top().number(), name.c_str(), open_flags(), how_.mode));
  if (!opened.is_open()) {
    // Swapped for a link since the look: look again, as a link that counts.
    if (errno == ELOOP && follow && ++followed_ <= cap::kMaxLinksFollowed) {
      rest_ = must_ == Must::kDirectory ? name + "/" : name;
      return OwnedFd();
    }
    return failed(errno);
  }
  WARRANT_CHECKED(check_mount(opened.borrow()));
  return opened;
}

Result<OwnedFd> Walk::run() {
  for (;;) {
    WARRANT_CHECKED(grant_.run->check());
    const std::string name = take();
    if (name.empty()) return open_here();
    if (!is_last()) {
      WARRANT_CHECKED(enter(name));
      continue;
    }
    if (name == "." || name == "..") {
      WARRANT_CHECKED(enter(name));
      return open_here();
    }
    WARRANT_TRY(auto opened, open_last(name));
    if (opened.is_open()) return opened;
  }
}

}  // namespace

Result<OwnedFd> resolve_walk(const Grant& grant, BorrowedFd base, std::string_view path,
                             const OpenHow& how, Links links) {
  return Walk(grant, base, path, how, links).run();
}

}  // namespace warrant::os
