// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/console.h"

#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>

#include "warrant/cap/reason.h"
#include "warrant/os/errno.h"
#include "warrant/os/iovec.h"
#include "warrant/os/run_files.h"

namespace warrant::os {
namespace {

enum class Kind : std::uint8_t { kRegular, kDevice, kTerminal, kFlow };  // kFlow: pipe, socket

// Of the process's own streams 1 and 2: what stands at the end of each, and which wrote last.
struct Ends {
  std::array<std::atomic<bool>, 3> open{};
  std::atomic<int> latest = 0;
};
constinit Ends g_ends;

void note_end(int number, Vectors& vectors, std::uint64_t moved) noexcept {
  if ((number != STDOUT_FILENO && number != STDERR_FILENO) || moved == 0) return;
  const iovec* at = vectors.data();
  while (moved > at->iov_len) moved -= (at++)->iov_len;
  const char last = static_cast<const char*>(at->iov_base)[moved - 1];
  g_ends.open[static_cast<std::size_t>(number)].store(last != '\n', std::memory_order_relaxed);
  g_ends.latest.store(number, std::memory_order_relaxed);
}

class Console final : public cap::Stream {
 public:
  Console(BorrowedFd fd, ConsoleSide side, Kind kind, cap::FileType type,
          const ConsoleOptions& options)
      : fd_(fd), side_(side), kind_(kind), type_(type), options_(options) {
    if (kind == Kind::kRegular) begin_ = std::max<off_t>(::lseek(fd.number(), 0, SEEK_CUR), 0);
  }

  Result<std::uint64_t> read(std::span<const Buffer> to, cap::Blocking blocking) override;
  Result<std::uint64_t> write(std::span<const Buffer> from, cap::Blocking blocking) override;
  cap::FileType type() const noexcept override { return type_; }
  bool is_seekable() const noexcept override {
    return kind_ == Kind::kRegular || kind_ == Kind::kDevice;
  }
  Result<cap::FileStat> stat() override;
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override;
  Status sync() override;
  cap::PollToken poll_token() const noexcept override {
    if (kind_ == Kind::kRegular) return cap::PollToken::kAlwaysReady;
    return cap::PollToken{fd_.number()};
  }

 private:
  enum class Direction : std::uint8_t { kRead, kWrite };
  // One transfer that does not wait where the kernel can promise that; -1 and EAGAIN: wait.
  ssize_t transfer(Vectors& vectors, Direction direction);
  ssize_t transfer_after_poll(Vectors& vectors, Direction direction);
  Result<std::uint64_t> once(Vectors& vectors, Direction direction, cap::Blocking blocking);

