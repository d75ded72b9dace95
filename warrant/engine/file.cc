// SPDX-License-Identifier: Apache-2.0
#include "warrant/engine/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <deque>

namespace warrant::engine {

namespace {

constexpr int kMostLinks = 40;
constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;

bool ours_or_roots(const struct stat& info) noexcept {
  return info.st_uid == 0 || info.st_uid == geteuid();
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

Result<File> root_directory() {
  File root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.open()) return last_error("open");
  return root;
}

// Most paths hold no link at all; then the kernel walks them in one call.
File open_without_links(const std::string& path) noexcept {
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return File(static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how)));
}

// The next component without following it; made when it is missing and may be.
Result<File> step(const File& at, const std::string& name, Missing missing) {
  constexpr int kFlags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
  File next(::openat(at.fd(), name.c_str(), kFlags));
  if (!next.open() && errno == ENOENT && missing == Missing::kCreate) {
    if (::mkdirat(at.fd(), name.c_str(), 0700) != 0 && errno != EEXIST) return last_error("mkdir");
    next = File(::openat(at.fd(), name.c_str(), kFlags));
  }
  if (!next.open()) return last_error("open");
  return next;
}

// Where a link leads, when it and the directory that it lies in may be trusted.
Result<std::string> link_target(const File& at, const File& link, const struct stat& info) {
  WARRANT_TRY(const struct stat place, stat_of(at));
  if (!ours_or_roots(info) || !ours_or_roots(place) || (place.st_mode & kOthersWrite) != 0) {
    return Error{Errc::kNotPermitted, 0, "link"};
  }
  std::string target(PATH_MAX, '\0');
  const ssize_t length = ::readlinkat(link.fd(), "", target.data(), target.size());
  if (length <= 0) return last_error("readlink");
  target.resize(static_cast<std::size_t>(length));
  return target;
}

}  // namespace

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

MappedFile::MappedFile(const File& file) noexcept {
  const auto info = stat_of(file);
  if (!info || info->st_size <= 0) return;
  const auto size = static_cast<std::size_t>(info->st_size);
  void* const at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd(), 0);
  if (at != MAP_FAILED) bytes_ = {static_cast<const std::byte*>(at), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

Error last_error(std::string_view where) noexcept {
  switch (errno) {
    case ENOENT:
      return {Errc::kNoEntry, 0, where};
    case EEXIST:
      return {Errc::kExists, 0, where};
    case ELOOP:
      return {Errc::kLoop, 0, where};
    case ENOTDIR:
      return {Errc::kNotDir, 0, where};
    case EACCES:
      return {Errc::kAccess, 0, where};
    case ENOSPC:
      return {Errc::kNoSpace, 0, where};
    case EDQUOT:
      return {Errc::kQuota, 0, where};
    case EROFS:
      return {Errc::kReadOnlyFileSystem, 0, where};
    default:
      return {Errc::kIo, 0, where};
  }
}

Result<File> open_directory(std::string_view path, Missing missing) {
  if (path.empty() || path.front() != '/') return Error{Errc::kInvalid, 0, "path"};
  if (path.find('\0') != std::string_view::npos) return Error{Errc::kInvalid, 0, "path"};
  if (File direct = open_without_links(std::string(path)); direct.open()) return direct;
  std::deque<std::string> names;
  split(path, names);
  WARRANT_TRY(File at, root_directory());
  int links = 0;
  while (!names.empty()) {
    const std::string name = std::move(names.front());
    names.pop_front();
    WARRANT_TRY(File next, step(at, name, missing));
    WARRANT_TRY(const struct stat info, stat_of(next));
    if (!S_ISLNK(info.st_mode)) {
      at = std::move(next);
      continue;
    }
    if (names.empty() || ++links > kMostLinks) return Error{Errc::kLoop, 0, "link"};
    WARRANT_TRY(const std::string target, link_target(at, next, info));
    split(target, names);
    if (target.front() == '/') {
      WARRANT_TRY(at, root_directory());
    }
  }
  File directory(::openat(at.fd(), ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.open()) return last_error("open");
  return directory;
}

Result<File> open_file(const File& directory, const std::string& name) {
  File file(::openat(directory.fd(), name.c_str(),
                     O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.open()) return last_error("open");
  return file;
}

namespace {

Result<std::string> random_name() {
  std::array<unsigned char, 12> random{};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    return last_error("getrandom");
  }
  std::string name = ".new-";
  for (const unsigned char byte : random) {
    name += static_cast<char>('a' + (byte & 15U));
    name += static_cast<char>('a' + (byte >> 4U));
  }
  return name;
}

}  // namespace

Result<File> create_temporary(const File& directory, std::string& name) {
  WARRANT_TRY(name, random_name());
  File file(::openat(directory.fd(), name.c_str(),
                     O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.open()) return last_error("create");
  return file;
}

Result<File> create_unnamed(const File& directory) {
  File file(::openat(directory.fd(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file.open()) return last_error("create");
  return file;
}

Status give_name(const File& directory, const File& file, std::string& name) {
  WARRANT_TRY(name, random_name());
  const std::string self = "/proc/self/fd/" + std::to_string(file.fd());
  if (::linkat(AT_FDCWD, self.c_str(), directory.fd(), name.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    return last_error("link");
  }
  return {};
}

Status write_all(const File& file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.fd(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return last_error("write");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Status read_all(const File& file, std::span<std::byte> to) {
  off_t at = 0;
  while (!to.empty()) {
    const ssize_t got = ::pread(file.fd(), to.data(), to.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return last_error("read");
    if (got == 0) return Error{Errc::kIo, 0, "read"};
    at += got;
    to = to.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Result<struct stat> stat_of(const File& file) {
  struct stat info{};
  if (::fstat(file.fd(), &info) != 0) return last_error("stat");
  return info;
}

Result<std::vector<std::string>> names_in(const File& directory) {
  const int copy = ::openat(directory.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return last_error("open");
  DIR* const stream = ::fdopendir(copy);
  if (stream == nullptr) {
    ::close(copy);
    return last_error("open");
  }
  std::vector<std::string> names;
  while (const dirent* const entry = ::readdir(stream)) names.emplace_back(entry->d_name);
  ::closedir(stream);
  std::sort(names.begin(), names.end());
  return names;
}

Result<File> sealed_copy(const File& from, std::uint64_t size) {
  File copy(::memfd_create("warrant-code", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!copy.open()) return last_error("memfd");
  std::vector<std::byte> piece(1U << 20U);
  for (std::uint64_t at = 0; at < size;) {
    const std::size_t wanted = std::min<std::uint64_t>(piece.size(), size - at);
    const ssize_t got = ::pread(from.fd(), piece.data(), wanted, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return last_error("read");
    WARRANT_CHECKED(write_all(copy, std::span(piece).first(static_cast<std::size_t>(got))));
    at += static_cast<std::uint64_t>(got);
  }
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (::fcntl(copy.fd(), F_ADD_SEALS, kSeals) != 0) return last_error("seal");
  return copy;
}

}  // namespace warrant::engine
