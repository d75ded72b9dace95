// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/log_path.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>

#include "warrant/base/bytes.h"
#include "warrant/os/console.h"
#include "warrant/os/errno.h"

namespace warrant::os {
namespace {

constexpr int kMostLinks = 40;
constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;

Error refuse(Errc code, LogTrouble& trouble, const std::string& path, std::string_view why,
             std::string_view hint) {
  trouble = {code, path + " " + std::string(why), std::string(hint)};
  return Error{code, 0, "place"};
}

Error refuse_errno(int number, LogTrouble& trouble, const std::string& path,
                   std::string_view doing) {
  const Error error = error_from_errno(number, "place");
  std::string why = std::string(doing);
  if (number == ENOSPC || number == EDQUOT) why += ": no space is left";
  if (number == EROFS) why += ": the file system is read only";
  if (number == EACCES || number == EPERM) why += ": permission denied";
  if (number == ENOENT) why += ": there is no such directory";
  if (number == ENOTDIR) why += ": something on the way is no directory";
  trouble = {error.code, path + " " + why,
             "make it writable for you, name another place with [log] dir, or leave the log out "
             "with --no-log"};
  return error;
}

void split(std::string_view path, std::deque<std::string>& names) {
  std::deque<std::string> front;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (slash != 0 && path.substr(0, slash) != ".") front.emplace_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  names.insert(names.begin(), front.begin(), front.end());
}

OwnedFd root_directory() { return OwnedFd(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)); }

// Most paths hold no link at all; then the kernel walks them in one call.
OwnedFd open_without_links(const std::string& path) noexcept {
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return OwnedFd(
      static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how)));
}

// The next component without following it; made when it is missing and may be.
OwnedFd step(const OwnedFd& at, const std::string& name, MissingPlace missing) {
  constexpr int kFlags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
  OwnedFd next(::openat(at.number(), name.c_str(), kFlags));
  if (next.is_open() || errno != ENOENT || missing == MissingPlace::kFail) return next;
  if (::mkdirat(at.number(), name.c_str(), 0700) != 0 && errno != EEXIST) return {};
  return OwnedFd(::openat(at.number(), name.c_str(), kFlags));
}

bool is_trusted_link(const OwnedFd& at, const struct stat& link) {
  struct stat place{};
  if (::fstat(at.number(), &place) != 0) return false;
  const auto ours = [](const struct stat& info) {
    return info.st_uid == 0 || info.st_uid == ::geteuid();
  };
  return ours(link) && ours(place) && (place.st_mode & kOthersWrite) == 0;
}

// Component by component, for a path with links or with something missing.
Result<OwnedFd> walk(const std::string& path, MissingPlace missing, LogTrouble& trouble) {
  std::deque<std::string> names;
  split(path, names);
  OwnedFd at = root_directory();
  int links = 0;
  while (at.is_open() && !names.empty()) {
    const std::string name = std::move(names.front());
    names.pop_front();
    OwnedFd next = step(at, name, missing);
    struct stat info{};
    if (!next.is_open() || ::fstat(next.number(), &info) != 0) {
      return refuse_errno(errno, trouble, path,
                          missing == MissingPlace::kCreate ? "cannot be made" : "cannot be opened");
    }
    if (!S_ISLNK(info.st_mode)) {
      at = std::move(next);
      continue;
    }
    if (names.empty()) {
      return refuse(Errc::kLoop, trouble, path, "is a symbolic link", "name the directory itself");
    }
    if (++links > kMostLinks || !is_trusted_link(at, info)) {
      return refuse(Errc::kNotPermitted, trouble, path,
                    "is reached by a link that others may change",
                    "name the directory by a path of yours");
    }
    std::string target(PATH_MAX, '\0');
    const ssize_t length = ::readlinkat(next.number(), "", target.data(), target.size());
    if (length <= 0) return refuse_errno(errno, trouble, path, "cannot be opened");
    target.resize(static_cast<std::size_t>(length));
    split(target, names);
    if (target.front() == '/') at = root_directory();
  }
  OwnedFd directory(::openat(at.number(), ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.is_open()) return refuse_errno(errno, trouble, path, "cannot be opened");
  return directory;
}

}  // namespace

