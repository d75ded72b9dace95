// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/trusted_file.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <vector>

#include "warrant/os/errno.h"
#include "warrant/os/fd.h"
#include "warrant/os/loading.h"

namespace warrant::os {
namespace {

constexpr int kMaxLinks = 40;

// One way from the root to a file, on handles.
class Way {
 public:
  Way(std::string path, const Judge& judge, TrustReport& report)
      : path_(std::move(path)),
        judge_(judge),
        report_(report),
        only_administrator_(path_.starts_with("/etc/")) {}

  Result<OwnedFd> open(std::uint64_t most);

 private:
  Error refuse(Errc code, std::string why, std::string fix) {
    report_ = {"\"" + path_ + "\": " + std::move(why), std::move(fix)};
    return Error{code, 0, "trusted file"};
  }
  Error failed(int number) {
    const Errc code = from_errno(number);
    if (number == ENOENT) return refuse(code, "it does not exist", "check the name");
    if (number == EACCES || number == EPERM) {
      return refuse(code, "it may not be read here",
                    "make it, and the directories on the way, readable for this user");
    }
    if (number == ELOOP) return refuse(code, "too many links lead to it", "name the file itself");
    if (number == ENOTDIR) {
      return refuse(code, "a part of its name is not a directory", "check the name");
    }
    return refuse(code, "it cannot be read", "check the name and the disk");
  }
  Status check_writers(const struct stat& now, std::string_view what, const std::string& shown);
  Status enter(OwnedFd fd, const std::string& name);
  Status follow(const OwnedFd& link);
  Result<OwnedFd> finish(const std::string& name, std::uint64_t most);
  std::string shown() const {
    std::string text;
    for (const std::string& name : names_) text += "/" + name;
    return text.empty() ? "/" : text;
  }
  void expect(std::string_view path);

