// SPDX-License-Identifier: Apache-2.0
#include "warrant/engine/ends.h"

#include <limits>

namespace warrant::engine {

namespace {

using wasm::End;
using wasm::ExitRecord;
using wasm::Failure;
using wasm::Interruption;
using wasm::TrapCode;

// Kinds of warrant_wt_error_kind.
constexpr std::uint8_t kTrapKind = 1;
constexpr std::uint8_t kHeapFullKind = 3;

TrapCode code_of(std::uint8_t raw) noexcept {
  if (raw <= static_cast<std::uint8_t>(TrapCode::kOutOfFuel)) return static_cast<TrapCode>(raw);
  if (raw == static_cast<std::uint8_t>(TrapCode::kAllocationTooLarge)) {
    return TrapCode::kAllocationTooLarge;
  }
  if (raw == static_cast<std::uint8_t>(TrapCode::kUncaughtException)) {
    return TrapCode::kUncaughtException;
  }
  return TrapCode::kOther;
}

End trapped(TrapCode code, Interruption cause) {
  End end;
  end.kind = End::Kind::kTrapped;
  end.trap = code;
  if (code == TrapCode::kInterrupt) {
    // Nothing but a cause from outside ends a guest by this code.
    end.kind = cause == Interruption::kNone ? End::Kind::kBug : End::Kind::kInterrupted;
    end.interruption = cause;
  } else if (code == TrapCode::kOutOfFuel) {
    end.kind = End::Kind::kOutOfFuel;
  }
  return end;
}

std::vector<wasm::Frame> frames_of(const wasm_frame_vec_t& raw) {
  std::vector<wasm::Frame> frames;
  frames.reserve(raw.size);
  for (std::size_t i = 0; i < raw.size; ++i) {
    wasm::Frame frame;
    frame.index = wasm_frame_func_index(raw.data[i]);
    const std::size_t offset = wasm_frame_module_offset(raw.data[i]);
    frame.offset = offset == std::numeric_limits<std::size_t>::max() ? 0 : offset;
    if (const wasm_name_t* const name = wasmtime_frame_func_name(raw.data[i])) {
      frame.function.assign(name->data, name->size);
    }
    frames.push_back(std::move(frame));
  }
  return frames;
}

bool contains(std::string_view text, std::string_view part) noexcept {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

bool end_by_record(const ExitRecord& record, End& end) {
  end.record = record;
  switch (record.kind) {
    case ExitRecord::Kind::kNone:
      return false;
    case ExitRecord::Kind::kExited:
      end.kind = End::Kind::kExited;
      return true;
    case ExitRecord::Kind::kSignalled:
      end.kind = End::Kind::kSignalled;
      return true;
    case ExitRecord::Kind::kAbiFault:
      end.kind = End::Kind::kTrapped;
      end.trap = record.fault;
      return true;
    case ExitRecord::Kind::kBug:
      end.kind = End::Kind::kBug;
      return true;
  }
  return false;
}

End end_by_trap(const wasm_trap_t& trap, Interruption cause) {
  std::uint8_t raw = 0;
  End end = wasmtime_trap_code(&trap, &raw) ? trapped(code_of(raw), cause)
                                            : trapped(TrapCode::kUncaughtException, cause);
  wasm_frame_vec_t frames;
  wasm_trap_trace(&trap, &frames);
  end.backtrace = frames_of(frames);
  wasm_frame_vec_delete(&frames);
  return end;
}

End end_by_error(const wasmtime_error_t& error, Interruption cause) {
  const std::uint8_t kind = warrant_wt_error_kind(&error);
  End end;
  end.kind = End::Kind::kBug;
  if (kind == kHeapFullKind) {
    end = trapped(TrapCode::kAllocationTooLarge, cause);
  } else if (kind == kTrapKind) {
    std::uint8_t raw = 0;
    end = warrant_wt_error_trap_code(&error, &raw) ? trapped(code_of(raw), cause)
                                                   : trapped(TrapCode::kUncaughtException, cause);
  }
  wasm_frame_vec_t frames;
  wasmtime_error_wasm_trace(&error, &frames);
  end.backtrace = frames_of(frames);
  wasm_frame_vec_delete(&frames);
  return end;
}

Failure refusal(const wasmtime_error_t& error) {
  Failure failure{Failure::Kind::kInvalidModule, message_of(error)};
  if (contains(failure.text, "legacy exceptions support is not enabled") ||
      contains(failure.text, "legacy_exceptions feature required")) {
    failure.kind = Failure::Kind::kLegacyExceptions;
    failure.text =
        "the module uses the legacy form of WebAssembly exceptions, which only browsers run; "
        "translate it once with: wasm-opt --translate-to-exnref -all IN.wasm -o OUT.wasm";
  } else if (contains(failure.text, "is not enabled") || contains(failure.text, "not supported") ||
             contains(failure.text, "feature required") ||
             contains(failure.text, "must be enabled") || contains(failure.text, "requires the ")) {
    failure.kind = Failure::Kind::kUnsupportedFeature;
  }
  return failure;
}

}  // namespace warrant::engine
