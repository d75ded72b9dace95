// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/errno.h"

#include <cerrno>

#include "warrant/cap/reason.h"

namespace warrant::os {
namespace {

struct Row {
  int number;
  Errc code;
};

constexpr Row kFileRows[] = {
    {EACCES, Errc::kAccess},
    {EAGAIN, Errc::kAgain},
    {EBADF, Errc::kBadHandle},
    {EBUSY, Errc::kBusy},
    {EDQUOT, Errc::kQuota},
    {EEXIST, Errc::kExists},
    {EFBIG, Errc::kFileTooBig},
    {EILSEQ, Errc::kIllegalBytes},
    {EINTR, Errc::kInterrupted},
    {EINVAL, Errc::kInvalid},
    {EIO, Errc::kIo},
    {EISDIR, Errc::kIsDir},
    {ELOOP, Errc::kLoop},
    {EMFILE, Errc::kTooManyFiles},
    {EMLINK, Errc::kTooManyLinks},
    {ENAMETOOLONG, Errc::kNameTooLong},
    {ENFILE, Errc::kTooManyFilesSystem},
    {ENODEV, Errc::kNoDevice},
    {ENOENT, Errc::kNoEntry},
    {ENOMEM, Errc::kNoMemory},
    {ENOSPC, Errc::kNoSpace},
    {ENOSYS, Errc::kNoSuchCall},
    {ENOTDIR, Errc::kNotDir},
    {ENOTEMPTY, Errc::kNotEmpty},
    {ENXIO, Errc::kNoDevice},
    {EOPNOTSUPP, Errc::kNotSupported},
    {EOVERFLOW, Errc::kOverflow},
    {EPERM, Errc::kNotPermitted},
    {EPIPE, Errc::kPipe},
    {EROFS, Errc::kReadOnlyFileSystem},
    {ESPIPE, Errc::kSeekPipe},
    {ESTALE, Errc::kStale},
    {ETXTBSY, Errc::kTextBusy},
    {EXDEV, Errc::kCrossDevice},
};

constexpr Row kSocketRows[] = {
    {EADDRINUSE, Errc::kAddressInUse},
    {EADDRNOTAVAIL, Errc::kAddressNotAvailable},
    {ECANCELED, Errc::kCanceled},
    {ECONNABORTED, Errc::kConnectionAborted},
    {ECONNREFUSED, Errc::kConnectionRefused},
    {ECONNRESET, Errc::kConnectionReset},
    {EHOSTUNREACH, Errc::kHostUnreachable},
    {EMSGSIZE, Errc::kMessageSize},
    {ENETDOWN, Errc::kNetworkDown},
    {ENETUNREACH, Errc::kNetworkUnreachable},
    {ENOBUFS, Errc::kNoMemory},
    {ENOTCONN, Errc::kNotConnected},
    {ENOTSOCK, Errc::kNotSocket},
    {ETIMEDOUT, Errc::kTimedOut},
};

}  // namespace

Errc from_errno(int number) noexcept {
  for (const Row& row : kFileRows) {
    if (row.number == number) return row.code;
  }
  for (const Row& row : kSocketRows) {
    if (row.number == number) return row.code;
  }
  return Errc::kIo;
}

Error error_from_errno(int number, std::string_view where) noexcept {
  const bool limit = number == EMFILE || number == ENFILE;
  return cap::error_of(from_errno(number), limit ? cap::Reason::kHostLimit : cap::Reason::kNone,
                       where);
}

}  // namespace warrant::os
