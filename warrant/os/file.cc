// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/file.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "warrant/cap/reason.h"
#include "warrant/os/errno.h"
#include "warrant/os/iovec.h"
#include "warrant/os/kernel_call.h"

namespace warrant::os {
namespace {

constexpr std::uint64_t kMaxOffset = INT64_MAX;
constexpr std::uint64_t kPiece = 1ULL << 20;

int sync_flags(cap::WriteSync sync) noexcept {
  switch (sync) {
    case cap::WriteSync::kNone:
      return 0;
    case cap::WriteSync::kData:
      return RWF_DSYNC;
    case cap::WriteSync::kFile:
      return RWF_SYNC;
  }
  stop_on_bug();
}

int advice_of(cap::Advice advice) noexcept {
  switch (advice) {
    case cap::Advice::kNormal:
      return POSIX_FADV_NORMAL;
    case cap::Advice::kSequential:
      return POSIX_FADV_SEQUENTIAL;
    case cap::Advice::kRandom:
      return POSIX_FADV_RANDOM;
    case cap::Advice::kWillNeed:
      return POSIX_FADV_WILLNEED;
    case cap::Advice::kDontNeed:
      return POSIX_FADV_DONTNEED;
    case cap::Advice::kNoReuse:
      return POSIX_FADV_NOREUSE;
  }
  stop_on_bug();
}

// Transfers all vectors by `call(iovec*, count, offset of the piece)`; stops at the first short
// one. An error after some bytes is a short count: the next call meets it again.
template <typename Call>
Result<std::uint64_t> in_pieces(Vectors& vectors, const RunFiles& run, std::string_view where,
                                Call&& call) {
  std::uint64_t done = 0;
  while (vectors.total() > 0) {
    const std::uint64_t piece = std::min(vectors.total(), kPiece);
    const int count = vectors.clip(piece);
    const ssize_t moved = call(vectors.data(), count, done);
    const int error = errno;
    vectors.restore();
    if (moved < 0) {
      if (done > 0) break;
      if (error != EINTR) return error_from_errno(error, where);
      WARRANT_CHECKED(run.check());
      continue;
    }
    done += static_cast<std::uint64_t>(moved);
    if (static_cast<std::uint64_t>(moved) < piece) break;
    vectors.advance(static_cast<std::uint64_t>(moved));
    if (vectors.total() > 0 && !run.check()) break;
  }
  return done;
}

// The host bytes of a transfer that is one buffer and one piece, the common case; empty otherwise.
std::span<std::byte> only_piece(std::span<const Buffer> buffers, const RunFiles& run) noexcept {
  if (buffers.size() != 1) return {};
  const std::uint64_t size = buffers[0].size();
  if (size == 0 || size > std::min(kPiece, run.options().max_transfer)) return {};
  std::byte* const at = resolve_buffer(buffers[0], run.options().locate);
  return at == nullptr ? std::span<std::byte>() : std::span(at, static_cast<std::size_t>(size));
}

}  // namespace

File::~File() {
  if (state_ != nullptr) grant_->run->inodes().close(state_);
}

bool File::may(FileMode wanted) const noexcept {
  return (static_cast<unsigned>(mode_) & static_cast<unsigned>(wanted)) != 0;
}

Status File::check_write() const {
  if (!may(FileMode::kWrite)) return cap::denied(cap::Reason::kReadOnly, "file");
  return {};
}

Status File::check_links() const {
  if (grant_->options.hardlinks == cap::Hardlinks::kAllow) return {};
  struct stat now{};
  if (::fstat(fd_.number(), &now) != 0) return error_from_errno(errno, "fstat");
  return check_hard_links(*grant_, key_of(now), now.st_mode, now.st_nlink);
}

Result<std::uint64_t> File::read_at(std::span<const Buffer> to, cap::FileOffset at) {
  const auto offset = static_cast<std::uint64_t>(at);
  if (!may(FileMode::kRead)) return Error{Errc::kBadHandle, 0, "read"};
  if (offset > kMaxOffset) return Error{Errc::kInvalid, 0, "read"};
  const RunFiles& run = *grant_->run;
  if (const auto only = only_piece(to, run); only.size() <= kMaxOffset - offset && !only.empty()) {
    const std::int64_t got =
        kernel_call(SYS_pread64, fd_.number(), kernel_address(only.data()),
                    static_cast<std::int64_t>(only.size()), static_cast<std::int64_t>(offset));
    if (got >= 0) return static_cast<std::uint64_t>(got);
    if (got != -EINTR) return error_from_errno(static_cast<int>(-got), "read");
    WARRANT_CHECKED(run.check());
  }
  return read_vectors(to, offset);
}

Result<std::uint64_t> File::read_vectors(std::span<const Buffer> to, std::uint64_t offset) {
  const RunFiles& run = *grant_->run;
  Vectors vectors __attribute__((uninitialized));
  WARRANT_CHECKED(vectors.lower(to, std::min(run.options().max_transfer, kMaxOffset - offset),
                                run.options().locate));
  return in_pieces(vectors, run, "read", [&](iovec* data, int count, std::uint64_t done) {
    const auto place = static_cast<off_t>(offset + done);
    return ::preadv(fd_.number(), data, count, place);
  });
}

Result<std::uint64_t> File::write_at(std::span<const Buffer> from, cap::FileOffset at,
                                     cap::WriteSync sync) {
  const auto offset = static_cast<std::uint64_t>(at);
  WARRANT_CHECKED(check_write());
  if (offset > kMaxOffset) return Error{Errc::kInvalid, 0, "write"};
  const RunFiles& run = *grant_->run;
  const auto only = only_piece(from, run);
  if (only.empty() || sync != cap::WriteSync::kNone || only.size() > kMaxOffset - offset) {
    return write_vectors(from, offset, sync);
  }
  const std::uint64_t end = offset + only.size();
  std::uint64_t before = 0;
  WARRANT_CHECKED(state_->claim(end, before, *grant_->accounting));
  std::int64_t put = -EINTR;
  while (put == -EINTR) {
    put = kernel_call(SYS_pwrite64, fd_.number(), kernel_address(only.data()),
                      static_cast<std::int64_t>(only.size()), static_cast<std::int64_t>(offset));
    if (put == -EINTR && !run.check()) break;
  }
  const std::uint64_t reached = put > 0 ? offset + static_cast<std::uint64_t>(put) : 0;
  state_->settle(end, before, reached, *grant_->accounting);
  if (put >= 0) return static_cast<std::uint64_t>(put);
  WARRANT_CHECKED(run.check());
  return error_from_errno(static_cast<int>(-put), "write");
}

Result<std::uint64_t> File::write_vectors(std::span<const Buffer> from, std::uint64_t offset,
                                          cap::WriteSync sync) {
  const RunFiles& run = *grant_->run;
  Vectors vectors __attribute__((uninitialized));
  WARRANT_CHECKED(vectors.lower(from, run.options().max_transfer, run.options().locate));
  if (vectors.total() == 0) return std::uint64_t{0};
  if (vectors.total() > kMaxOffset - offset) return Error{Errc::kFileTooBig, 0, "write"};
  const std::uint64_t end = offset + vectors.total();
  std::uint64_t before = 0;
  WARRANT_CHECKED(state_->claim(end, before, *grant_->accounting));
  const int flags = sync_flags(sync);
  auto done = in_pieces(vectors, run, "write", [&](iovec* data, int count, std::uint64_t moved) {
    const auto place = static_cast<off_t>(offset + moved);
    return ::pwritev2(fd_.number(), data, count, place, flags);
  });
  const std::uint64_t reached = done && *done > 0 ? offset + *done : 0;
  state_->settle(end, before, reached, *grant_->accounting);
  return done;
}

Result<std::uint64_t> File::append(std::span<const Buffer> from, cap::WriteSync sync) {
  WARRANT_CHECKED(check_write());
  const RunFiles& run = *grant_->run;
  Vectors vectors __attribute__((uninitialized));
  WARRANT_CHECKED(vectors.lower(from, run.options().max_transfer, run.options().locate));
  if (vectors.total() == 0) return std::uint64_t{0};
  if (vectors.total() > kMaxOffset - state_->size()) return Error{Errc::kFileTooBig, 0, "write"};
  const std::uint64_t end = state_->size() + vectors.total();
  std::uint64_t before = 0;
  WARRANT_CHECKED(state_->claim(end, before, *grant_->accounting));
  for (;;) {
    const ssize_t moved =
        ::pwritev2(fd_.number(), vectors.data(), vectors.count(), 0, sync_flags(sync) | RWF_APPEND);
    const int error = errno;
    if (moved < 0 && error == EINTR && run.check()) continue;
    const auto done = static_cast<std::uint64_t>(std::max<ssize_t>(moved, 0));
    state_->settle(end, before, end - vectors.total() + done, *grant_->accounting);
    if (moved >= 0) return done;
    if (error != EINTR) return error_from_errno(error, "write");
    WARRANT_CHECKED(run.check());
  }
}

Result<cap::FileStat> File::stat() {
  struct stat now{};
  const std::int64_t answer = kernel_fstat(fd_.number(), now);
  if (answer != 0) return error_from_errno(static_cast<int>(-answer), "fstat");
  return stat_of(now, *grant_->run);
}

Status File::set_size(std::uint64_t size) {
  WARRANT_CHECKED(check_write());
  if (size > kMaxOffset) return Error{Errc::kFileTooBig, 0, "set size"};
  WARRANT_CHECKED(check_links());
  std::uint64_t before = 0;
  WARRANT_CHECKED(state_->claim(size, before, *grant_->accounting));
  int answer = 0;
  do {
    answer = ::ftruncate(fd_.number(), static_cast<off_t>(size));
  } while (answer != 0 && errno == EINTR && grant_->run->check());
  if (answer != 0) {
    const int error = errno;
    state_->settle(size, before, before, *grant_->accounting);
    return error_from_errno(error, "set size");
  }
  state_->shrunk(size, *grant_->accounting);
  return {};
}

Status File::truncate_opened() {
  int answer = 0;
  do {
    answer = ::ftruncate(fd_.number(), 0);
  } while (answer != 0 && errno == EINTR && grant_->run->check());
  if (answer != 0) return error_from_errno(errno, "truncate");
  state_->shrunk(0, *grant_->accounting);
  return {};
}

Status File::set_times(const cap::SetTimes& times) {
  if (!grant_->may_write()) return cap::denied(cap::Reason::kReadOnly, "set times");
  WARRANT_CHECKED(check_links());
  timespec both[2];
  to_timespecs(times, both);
  if (::futimens(fd_.number(), both) != 0) return error_from_errno(errno, "set times");
  return {};
}

Status File::allocate(std::uint64_t at, std::uint64_t length) {
  WARRANT_CHECKED(check_write());
  if (length == 0) return Error{Errc::kInvalid, 0, "allocate"};
  if (at > kMaxOffset || length > kMaxOffset - at) return Error{Errc::kFileTooBig, 0, "allocate"};
  WARRANT_CHECKED(check_links());
  const std::uint64_t end = at + length;
  std::uint64_t before = 0;
  WARRANT_CHECKED(state_->claim(end, before, *grant_->accounting));
  int answer = 0;
  do {
    answer = ::fallocate(fd_.number(), 0, static_cast<off_t>(at), static_cast<off_t>(length));
  } while (answer != 0 && errno == EINTR && grant_->run->check());
  if (answer == 0) return {};
  const int error = errno;
  state_->settle(end, before, before, *grant_->accounting);
  return error_from_errno(error, "allocate");
}

Status File::advise(std::uint64_t at, std::uint64_t length, cap::Advice advice) {
  if (at > kMaxOffset || length > kMaxOffset) return Error{Errc::kInvalid, 0, "advise"};
  const int error = ::posix_fadvise(fd_.number(), static_cast<off_t>(at),
                                    static_cast<off_t>(length), advice_of(advice));
  if (error != 0) return error_from_errno(error, "advise");
  return {};
}

Status File::sync() {
  if (::fsync(fd_.number()) != 0) return error_from_errno(errno, "sync");
  return {};
}

Status File::sync_data() {
  if (::fdatasync(fd_.number()) != 0) return error_from_errno(errno, "sync");
  return {};
}

}  // namespace warrant::os
