// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/carried_links.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "warrant/cap/link_text.h"
#include "warrant/cap/reason.h"
#include "warrant/os/listing.h"
#include "warrant/os/resolve.h"

namespace warrant::os {
namespace {

constexpr std::size_t kEntriesBetweenChecks = 256;
constexpr std::size_t kMostPendingBytes = 8U << 20;

// A directory that is still to be looked through, as seen from where the search began.
struct Pending {
  std::string path;
  std::size_t depth;
};

class Search final : public cap::EntrySink {
 public:
  explicit Search(const RunFiles& run) noexcept : run_(run) {}

  void add(std::string path, std::size_t depth) {
    pending_bytes_ += path.size();
    pending_.push_back({std::move(path), depth});
  }
  bool is_done() const noexcept { return pending_.empty(); }
  Pending next() {
    Pending taken = std::move(pending_.back());
    pending_.pop_back();
    pending_bytes_ -= taken.path.size();
    return taken;
  }
  Status look_through(const Pending& at, OwnedFd fd) {
    const auto listing = std::unique_ptr<Listing>(new Listing(std::move(fd)));
    at_ = &at;
    fd_ = listing->fd().number();
    WARRANT_CHECKED(listing->list(cap::DirCookie{0}, *this, 0));
    return std::exchange(found_, Status{});
  }

 private:
  bool accept(const cap::Entry& entry) override {
    found_ = judge(entry);
    return found_.has_value();
  }
  Status judge(const cap::Entry& entry) {
    if (entry.name == "." || entry.name == "..") return {};
    if (++seen_ > cap::kMostCarriedEntries) return too_much();
    if (seen_ % kEntriesBetweenChecks == 0) WARRANT_CHECKED(run_.check());
    if (entry.type == cap::FileType::kSymbolicLink) return judge_link(entry.name);
    if (entry.type != cap::FileType::kDirectory) return {};
    const std::size_t size = at_->path.size() + 1 + entry.name.size();
    if (size > cap::kMaxPathBytes || pending_bytes_ + size > kMostPendingBytes) return too_much();
    add(at_->path + "/" + std::string(entry.name), at_->depth + 1);
    return {};
  }
  Status judge_link(std::string_view name) const {
    const std::string terminated(name);
    char text[cap::kMaxPathBytes + 1] __attribute__((uninitialized));
    const ssize_t size = ::readlinkat(fd_, terminated.c_str(), text, sizeof text);
    if (size <= 0 || text[0] == '/') return {};  // gone, or it leads where it led
    if (!cap::climbs_out({text, static_cast<std::size_t>(size)}, at_->depth)) return {};
    return cap::denied(cap::Reason::kLinkTarget, "rename");
  }
  static Error too_much() { return cap::denied(cap::Reason::kLinkTarget, "rename"); }

  const RunFiles& run_;
  std::vector<Pending> pending_;
  std::size_t pending_bytes_ = 0;
  std::size_t seen_ = 0;
  const Pending* at_ = nullptr;  // while it is looked through
  int fd_ = -1;
  Status found_;
};

// Somebody else took it away or put something else there, or something is mounted on it.
bool is_no_part_of_it(const Error& error) noexcept {
  return error.code == Errc::kNoEntry || error.code == Errc::kNotDir || error.code == Errc::kLoop ||
         cap::reason_of(error) == cap::Reason::kEscape;
}

}  // namespace

Status check_carried_links(const Grant& grant, BorrowedFd parent, const char* name,
                           std::size_t depth) {
  Search search(*grant.run);
  search.add(name, depth);
  while (!search.is_done()) {
    WARRANT_CHECKED(grant.run->check());
    const Pending at = search.next();
    auto fd = resolve_without_links(grant, parent, at.path, {.flags = O_RDONLY | O_DIRECTORY});
    if (!fd && is_no_part_of_it(fd.error())) continue;
    if (!fd) return fd.error();
    WARRANT_CHECKED(search.look_through(at, std::move(*fd)));
  }
  return {};
}

}  // namespace warrant::os
