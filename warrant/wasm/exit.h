// SPDX-License-Identifier: Apache-2.0
#pragma once
// How an instance ended. A record that a host function filled wins over the trap code by which the
// engine unwound. Specs: preview1.md section 8, engine.md section 9, runners.md section 7.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace warrant::wasm {

enum class TrapCode : std::uint8_t {
  kStackOverflow = 0,
  kMemoryOutOfBounds = 1,
  kHeapMisaligned = 2,
  kTableOutOfBounds = 3,
  kIndirectCallToNull = 4,
  kBadSignature = 5,
  kIntegerOverflow = 6,
  kIntegerDivisionByZero = 7,
  kBadConversionToInteger = 8,
  kUnreachable = 9,
  kInterrupt = 10,
  kOutOfFuel = 11,
  kAllocationTooLarge = 15,
  kUncaughtException = 49,
  kOther = 255,
};

// "out of bounds memory access", …
std::string_view describe(TrapCode code) noexcept;

// Why a run is being ended from outside the guest.
enum class Interruption : std::uint8_t { kNone = 0, kWall, kCpu, kCancelled, kAuditFailed };

// Filled by a host function before it answers HostResult::kEnd.
struct ExitRecord {
  enum class Kind : std::uint8_t { kNone, kExited, kSignalled, kAbiFault, kBug };
  Kind kind = Kind::kNone;
  std::uint32_t code = 0;           // kExited: the guest's number; kSignalled: the signal
  std::string_view function = {};   // kAbiFault: static text, "path_open"
  std::string_view parameter = {};  // kAbiFault: static text, "path"
  std::uint64_t address = 0;        // kAbiFault: where it pointed
  TrapCode fault = TrapCode::kMemoryOutOfBounds;  // kAbiFault
};

struct Frame {
  std::string function;  // the guest's own name for it, not escaped; empty when it has none
  std::uint32_t index = 0;
  std::uint64_t offset = 0;  // in the module
};

struct End {
  enum class Kind : std::uint8_t {
    kReturned,     // the export came back
    kExited,       // proc_exit
    kSignalled,    // proc_raise
    kTrapped,      // trap, uncaught exception, ABI fault
    kInterrupted,  // deadline or cancel; see interruption
    kOutOfFuel,
    kBug,
  };
  Kind kind = Kind::kReturned;
  ExitRecord record;
  TrapCode trap = TrapCode::kOther;                 // kTrapped
  Interruption interruption = Interruption::kNone;  // kInterrupted
  std::vector<Frame> backtrace;                     // innermost first; empty unless kept
};

}  // namespace warrant::wasm
