// SPDX-License-Identifier: Apache-2.0
#pragma once
// What went wrong, in words that every room shares.
//
// An Error is an errno-like code, the rule that refused (0 when the world and not the warrant said
// no) and a static text naming the operation. It never allocates: a guest can cause a million.
// kNotCapable is a denial and is always audited; no other code ever stands for one, quotas
// excepted. The three maps from and to numbers of other systems are os/errno.cc, wasi_p1/errno.h
// and (later) wasi_p2/error_code.h. Spec: house-style.md section 4.
#include <cstdint>
#include <string_view>

namespace warrant {

enum class Errc : std::uint8_t {
  kAccess,  // the host's own permission bits said no
  kAddressInUse,
  kAddressNotAvailable,
  kAgain,
  kBadHandle,
  kBusy,
  kCanceled,  // the run is being ended: deadline, cancel or kill
  kConnectionAborted,
  kConnectionRefused,
  kConnectionReset,
  kExists,
  kFileTooBig,
  kHostUnreachable,
  kIllegalBytes,  // not UTF-8 where UTF-8 is required
  kInterrupted,
  kInvalid,
  kIo,
  kIsDir,
  kLoop,
  kMessageSize,
  kNameTooLong,
  kNetworkDown,
  kNetworkUnreachable,
  kNoDevice,
  kNoEntry,
  kNoMemory,
  kNoSpace,
  kNoSuchCall,  // ENOSYS
  kNotCapable,  // the warrant does not cover this: a denial, always audited
  kNotConnected,
  kNotDir,
  kNotEmpty,
  kNotPermitted,  // EPERM of the host
  kNotSocket,
  kNotSupported,
  kOverflow,
  kPipe,
  kQuota,  // a quota of the warrant, or EDQUOT of the host
  kReadOnlyFileSystem,
  kSeekPipe,
  kStale,
  kTextBusy,
  kTimedOut,
  kTooManyFiles,        // EMFILE
  kTooManyFilesSystem,  // ENFILE
  kTooManyLinks,
  kCrossDevice,
};

struct [[nodiscard]] Error {
  Errc code;
  std::uint16_t rule = 0;       // cap::Reason of the rule that refused, 0 when none
  std::string_view where = {};  // static text: the operation

  friend bool operator==(const Error&, const Error&) = default;
};

}  // namespace warrant
