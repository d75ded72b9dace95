// SPDX-License-Identifier: Apache-2.0
// The implementation of loading.h that loads nothing.
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "warrant/os/errno.h"
#include "warrant/os/fd.h"
#include "warrant/os/loading.h"

namespace warrant::os {
namespace {

constexpr std::size_t kRecordSpace = 16U << 10;
constexpr gid_t kNobody = 65534;  // what stands for all that have no number here

struct Start {
  char** words = nullptr;
  ClosedStreams closed{};
  bool may_become = false;
  Error failed{Errc::kNotSupported, 0, "execve"};  // why it became no other
};
constinit Start start;

// This program's file, links resolved; empty: nobody knows.
std::string own_path() {
  std::array<char, PATH_MAX> path{};
  if (::realpath("/proc/self/exe", path.data()) == nullptr &&
      ::realpath(std::bit_cast<const char*>(::getauxval(AT_EXECFN)), path.data()) == nullptr) {
    return {};
  }
  return path.data();
}

std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

// Nobody may have put it there who could not have replaced this program. In a namespace of users
// all strangers look like one user and one group, so each step is asked for, from the first
// directory on.
bool is_ours(const OwnedFd& step, const struct stat& own) noexcept {
  struct stat found{};
  if (::fstat(step.number(), &found) != 0) return false;
  if (found.st_uid != 0 && found.st_uid != own.st_uid) return false;
  if ((found.st_mode & S_IWOTH) != 0) return false;
  const bool same_team =
      found.st_gid == own.st_gid && found.st_gid != kNobody && (own.st_mode & S_IWGRP) != 0;
  return (found.st_mode & S_IWGRP) == 0 || same_team;
}

// Each step from the parent of this program's directory, no link followed.
Status judge(const std::string& parent, std::string_view way, const struct stat& own) {
  OwnedFd at(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (at.is_open() && !is_ours(at, own)) return Error{Errc::kNotCapable, 0, "open"};
  while (at.is_open() && !way.empty()) {
    const std::size_t slash = way.find('/');
    const std::string step(way.substr(0, slash));
    way = slash == std::string_view::npos ? std::string_view() : way.substr(slash + 1);
    OwnedFd next(::openat(at.number(), step.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!next.is_open()) break;
    if (!is_ours(next, own)) return Error{Errc::kNotCapable, 0, "open"};
    if (way.empty()) return {};
    at = std::move(next);
  }
  return error_from_errno(errno, "open");
}

// The streams that were closed are closed for it, too.
[[nodiscard]] Error become(Ambient ambient, const char* path) noexcept {
  for (int number = 0; number < 3; ++number) {
    if (start.closed[static_cast<std::size_t>(number)]) (void)::close(number);
  }
  (void)::execve(path, start.words, environ);
  const Error failed = error_from_errno(errno, "execve");
  (void)hold_standard_descriptors(ambient);
  return failed;
}

Error become_other(Ambient ambient) {
  const std::string self = own_path();
  struct stat own{};
  if (self.empty() || ::stat(self.c_str(), &own) != 0) return error_from_errno(errno, "stat");
  constexpr std::string_view kUp = "../";
  const std::string parent = directory_of(directory_of(self)) + "/";
  const std::string_view way = std::string_view(kLoadingProgram).substr(kUp.size());
  WARRANT_CHECKED(judge(parent, way, own));
  return become(ambient, (parent + std::string(way)).c_str());
}

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { (void)std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

std::string_view without_blanks(std::string_view text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text;
}

// nsswitch.conf(5): where there is no line for users, files are asked.
bool files_come_first() {
  const File file(std::fopen("/etc/nsswitch.conf", "re"));
  std::array<char, 512> read{};
  constexpr std::string_view kUsers = "passwd";
  while (file && std::fgets(read.data(), read.size(), file.get()) != nullptr) {
    std::string_view line = without_blanks(read.data());
    if (!line.starts_with(kUsers)) continue;
    line = without_blanks(line.substr(kUsers.size()));
    if (!line.starts_with(':')) continue;
    line = without_blanks(line.substr(1));
    return line.substr(0, line.find_first_of(" \t\n[")) == "files";
  }
  return true;
}

}  // namespace

void keep_start(Ambient, char** words, const ClosedStreams& closed) noexcept {
  start.words = words;
  start.closed = closed;
  start.may_become = true;
}

void stay(Ambient) noexcept { start.may_become = false; }

Status load_from_here(Ambient ambient) noexcept {
  if (start.may_become) start.failed = become_other(ambient);
  return start.failed;
}

void* load_library(Ambient, const char*) noexcept { return nullptr; }
void* find_symbol(Ambient, void*, const char*) noexcept { return nullptr; }

// Whoever stands in the system's own file, where that is asked first, is asked for nowhere else.
std::string passwd_home(Ambient ambient) {
  const File file(std::fopen(files_come_first() ? "/etc/passwd" : "/dev/null", "re"));
  std::array<char, kRecordSpace> space{};
  passwd person{};
  passwd* found = nullptr;
  while (file && ::fgetpwent_r(file.get(), &person, space.data(), space.size(), &found) == 0) {
    // Lines that call for other sources.
    if (person.pw_dir == nullptr || *person.pw_name == '+' || *person.pw_name == '-') continue;
    if (person.pw_uid == ::geteuid()) return *person.pw_dir == '/' ? person.pw_dir : "";
  }
  (void)load_from_here(ambient);
  return {};
}

bool is_private_group(Ambient ambient, std::uint32_t, std::uint32_t) {
  (void)load_from_here(ambient);
  return false;
}

}  // namespace warrant::os
