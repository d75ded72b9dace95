// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/control_group.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <vector>

#include "warrant/os/after_exit.h"
#include "warrant/os/errno.h"

namespace warrant::os {
namespace {

constexpr std::size_t kMostText = 64U << 10;
constexpr int kRemovals = 200;  // attempts, ten milliseconds apart

std::string read_text(int directory, const char* name) {
  const OwnedFd file(::openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  std::string text;
  std::array<char, 4096> piece;
  while (file.is_open() && text.size() < kMostText) {
    const ssize_t got = ::read(file.number(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  return text;
}

// In one write, as the kernel wants it. It makes no files here by itself: creating one fails.
bool write_text(int directory, const char* name, std::string_view text) noexcept {
  const OwnedFd file(::openat(directory, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  return file.is_open() &&
         ::write(file.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

bool has_word(std::string_view text, std::string_view word) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    if (text.substr(0, end) == word) return true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

// The line of version 2 is "0::/PATH". A path out of what is mounted begins with "/..".
std::optional<std::string> group_of_text(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (line.starts_with("0::/")) {
      if (line.find("/..") != std::string_view::npos) return std::nullopt;
      return std::string(line.substr(3));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

// As the manager of services marks what it leaves to others.
bool is_marked(int directory) noexcept {
  for (const char* name : {"trusted.delegate", "user.delegate"}) {
    char value = 0;
    if (::fgetxattr(directory, name, &value, 1) == 1 && value == '1') return true;
  }
  return false;
}

enum class Changed : std::uint8_t { kNo, kMayBe };

// Whether the children of a group have what `bounds` needs.
bool controls(int directory, const GroupBounds& bounds, Changed changed) {
  if (bounds.memory == kUnbounded) return true;
  if (has_word(read_text(directory, "cgroup.subtree_control"), "memory")) return true;
  return changed == Changed::kMayBe &&
         write_text(directory, "cgroup.subtree_control", "+memory +pids") &&
         has_word(read_text(directory, "cgroup.subtree_control"), "memory");
}

OwnedFd open_group(const std::string& path) noexcept {
  return OwnedFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

std::string number_or_max(std::uint64_t number) {
  return number == kUnbounded ? "max" : std::to_string(number);
}

}  // namespace

bool counts_a_kill(std::string_view memory_events) noexcept {
  constexpr std::string_view kLine = "\noom_kill ";
  const std::size_t at = memory_events.find(kLine);
  if (at == std::string_view::npos) return false;
  const std::string_view count = memory_events.substr(at + kLine.size());
  return !count.empty() && count.front() >= '1' && count.front() <= '9';
}

GroupPlaces group_places(Ambient) {
  for (const char* mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    struct statfs found{};
    if (::statfs(mount, &found) == 0 && found.f_type == CGROUP2_SUPER_MAGIC) {
      return {mount, "/proc/self/cgroup"};
    }
  }
  return {};
}

bool ControlGroup::bound(const GroupBounds& bounds) noexcept {
  const int at = directory_.number();
  if (bounds.memory != kUnbounded) {
    if (!write_text(at, "memory.max", number_or_max(bounds.memory))) return false;
    if (!write_text(at, "memory.oom.group", "1")) return false;
    // Where nothing is swapped there is no such file.
    if (!write_text(at, "memory.swap.max", "0") && errno != ENOENT && errno != EACCES &&
        errno != EPERM) {
      return false;
    }
  }
  events_ = OwnedFd(::openat(at, "memory.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  // Of its own accord, where the controller is there.
  if (bounds.processes != kUnbounded) {
    (void)write_text(at, "pids.max", number_or_max(bounds.processes));
  }
  return true;
}

std::optional<ControlGroup> ControlGroup::make(Ambient, const GroupPlaces& places,
                                               const GroupBounds& bounds) {
  if (places.mount.empty()) return std::nullopt;
  const auto own = group_of_text(read_text(AT_FDCWD, places.membership.c_str()));
  if (!own) return std::nullopt;
  const std::string here = places.mount + (*own == "/" ? "" : *own);
  const std::string above = *own == "/" ? "" : here.substr(0, here.rfind('/'));
  for (const std::string& candidate : {here, above}) {
    const OwnedFd parent = candidate.empty() ? OwnedFd() : open_group(candidate);
    if (!parent.is_open()) continue;
    const bool marked = is_marked(parent.number());
    if (candidate != here && !marked) continue;
    if (!controls(parent.number(), bounds, marked ? Changed::kMayBe : Changed::kNo)) continue;
    const std::string name = "warrant-" + std::to_string(::getpid());
    (void)::unlinkat(parent.number(), name.c_str(), AT_REMOVEDIR);  // of an earlier process
    if (::mkdirat(parent.number(), name.c_str(), 0755) != 0) continue;
    std::string path = candidate;
    path.append("/").append(name);
    OwnedFd directory = open_group(path);
    ControlGroup made(std::move(directory), std::move(path));
    if (made.directory_.is_open() && made.bound(bounds)) return made;
    (void)made.remove().has_value();
  }
  return std::nullopt;
}

bool ControlGroup::take(pid_t process) noexcept {
  const std::string number = std::to_string(process);
  return write_text(directory_.number(), "cgroup.procs", number) &&
         has_word(read_text(directory_.number(), "cgroup.procs"), number);
}

bool ControlGroup::was_killed_for_memory() const noexcept {
  std::array<char, 512> text;
  const ssize_t got =
      events_.is_open() ? ::pread(events_.number(), text.data(), text.size(), 0) : ssize_t{0};
  return counts_a_kill({text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))});
}

Status ControlGroup::remove() noexcept {
  if (::rmdir(path_.c_str()) != 0) return error_from_errno(errno, "cgroup");
  return {};
}

Status ControlGroup::remove_after_exit(Ambient ambient) {
  return do_after_exit(
      ambient,
      [](void* self) {
        auto& group = *static_cast<ControlGroup*>(self);
        for (int i = 0; i < kRemovals && !group.remove(); ++i) {
          const timespec moment{0, 10'000'000};
          (void)::nanosleep(&moment, nullptr);
        }
      },
      this);
}

}  // namespace warrant::os