  BorrowedFd fd_;
  ConsoleSide side_;
  Kind kind_;
  cap::FileType type_;
  ConsoleOptions options_;
  off_t begin_ = 0;  // where a regular file stood when the run began
  enum class Nowait : std::uint8_t { kWorks, kUnknownToKernel } nowait_ = Nowait::kWorks;
};

ssize_t Console::transfer_after_poll(Vectors& vectors, Direction direction) {
  const short event = direction == Direction::kRead ? POLLIN : POLLOUT;
  pollfd set{fd_.number(), event, 0};
  if (kind_ != Kind::kRegular) {
    if (::poll(&set, 1, 0) == 0) {
      errno = EAGAIN;
      return -1;
    }
  }
  if (direction == Direction::kRead) return ::readv(fd_.number(), vectors.data(), vectors.count());
  // A pipe that is ready takes this much without blocking.
  const bool limited = kind_ == Kind::kFlow;
  const int count = limited ? vectors.clip(PIPE_BUF) : vectors.count();
  const ssize_t moved = ::writev(fd_.number(), vectors.data(), count);
  const int error = errno;
  vectors.restore();
  errno = error;
  return moved;
}

ssize_t Console::transfer(Vectors& vectors, Direction direction) {
  if (kind_ != Kind::kFlow || nowait_ == Nowait::kUnknownToKernel) {
    return transfer_after_poll(vectors, direction);
  }
  const ssize_t moved =
      direction == Direction::kRead
          ? ::preadv2(fd_.number(), vectors.data(), vectors.count(), -1, RWF_NOWAIT)
          : ::pwritev2(fd_.number(), vectors.data(), vectors.count(), -1, RWF_NOWAIT);
  if (moved >= 0 || errno != EOPNOTSUPP) return moved;
  nowait_ = Nowait::kUnknownToKernel;
  return transfer_after_poll(vectors, direction);
}

Result<std::uint64_t> Console::once(Vectors& vectors, Direction direction, cap::Blocking blocking) {
  for (;;) {
    const ssize_t moved = transfer(vectors, direction);
    if (moved >= 0) return static_cast<std::uint64_t>(moved);
    const int error = errno;
    if (error == EINTR) {
      WARRANT_CHECKED(options_.waiter->check());
      continue;
    }
    if (error != EAGAIN) return error_from_errno(error, "console");
    if (blocking == cap::Blocking::kNever) return Error{Errc::kAgain, 0, "console"};
    WARRANT_CHECKED(options_.waiter->wait(fd_, direction == Direction::kRead ? POLLIN : POLLOUT));
  }
}

Result<std::uint64_t> Console::read(std::span<const Buffer> to, cap::Blocking blocking) {
  if (side_ != ConsoleSide::kInput) return Error{Errc::kBadHandle, 0, "console"};
  Vectors vectors __attribute__((uninitialized));
  WARRANT_CHECKED(vectors.lower(to, options_.max_transfer, options_.locate));
  if (vectors.total() == 0) return std::uint64_t{0};
  WARRANT_CHECKED(options_.waiter->check());
  return once(vectors, Direction::kRead, blocking);
}

Result<std::uint64_t> Console::write(std::span<const Buffer> from, cap::Blocking blocking) {
  if (side_ != ConsoleSide::kOutput) return Error{Errc::kBadHandle, 0, "console"};
  Vectors vectors __attribute__((uninitialized));
  WARRANT_CHECKED(vectors.lower(from, options_.max_transfer, options_.locate));
  if (vectors.total() == 0) return std::uint64_t{0};
  WARRANT_CHECKED(options_.waiter->check());
  std::uint64_t done = 0;
  while (vectors.total() > 0) {
    const auto moved = once(vectors, Direction::kWrite, blocking);
    if (!moved) {
      if (done > 0) break;
      return moved.error();
    }
    done += *moved;
    note_end(fd_.number(), vectors, *moved);
    vectors.advance(*moved);
    if (blocking == cap::Blocking::kNever) break;
  }
  return done;
}

Result<cap::FileStat> Console::stat() {
  cap::FileStat answer{.type = type_};
  if (kind_ != Kind::kRegular) return answer;
  struct stat now{};
  if (::fstat(fd_.number(), &now) != 0) return error_from_errno(errno, "console");
  RunFiles nobody({});
  answer = stat_of(now, nobody);
  answer.device = 0;
  answer.inode = 0;
  return answer;
}

Result<std::uint64_t> Console::seek(std::int64_t offset, Whence whence) {
  if (!is_seekable()) return Error{Errc::kSeekPipe, 0, "console"};
  const int base = whence == Whence::kSet       ? SEEK_SET
                   : whence == Whence::kCurrent ? SEEK_CUR
                                                : SEEK_END;
  const off_t before = ::lseek(fd_.number(), 0, SEEK_CUR);
  const off_t now = ::lseek(fd_.number(), offset, base);
  if (now < 0) return error_from_errno(errno, "console");
  if (now < begin_) {
    // What stood there before the run is not the guest's.
    (void)::lseek(fd_.number(), before, SEEK_SET);
    return Error{Errc::kInvalid, 0, "console"};
  }
  return static_cast<std::uint64_t>(now);
}

Status Console::sync() {
  if (kind_ != Kind::kRegular) return Error{Errc::kInvalid, 0, "console"};
  if (::fsync(fd_.number()) != 0) return error_from_errno(errno, "console");
  return {};
}

cap::FileType socket_type(BorrowedFd fd) noexcept {
  int type = SOCK_STREAM;
  socklen_t size = sizeof type;
  ::getsockopt(fd.number(), SOL_SOCKET, SO_TYPE, &type, &size);
  return type == SOCK_DGRAM ? cap::FileType::kSocketDatagram : cap::FileType::kSocketStream;
}

}  // namespace

bool is_error_line_open() noexcept {
  const auto open = [](int number) {
    return g_ends.open[static_cast<std::size_t>(number)].load(std::memory_order_relaxed);
  };
  if (g_ends.latest.load(std::memory_order_relaxed) == STDERR_FILENO) return open(STDERR_FILENO);
  if (!open(STDERR_FILENO) && !open(STDOUT_FILENO)) return false;
  struct stat output{};
  struct stat error{};
  const bool one = ::fstat(STDOUT_FILENO, &output) == 0 && ::fstat(STDERR_FILENO, &error) == 0 &&
                   output.st_dev == error.st_dev && output.st_ino == error.st_ino;
  return open(one ? STDOUT_FILENO : STDERR_FILENO);
}

void open_error_line() noexcept {
  g_ends.open[STDERR_FILENO].store(true, std::memory_order_relaxed);
  g_ends.latest.store(STDERR_FILENO, std::memory_order_relaxed);
}

void close_error_line() noexcept {
  g_ends.open[STDERR_FILENO].store(false, std::memory_order_relaxed);
  g_ends.latest.store(STDERR_FILENO, std::memory_order_relaxed);
}

Result<std::unique_ptr<cap::Stream>> open_console(Ambient, BorrowedFd fd, ConsoleSide side,
                                                  const ConsoleOptions& options) {
  struct stat now{};
  if (::fstat(fd.number(), &now) != 0) {
    if (errno == EBADF) return std::unique_ptr<cap::Stream>();
    return error_from_errno(errno, "console");
  }
  if (S_ISDIR(now.st_mode)) return std::unique_ptr<cap::Stream>();
  Kind kind = Kind::kFlow;
  cap::FileType type = type_of(now.st_mode);
  if (S_ISREG(now.st_mode)) kind = Kind::kRegular;
  if (S_ISCHR(now.st_mode)) kind = ::isatty(fd.number()) == 1 ? Kind::kTerminal : Kind::kDevice;
  if (S_ISBLK(now.st_mode)) kind = Kind::kDevice;
  if (S_ISSOCK(now.st_mode)) type = socket_type(fd);
  return std::unique_ptr<cap::Stream>(new Console(fd, side, kind, type, options));
}

}  // namespace warrant::os
