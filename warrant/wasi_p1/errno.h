// SPDX-License-Identifier: Apache-2.0
#pragma once
// The errors of preview1, and the one map from Warrant's errors to them.
//
// Total: the compiler refuses a map that misses a code. Says nothing about denials: kNotCapable of
// a capability becomes kNotCapable here, whoever records it. Spec: preview1.md section 3.
#include <cstdint>

#include "warrant/base/error.h"

namespace warrant::wasi_p1 {

enum class Errno : std::uint16_t {
  kSuccess = 0,
  kTooBig = 1,
  kAcces = 2,
  kAddrInUse = 3,
  kAddrNotAvail = 4,
  kAfNoSupport = 5,
  kAgain = 6,
  kAlready = 7,
  kBadF = 8,
  kBadMsg = 9,
  kBusy = 10,
  kCanceled = 11,
  kChild = 12,
  kConnAborted = 13,
  kConnRefused = 14,
  kConnReset = 15,
  kDeadlk = 16,
  kDestAddrReq = 17,
  kDom = 18,
  kDQuot = 19,
  kExist = 20,
  kFault = 21,
  kFBig = 22,
  kHostUnreach = 23,
  kIdRm = 24,
  kIlSeq = 25,
  kInProgress = 26,
  kIntr = 27,
  kInval = 28,
  kIo = 29,
  kIsConn = 30,
  kIsDir = 31,
  kLoop = 32,
  kMFile = 33,
  kMLink = 34,
  kMsgSize = 35,
  kMultihop = 36,
  kNameTooLong = 37,
  kNetDown = 38,
  kNetReset = 39,
  kNetUnreach = 40,
  kNFile = 41,
  kNoBufs = 42,
  kNoDev = 43,
  kNoEnt = 44,
  kNoExec = 45,
  kNoLck = 46,
  kNoLink = 47,
  kNoMem = 48,
  kNoMsg = 49,
  kNoProtoOpt = 50,
  kNoSpc = 51,
  kNoSys = 52,
  kNotConn = 53,
  kNotDir = 54,
  kNotEmpty = 55,
  kNotRecoverable = 56,
  kNotSock = 57,
  kNotSup = 58,
  kNoTty = 59,
  kNxio = 60,
  kOverflow = 61,
  kOwnerDead = 62,
  kPerm = 63,
  kPipe = 64,
  kProto = 65,
  kProtoNoSupport = 66,
  kPrototype = 67,
  kRange = 68,
  kRoFs = 69,
  kSPipe = 70,
  kSrch = 71,
  kStale = 72,
  kTimedOut = 73,
  kTxtBsy = 74,
  kXDev = 75,
  kNotCapable = 76,
};

constexpr Errno errno_of(Errc code) noexcept {
  switch (code) {
    case Errc::kAccess:
      return Errno::kAcces;
    case Errc::kAddressInUse:
      return Errno::kAddrInUse;
    case Errc::kAddressNotAvailable:
      return Errno::kAddrNotAvail;
    case Errc::kAgain:
      return Errno::kAgain;
    case Errc::kBadHandle:
      return Errno::kBadF;
    case Errc::kBusy:
      return Errno::kBusy;
    case Errc::kCanceled:
      return Errno::kIntr;  // the engine ends the run before the guest sees it
    case Errc::kConnectionAborted:
      return Errno::kConnAborted;
    case Errc::kConnectionRefused:
      return Errno::kConnRefused;
    case Errc::kConnectionReset:
      return Errno::kConnReset;
    case Errc::kExists:
      return Errno::kExist;
    case Errc::kFileTooBig:
      return Errno::kFBig;
    case Errc::kHostUnreachable:
      return Errno::kHostUnreach;
    case Errc::kIllegalBytes:
      return Errno::kIlSeq;
    case Errc::kInterrupted:
      return Errno::kIntr;
    case Errc::kInvalid:
      return Errno::kInval;
    case Errc::kIo:
      return Errno::kIo;
    case Errc::kIsDir:
      return Errno::kIsDir;
    case Errc::kLoop:
      return Errno::kLoop;
    case Errc::kMessageSize:
      return Errno::kMsgSize;
    case Errc::kNameTooLong:
      return Errno::kNameTooLong;
    case Errc::kNetworkDown:
      return Errno::kNetDown;
    case Errc::kNetworkUnreachable:
      return Errno::kNetUnreach;
    case Errc::kNoDevice:
      return Errno::kNoDev;
    case Errc::kNoEntry:
      return Errno::kNoEnt;
    case Errc::kNoMemory:
      return Errno::kNoMem;
    case Errc::kNoSpace:
      return Errno::kNoSpc;
    case Errc::kNoSuchCall:
      return Errno::kNoSys;
    case Errc::kNotCapable:
      return Errno::kNotCapable;
    case Errc::kNotConnected:
      return Errno::kNotConn;
    case Errc::kNotDir:
      return Errno::kNotDir;
    case Errc::kNotEmpty:
      return Errno::kNotEmpty;
    case Errc::kNotPermitted:
      return Errno::kPerm;
    case Errc::kNotSocket:
      return Errno::kNotSock;
    case Errc::kNotSupported:
      return Errno::kNotSup;
    case Errc::kOverflow:
      return Errno::kOverflow;
    case Errc::kPipe:
      return Errno::kPipe;
    case Errc::kQuota:
      return Errno::kDQuot;
    case Errc::kReadOnlyFileSystem:
      return Errno::kRoFs;
    case Errc::kSeekPipe:
      return Errno::kSPipe;
    case Errc::kStale:
      return Errno::kStale;
    case Errc::kTextBusy:
      return Errno::kTxtBsy;
    case Errc::kTimedOut:
      return Errno::kTimedOut;
    case Errc::kTooManyFiles:
      return Errno::kMFile;
    case Errc::kTooManyFilesSystem:
      return Errno::kNFile;
    case Errc::kTooManyLinks:
      return Errno::kMLink;
    case Errc::kCrossDevice:
      return Errno::kXDev;
  }
  return Errno::kIo;
}

}  // namespace warrant::wasi_p1
