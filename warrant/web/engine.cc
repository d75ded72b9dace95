// SPDX-License-Identifier: Apache-2.0
#include "warrant/web/engine.h"

#include <algorithm>
#include <array>

namespace warrant::web {
namespace {

using wasm::End;
using wasm::Failure;
using wasm::TrapCode;

constexpr unsigned kPageShift = 16;

struct Words {
  std::string_view first, second;  // both stand in the message
  TrapCode trap;
};
// Of V8, SpiderMonkey and JavaScriptCore; the first that fits.
constexpr auto kWords = std::to_array<Words>({
    {"unreachable", "", TrapCode::kUnreachable},
    {"Unreachable", "", TrapCode::kUnreachable},
    {"by zero", "", TrapCode::kIntegerDivisionByZero},
    {"unrepresentable", "float", TrapCode::kBadConversionToInteger},
    {"conversion", "integer", TrapCode::kBadConversionToInteger},
    {"truncation", "", TrapCode::kBadConversionToInteger},
    {"unrepresentable", "", TrapCode::kIntegerOverflow},
    {"overflow", "integer", TrapCode::kIntegerOverflow},
    {"signature", "", TrapCode::kBadSignature},
    {"null", "indirect", TrapCode::kIndirectCallToNull},
    {"null", "function", TrapCode::kIndirectCallToNull},
    {"table", "", TrapCode::kTableOutOfBounds},
    {"alignment", "", TrapCode::kHeapMisaligned},
    {"unaligned", "", TrapCode::kHeapMisaligned},
    {"out of bounds", "", TrapCode::kMemoryOutOfBounds},
    {"Out of bounds", "", TrapCode::kMemoryOutOfBounds},
});

std::string_view text_of(const PageEnd& end) noexcept {
  return {end.text, std::min<std::size_t>(end.text_size, sizeof end.text)};
}

}  // namespace

TrapCode trap_of(std::string_view message) noexcept {
  const auto found = std::find_if(kWords.begin(), kWords.end(), [&](const Words& each) {
    return message.find(each.first) != std::string_view::npos &&
           message.find(each.second) != std::string_view::npos;
  });
  return found == kWords.end() ? TrapCode::kOther : found->trap;
}

Result<std::unique_ptr<PageProgram>> PageProgram::compile(
    std::span<const std::byte> module, std::span<const wasm::HostFunction> functions,
    const RunTime& time, Failure& failure) {
  PageEnd end{};
  page_compile(module.data(), module.size(), &end);
  if (end.kind == PageEnd::kReturned) {
    return std::unique_ptr<PageProgram>(new PageProgram(functions, time));
  }
  failure = {Failure::Kind::kInvalidModule, std::string(text_of(end))};
  return Error{Errc::kInvalid, 0, "compile"};
}

Result<std::unique_ptr<wasm::Instance>> PageProgram::instantiate(const wasm::InstanceSetup& setup,
                                                                 Failure&) const {
  return std::unique_ptr<wasm::Instance>(std::make_unique<PageInstance>(setup, functions_, time_));
}

Result<End> PageInstance::start(Failure& failure) {
  PageEnd end{};
  page_start(this, &end);
  if (end.kind == PageEnd::kRefused) {
    failure = {Failure::Kind::kLink, std::string(text_of(end))};
    return Error{Errc::kInvalid, 0, "instantiate"};
  }
  return conclude(end);
}

End PageInstance::call(std::string_view name, std::span<wasm::Slot>) {
  PageEnd end{};
  page_call(name.data(), name.size(), &end);
  return conclude(end);
}

End PageInstance::conclude(const PageEnd& page) {
  peak_ = std::uint64_t{page_memory_pages()} << kPageShift;
  End end;
  end.record = exit_;
  switch (page.kind) {
    case PageEnd::kReturned:
      return end;
    case PageEnd::kEnded:
      break;
    case PageEnd::kTrapped:
      end.kind = End::Kind::kTrapped;
      end.trap = trap_of(text_of(page));
      return end;
    case PageEnd::kException:
      end.kind = End::Kind::kTrapped;
      end.trap = TrapCode::kUncaughtException;
      return end;
    case PageEnd::kStack:
      end.kind = End::Kind::kTrapped;
      end.trap = TrapCode::kStackOverflow;
      return end;
    default:
      end.kind = End::Kind::kBug;
      return end;
  }
  switch (exit_.kind) {
    case wasm::ExitRecord::Kind::kExited:
      end.kind = End::Kind::kExited;
      break;
    case wasm::ExitRecord::Kind::kSignalled:
      end.kind = End::Kind::kSignalled;
      break;
    case wasm::ExitRecord::Kind::kAbiFault:
      end.kind = End::Kind::kTrapped;
      end.trap = exit_.fault;
      break;
    case wasm::ExitRecord::Kind::kBug:
      end.kind = End::Kind::kBug;
      break;
    case wasm::ExitRecord::Kind::kNone:
      end.kind = End::Kind::kInterrupted;
      end.interruption = setup_.interrupt->cause();
      break;
  }
  return end;
}

wasm::HostResult PageInstance::host_call(std::uint32_t index, wasm::Slot* slots) noexcept {
  if (index >= functions_.size()) return wasm::HostResult::kEnd;
  if (!time_.check()) return wasm::HostResult::kEnd;
  const wasm::HostFunction& function = functions_[index];
  wasm::HostCall call{memory_, setup_.state[static_cast<std::size_t>(function.slot)], exit_};
  const wasm::HostResult result = function.call(function, call, slots);
  if (result == wasm::HostResult::kEnd) return result;
  // What was due while the host worked: a sleep or a request ended by the run's deadline.
  return setup_.interrupt->cause() == wasm::Interruption::kNone ? result : wasm::HostResult::kEnd;
}

}  // namespace warrant::web