Result<OwnedFd> open_own_directory(const std::string& path, MissingPlace missing,
                                   LogTrouble& trouble) {
  if (path.empty() || path.front() != '/' || path.find('\0') != std::string::npos) {
    return refuse(Errc::kInvalid, trouble, path, "is no absolute path", "write it from / on");
  }
  OwnedFd directory = open_without_links(path);
  if (!directory.is_open()) {
    WARRANT_TRY(directory, walk(path, missing, trouble));
  }
  struct stat info{};
  if (::fstat(directory.number(), &info) != 0) {
    return refuse_errno(errno, trouble, path, "cannot be opened");
  }
  if (info.st_uid != ::geteuid()) {
    return refuse(Errc::kNotPermitted, trouble, path, "belongs to somebody else",
                  "name a directory of your own with [log] dir, or leave the log out with "
                  "--no-log");
  }
  if ((info.st_mode & kOthersWrite) != 0) {
    return refuse(Errc::kNotPermitted, trouble, path, "can be written by others", "chmod go-w it");
  }
  return directory;
}

OutputFile::~OutputFile() {
  if (used_ || origin_ == Origin::kFound) return;
  struct stat ours{};
  struct stat there{};
  if (::fstat(fd_.number(), &ours) != 0 || ::lstat(path_.c_str(), &there) != 0) return;
  if (ours.st_dev == there.st_dev && ours.st_ino == there.st_ino) (void)::unlink(path_.c_str());
}

Status OutputFile::append(std::span<const std::byte> bytes) noexcept {
  WARRANT_CHECKED(empty());
  return LogFile::append(bytes);
}

Status OutputFile::empty() noexcept {
  if (used_) return {};
  used_ = true;
  struct stat info{};
  if (::fstat(fd_.number(), &info) != 0) return error_from_errno(errno, "fstat");
  if (info.st_size != 0 && ::ftruncate(fd_.number(), 0) != 0) {
    return error_from_errno(errno, "ftruncate");
  }
  return {};
}

Result<std::unique_ptr<OutputFile>> create_output(Ambient, const std::string& path,
                                                  LogTrouble& trouble) {
  constexpr int kFlags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  auto origin = OutputFile::Origin::kMade;
  OwnedFd fd(::open(path.c_str(), kFlags | O_CREAT | O_EXCL, 0600));
  if (!fd.is_open() && errno == EEXIST) {
    origin = OutputFile::Origin::kFound;
    fd = OwnedFd(::open(path.c_str(), kFlags));
  }
  if (!fd.is_open()) {
    if (errno == ELOOP) {
      return refuse(Errc::kLoop, trouble, path, "is a symbolic link", "name the file itself");
    }
    (void)refuse_errno(errno, trouble, path, "cannot be opened for writing");
    trouble.hint = "name a file in a directory of yours";
    return Error{trouble.code, 0, "open"};
  }
  struct stat info{};
  if (::fstat(fd.number(), &info) != 0) {
    return refuse_errno(errno, trouble, path, "cannot be opened for writing");
  }
  if (!S_ISREG(info.st_mode)) {
    return refuse(Errc::kNotSupported, trouble, path, "is no regular file",
                  "name a file, or - for standard error with --audit");
  }
  if (info.st_uid != ::geteuid() || info.st_nlink != 1) {
    return refuse(Errc::kNotPermitted, trouble, path,
                  info.st_nlink != 1 ? "has other names" : "belongs to somebody else",
                  "name a new file, or one of your own");
  }
  return std::make_unique<OutputFile>(std::move(fd), path, origin);
}

namespace {

class ErrorOutput final : public cap::AppendLog {
 public:
  Status append(std::span<const std::byte> bytes) noexcept override {
    if (is_error_line_open()) WARRANT_CHECKED(file_.append(bytes_of("\n")));
    close_error_line();
    return file_.append(bytes);
  }
  Status sync() noexcept override { return file_.sync(); }

 private:
  LogFile file_{OwnedFd(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3))};
};

}  // namespace

std::unique_ptr<cap::AppendLog> error_output(Ambient) { return std::make_unique<ErrorOutput>(); }

}  // namespace warrant::os