  const std::string path_;
  const Judge& judge_;
  TrustReport& report_;
  const bool only_administrator_;
  std::vector<OwnedFd> at_;         // the directories from the root on
  std::vector<std::string> names_;  // of all but the root
  std::vector<std::string> ahead_;  // components to come, the next one last
  int links_ = 0;
};

Status Way::check_writers(const struct stat& now, std::string_view what, const std::string& shown) {
  const bool owner_counts =
      now.st_uid == judge_.administrator || (now.st_uid == judge_.user && !only_administrator_);
  const std::string subject = std::string(what) + (shown.empty() ? "" : " " + shown);
  if (!owner_counts) {
    return refuse(Errc::kNotCapable,
                  subject + " belongs to user " + std::to_string(now.st_uid) +
                      (only_administrator_ ? ", and beneath /etc only root decides"
                                           : ", and neither to you nor to root"),
                  "give it to its rightful owner with chown, or use a file of your own");
  }
  const bool sticky = S_ISDIR(now.st_mode) && (now.st_mode & S_ISVTX) != 0;
  if (sticky) return {};
  const std::string target = shown.empty() ? path_ : shown;
  if ((now.st_mode & S_IWOTH) != 0) {
    return refuse(Errc::kNotCapable, subject + " is writable by everybody", "chmod o-w " + target);
  }
  if ((now.st_mode & S_IWGRP) != 0 &&
      !(judge_.is_private_group && judge_.is_private_group(now.st_gid))) {
    return refuse(Errc::kNotCapable,
                  subject + " is writable by group " + std::to_string(now.st_gid) +
                      ", which is not yours alone",
                  "chmod g-w " + target);
  }
  return {};
}

Status Way::enter(OwnedFd fd, const std::string& name) {
  struct stat now{};
  if (::fstat(fd.number(), &now) != 0) return failed(errno);
  if (!name.empty()) names_.push_back(name);
  WARRANT_CHECKED(check_writers(now, "the directory", shown()));
  at_.push_back(std::move(fd));
  return {};
}

void Way::expect(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (!part.empty() && part != ".") parts.emplace_back(part);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  ahead_.insert(ahead_.end(), parts.rbegin(), parts.rend());
}

Status Way::follow(const OwnedFd& link) {
  if (++links_ > kMaxLinks) return failed(ELOOP);
  struct stat holder{};
  struct stat now{};
  if (::fstat(at_.back().number(), &holder) != 0 || ::fstat(link.number(), &now) != 0) {
    return failed(errno);
  }
  // In a directory that others may write, they may place links.
  if ((holder.st_mode & (S_IWOTH | S_IWGRP)) != 0 && now.st_uid != judge_.user &&
      now.st_uid != judge_.administrator) {
    return refuse(
        Errc::kNotCapable,
        "a link on the way, in " + shown() + ", belongs to user " + std::to_string(now.st_uid),
        "name the file that it leads to");
  }
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlinkat(link.number(), "", target.data(), target.size());
  if (size < 0) return failed(errno);
  const std::string_view text(target.data(), static_cast<std::size_t>(size));
  if (text.starts_with('/')) {
    at_.resize(1);
    names_.clear();
  }
  expect(text);
  return {};
}

Result<OwnedFd> Way::finish(const std::string& name, std::uint64_t most) {
  OwnedFd file(::openat(at_.back().number(), name.c_str(),
                        O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.is_open()) return failed(errno);
  struct stat now{};
  if (::fstat(file.number(), &now) != 0) return failed(errno);
  if (S_ISDIR(now.st_mode)) return refuse(Errc::kIsDir, "it is a directory", "name a file in it");
  if (!S_ISREG(now.st_mode)) {
    return refuse(Errc::kNotSupported, "it is no regular file", "write it to a file first");
  }
  WARRANT_CHECKED(check_writers(now, "it", {}));
  if (static_cast<std::uint64_t>(now.st_size) > most) {
    return refuse(Errc::kFileTooBig, "it is larger than " + std::to_string(most) + " bytes",
                  "no such document is that long; is it the right file?");
  }
  return file;
}

Result<OwnedFd> Way::open(std::uint64_t most) {
  if (path_.find('\0') != std::string::npos) {
    return refuse(Errc::kInvalid, "its name holds a NUL byte", "check the name");
  }
  OwnedFd top(::open(judge_.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!top.is_open()) return failed(errno);
  WARRANT_CHECKED(enter(std::move(top), ""));
  expect(path_);
  const bool wants_directory = path_.ends_with('/');
  while (!ahead_.empty()) {
    const std::string name = std::move(ahead_.back());
    ahead_.pop_back();
    if (name == "..") {
      if (at_.size() > 1) at_.pop_back();
      if (!names_.empty()) names_.pop_back();
      continue;
    }
    OwnedFd fd(::openat(at_.back().number(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!fd.is_open()) return failed(errno);
    struct stat now{};
    if (::fstat(fd.number(), &now) != 0) return failed(errno);
    if (S_ISLNK(now.st_mode)) {
      WARRANT_CHECKED(follow(fd));
    } else if (!ahead_.empty()) {
      if (!S_ISDIR(now.st_mode)) return failed(ENOTDIR);
      WARRANT_CHECKED(enter(std::move(fd), name));
    } else {
      if (wants_directory && !S_ISDIR(now.st_mode)) return failed(ENOTDIR);
      return finish(name, most);
    }
  }
  return refuse(Errc::kIsDir, "it is a directory", "name a file in it");
}

Result<std::string> read_all(const OwnedFd& file, std::uint64_t most) {
  std::string text;
  std::array<char, 16384> block{};
  for (;;) {
    const ssize_t got = ::read(file.number(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return error_from_errno(errno, "read");
    if (got == 0) return text;
    text.append(block.data(), static_cast<std::size_t>(got));
    if (text.size() > most) return Error{Errc::kFileTooBig, 0, "read"};
  }
}

Result<std::string> absolute(const std::string& path) {
  if (path.starts_with('/')) return path;
  std::array<char, PATH_MAX> here{};
  if (::getcwd(here.data(), here.size()) == nullptr) return error_from_errno(errno, "getcwd");
  return std::string(here.data()) + "/" + path;
}

}  // namespace

Judge judge_of_process(Ambient ambient) {
  const std::uint32_t user = ::geteuid();
  Judge judge;
  judge.user = user;
  judge.is_private_group = [ambient, user](std::uint32_t group) {
    return is_private_group(ambient, user, group);
  };
  return judge;
}

Result<TrustedFile> load_trusted(Ambient, const std::string& path, std::uint64_t most,
                                 const Judge& judge, TrustReport& report) {
  auto whole = absolute(path);
  if (!whole) {
    report = {"the working directory is gone", "name \"" + path + "\" from the root"};
    return whole.error();
  }
  WARRANT_TRY(const OwnedFd file, Way(*whole, judge, report).open(most));
  auto text = read_all(file, most);
  if (!text) {
    report = {"\"" + *whole + "\": it cannot be read", "check the disk, and that nobody writes it"};
    return text.error();
  }
  struct stat about{};
  struct statfs system{};
  if (::fstat(file.number(), &about) != 0 || ::fstatfs(file.number(), &system) != 0) {
    return error_from_errno(errno, "load_trusted");
  }
  const bool memory = system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC;
  return TrustedFile{*std::move(whole), *std::move(text), about.st_uid, about.st_mode,
                     memory ? TrustedFile::Kept::kInMemory : TrustedFile::Kept::kOnDisk};
}

Presence presence_of(Ambient, const std::string& path, const Judge& judge) {
  struct stat now{};
  const std::string place = judge.root == "/" ? path : judge.root + path;
  if (::fstatat(AT_FDCWD, place.c_str(), &now, AT_SYMLINK_NOFOLLOW) == 0) return Presence::kPresent;
  return errno == ENOENT || errno == ENOTDIR ? Presence::kAbsent : Presence::kPresent;
}

}  // namespace warrant::os
