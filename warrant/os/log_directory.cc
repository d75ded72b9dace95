// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/log_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "warrant/base/bytes.h"
#include "warrant/os/errno.h"
#include "warrant/os/log_path.h"
#include "warrant/os/waiter.h"

namespace warrant::os {
namespace {

constexpr const char* kKeyName = "audit.key";
constexpr const char* kIndexName = "index.jsonl";
constexpr mode_t kModeBits = 07777;
constexpr int kKeyAttempts = 1'000;
constexpr off_t kReserve = 8 << 10;

Status write_whole(int fd, std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return error_from_errno(errno, "write");
    if (done == 0) return Error{Errc::kNoSpace, 0, "write"};
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return {};
}

Result<std::string> read_from(int fd, std::uint64_t at, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t used = 0;
  while (used < size) {
    const ssize_t got =
        ::pread(fd, bytes.data() + used, size - used, static_cast<off_t>(at + used));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return error_from_errno(errno, "pread");
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  bytes.resize(used);
  return bytes;
}

Result<std::string> read_file(int directory, const std::string& name, std::uint64_t most) {
  const OwnedFd file(
      ::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return error_from_errno(errno, "open");
  struct stat info{};
  if (::fstat(file.number(), &info) != 0) return error_from_errno(errno, "fstat");
  if (!S_ISREG(info.st_mode)) return Error{Errc::kNotSupported, 0, "open"};
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > most) return Error{Errc::kFileTooBig, 0, "read"};
  return read_from(file.number(), 0, static_cast<std::size_t>(size));
}

Result<std::vector<std::string>> names_in(int directory, const char* name) {
  const int copy = ::openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (copy < 0) return error_from_errno(errno, "open");
  DIR* const stream = ::fdopendir(copy);
  if (stream == nullptr) {
    ::close(copy);
    return error_from_errno(errno, "open");
  }
  std::vector<std::string> names;
  while (const dirent* const entry = ::readdir(stream)) names.emplace_back(entry->d_name);
  ::closedir(stream);
  std::sort(names.begin(), names.end());
  return names;
}

bool is_day(std::string_view name) {
  constexpr std::string_view kShape = "dddd-dd-dd";
  if (name.size() != kShape.size()) return false;
  for (std::size_t at = 0; at < name.size(); ++at) {
    const bool digit = name[at] >= '0' && name[at] <= '9';
    if (kShape[at] == 'd' ? !digit : name[at] != '-') return false;
  }
  return true;
}

// Gives a file its one name where nobody has taken it: in one step, or else, where the file system
// knows no such rename, with a moment in which it has two.
Status name_once(int directory, const char* from, const char* to) {
  if (::renameat2(directory, from, directory, to, RENAME_NOREPLACE) == 0) return {};
  Status named;
  if (errno == EINVAL || errno == ENOSYS) {
    if (::linkat(directory, from, directory, to, 0) != 0) named = error_from_errno(errno, "link");
  } else {
    named = error_from_errno(errno, "rename");
  }
  if (!named && named.error().code == Errc::kExists) named = {};
  if (::unlinkat(directory, from, 0) != 0 && named) named = error_from_errno(errno, "unlink");
  return named;
}

// Written elsewhere and then given its name, so that nobody reads half a key and the first wins.
Status make_key(int state) {
  std::array<std::byte, 32> secret;
  std::array<unsigned char, 8> random;
  if (::getrandom(secret.data(), secret.size(), 0) != ssize_t{secret.size()} ||
      ::getrandom(random.data(), random.size(), 0) != ssize_t{random.size()}) {
    return error_from_errno(errno, "getrandom");
  }
  std::string name = ".audit-key-";
  for (const unsigned char byte : random) name += std::to_string(byte);
  const OwnedFd file(
      ::openat(state, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.is_open()) return error_from_errno(errno, "create");
  Status made = write_whole(file.number(), text_of(secret));
  if (made && ::fsync(file.number()) != 0) made = error_from_errno(errno, "fsync");
  if (made) return name_once(state, name.c_str(), kKeyName);
  (void)::unlinkat(state, name.c_str(), 0);
  return made;
}

// kBusy: somebody is making it just now.
Status read_key(int state, LogDirectory::Key& key) {
  const OwnedFd file(
      ::openat(state, kKeyName, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.is_open()) return error_from_errno(errno, "open");
  struct stat info{};
  if (::fstat(file.number(), &info) != 0) return error_from_errno(errno, "fstat");
  if (!S_ISREG(info.st_mode) || info.st_uid != ::geteuid() || (info.st_mode & kModeBits) != 0600 ||
      info.st_size != static_cast<off_t>(key.size())) {
    return Error{Errc::kNotPermitted, 0, "key"};
  }
  if (info.st_nlink != 1) return Error{Errc::kBusy, 0, "key"};
  if (::pread(file.number(), key.data(), key.size(), 0) != static_cast<ssize_t>(key.size())) {
    return Error{Errc::kIo, 0, "key"};
  }
  return {};
}

}  // namespace

std::string free_space_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 4> kUnits = {"B", "KiB", "MiB", "GiB"};
  std::size_t unit = 0;
  while (bytes >= 10'240 && unit + 1 < kUnits.size()) {
    bytes /= 1'024;
    ++unit;
  }
  return std::to_string(bytes) + " " + std::string(kUnits[unit]) + " free";
}

Status LogFile::append(std::span<const std::byte> bytes) noexcept {
  return write_whole(fd_.number(), text_of(bytes));
}

Status LogFile::sync() noexcept {
  while (::fdatasync(fd_.number()) != 0) {
    if (errno != EINTR) return error_from_errno(errno, "fdatasync");
  }
  return {};
}

LogIndex::~LogIndex() {
  if (fd_ >= 0) (void)::flock(fd_, LOCK_UN);
}

std::uint64_t LogIndex::size() const noexcept {
  const off_t size = ::lseek(fd_, 0, SEEK_END);
  return size < 0 ? 0 : static_cast<std::uint64_t>(size);
}

Result<std::string> LogIndex::tail(std::size_t bytes) const {
  const std::uint64_t end = size();
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(end, bytes));
  return read_from(fd_, end - wanted, wanted);
}

Status LogIndex::append(std::string_view line) noexcept {
  const std::uint64_t before = size();
  const Status done = write_whole(fd_, line);
  // Nobody else writes while the lock is held: a part that fitted is taken back.
  if (!done) (void)!::ftruncate(fd_, static_cast<off_t>(before));
  return done;
}

Status LogIndex::sync() noexcept {
  if (::fdatasync(fd_) != 0) return error_from_errno(errno, "fdatasync");
  return {};
}

Error LogDirectory::fail(int number, std::string_view doing, LogTrouble& trouble) const {
  const Error error = error_from_errno(number, "log");
  trouble.code = error.code;
  trouble.what = "the log in " + shown_ + " " + std::string(doing);
  trouble.hint = "make it writable for you";
  if (number == ENOSPC || number == EDQUOT) {
    trouble.what += ": no space, " + free_space_text(free_bytes());
    trouble.hint = "make room there";
  } else if (number == EROFS) {
    trouble.what += ": the file system is read only";
  }
  trouble.hint += ", name another place with [log] dir, or leave the log out with --no-log";
  return error;
}

Result<std::unique_ptr<LogDirectory>> LogDirectory::open(Ambient, const LogPlaces& places,
                                                         Missing missing, LogTrouble& trouble) {
  const auto way = missing == Missing::kCreate ? MissingPlace::kCreate : MissingPlace::kFail;
  WARRANT_TRY(OwnedFd directory, open_own_directory(places.directory, way, trouble));
  std::unique_ptr<LogDirectory> made(new LogDirectory(std::move(directory), places.directory));
  WARRANT_CHECKED(made->load_key(places.state, missing, trouble));
  return made;
}

Status LogDirectory::load_key(const std::string& state, Missing missing, LogTrouble& trouble) {
  const auto way = missing == Missing::kCreate ? MissingPlace::kCreate : MissingPlace::kFail;
  WARRANT_TRY(const OwnedFd place, open_own_directory(state, way, trouble));
  for (int attempt = 0;; ++attempt) {
    Status got = read_key(place.number(), key_);
    bool vouches = false;
    if (!got && got.error().code == Errc::kNoEntry) {
      vouches = ::faccessat(directory_.number(), kIndexName, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
      // An index is made after its key. Where both came between those two looks, it is there now.
      if (vouches) got = read_key(place.number(), key_);
    }
    if (got) return {};
    trouble.code = got.error().code;
    trouble.what = "the key of the log, " + state + "/" + kKeyName + ", ";
    if (attempt == kKeyAttempts ||
        (got.error().code != Errc::kNoEntry && got.error().code != Errc::kBusy)) {
      trouble.what += "is not a file of yours of 32 bytes and mode 0600";
      trouble.hint =
          "where only its mode is wrong, chmod 600; else move it and the log away: what it vouches "
          "for cannot be verified any more";
      return got.error();
    }
    if (got.error().code == Errc::kBusy) {
      const timespec moment{0, 1'000'000};
      (void)::nanosleep(&moment, nullptr);
      continue;
    }
    if (vouches) {
      trouble.code = Errc::kNotPermitted;  // there is a log
      trouble.what += "is gone, and there is a log that it vouches for";
      trouble.hint = "put it back, or move the log away";
      return got.error();
    }
    if (missing == Missing::kFail) {
      trouble.what += "is not there";
      trouble.hint = "it is made by the first run that keeps a log";
      return got.error();
    }
    if (const Status made = make_key(place.number()); !made) {
      trouble.what += "cannot be made";
      trouble.hint = "make its directory writable, or leave the log out with --no-log";
      return made.error();
    }
  }
}

Result<std::unique_ptr<LogFile>> LogDirectory::create(const std::string& file,
                                                      LogTrouble& trouble) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC;
  OwnedFd fd(::openat(directory_.number(), file.c_str(), kFlags, 0600));
  if (!fd.is_open() && errno == ENOENT) {
    const std::string day = file.substr(0, file.find('/'));
    if (::mkdirat(directory_.number(), day.c_str(), 0700) != 0 && errno != EEXIST) {
      return fail(errno, "cannot be written", trouble);
    }
    fd = OwnedFd(::openat(directory_.number(), file.c_str(), kFlags, 0600));
  }
  if (!fd.is_open()) return fail(errno, "cannot be written", trouble);
  // Nobody else knows the file yet: this never waits.
  (void)::flock(fd.number(), LOCK_EX | LOCK_NB);
  // A disk without room for the start and the end of a run is found out here.
  if (::fallocate(fd.number(), FALLOC_FL_KEEP_SIZE, 0, kReserve) != 0 &&
      (errno == ENOSPC || errno == EDQUOT)) {
    const int number = errno;
    (void)::unlinkat(directory_.number(), file.c_str(), 0);
    return fail(number, "cannot be written", trouble);
  }
  return std::make_unique<LogFile>(std::move(fd));
}

Result<LogIndex> LogDirectory::lock_index(Nanoseconds patience, LogTrouble& trouble) {
  if (!index_.is_open()) {
    index_ = OwnedFd(::openat(directory_.number(), kIndexName,
                              O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!index_.is_open()) return fail(errno, "has an index that cannot be opened", trouble);
  }
  const Nanoseconds end = saturating_add(host_monotonic(), patience);
  for (long pause = 100'000;; pause = std::min(pause * 2, 10'000'000L)) {
    if (::flock(index_.number(), LOCK_EX | LOCK_NB) == 0) return LogIndex(index_.number());
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return fail(errno, "has an index that cannot be locked", trouble);
    }
    if (host_monotonic() >= end) {
      (void)fail(EAGAIN, "has an index that somebody else keeps locked", trouble);
      return Error{Errc::kTimedOut, 0, "lock"};
    }
    const timespec moment{0, pause};
    (void)::nanosleep(&moment, nullptr);
  }
}

Status LogDirectory::sync() noexcept {
  if (::fsync(directory_.number()) != 0) return error_from_errno(errno, "fsync");
  return {};
}

Result<std::vector<std::string>> LogDirectory::files() const {
  std::vector<std::string> found;
  WARRANT_TRY(const std::vector<std::string> days, names_in(directory_.number(), "."));
  for (const std::string& day : days) {
    if (!is_day(day)) continue;
    WARRANT_TRY(const std::vector<std::string> names, names_in(directory_.number(), day.c_str()));
    for (const std::string& name : names) {
      if (name == "." || name == "..") continue;
      found.push_back(day);
      found.back().append("/").append(name);
    }
  }
  return found;
}

Result<std::string> LogDirectory::read(const std::string& file, std::uint64_t most) const {
  return read_file(directory_.number(), file, most);
}

Result<std::string> LogDirectory::read_index() const {
  return read_file(directory_.number(), kIndexName, UINT64_MAX);
}

bool LogDirectory::is_being_written(const std::string& file) const {
  const OwnedFd fd(
      ::openat(directory_.number(), file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  return fd.is_open() && ::flock(fd.number(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

Result<std::uint64_t> LogDirectory::size_of(const std::string& file) const {
  struct stat info{};
  if (::fstatat(directory_.number(), file.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    return error_from_errno(errno, "stat");
  }
  return static_cast<std::uint64_t>(info.st_size);
}

Result<std::uint64_t> LogDirectory::written_at(const std::string& file) const {
  struct stat info{};
  if (::fstatat(directory_.number(), file.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    return error_from_errno(errno, "stat");
  }
  const std::int64_t micros = info.st_mtim.tv_sec * 1'000'000 + info.st_mtim.tv_nsec / 1'000;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(micros, 0));
}

Status LogDirectory::remove(const std::string& file) {
  if (::unlinkat(directory_.number(), file.c_str(), 0) != 0) {
    return error_from_errno(errno, "unlink");
  }
  // Its day, when this was the last of it.
  (void)::unlinkat(directory_.number(), file.substr(0, file.find('/')).c_str(), AT_REMOVEDIR);
  return {};
}

std::uint64_t LogDirectory::free_bytes() const noexcept {
  struct statvfs info{};
  if (::fstatvfs(directory_.number(), &info) != 0) return 0;
  return std::uint64_t{info.f_bavail} * info.f_frsize;
}

namespace {

constexpr const char* kTurnName = "pruned";
constexpr std::int64_t kTurnSeconds = 86'400;

// A time to come is that of a clock that was set back.
bool is_long_ago(const struct stat& info) noexcept {
  struct timespec now{};
  if (::clock_gettime(CLOCK_REALTIME, &now) != 0) return false;
  const std::int64_t age = now.tv_sec - info.st_mtim.tv_sec;
  return age >= kTurnSeconds || age < 0;
}

}  // namespace

bool LogDirectory::is_turn_due() const noexcept {
  struct stat info{};
  if (::fstatat(directory_.number(), kTurnName, &info, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT;
  }
  return is_long_ago(info);
}

bool LogDirectory::take_daily_turn() noexcept {
  const bool first = ::faccessat(directory_.number(), kTurnName, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
  const OwnedFd stamp(::openat(directory_.number(), kTurnName,
                               O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
  struct stat info{};
  if (!stamp.is_open() || ::flock(stamp.number(), LOCK_EX | LOCK_NB) != 0) return false;
  if (::fstat(stamp.number(), &info) != 0 || !S_ISREG(info.st_mode)) return false;
  if (!first && !is_long_ago(info)) return false;
  return ::futimens(stamp.number(), nullptr) == 0;
}

}  // namespace warrant::os
