// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/failure.h"

#include "warrant/codec/text.h"
#include "warrant/host/limit_reason.h"

namespace warrant::host {
namespace {

constexpr std::size_t kMaxShown = 400;

Exit refused(std::string message, std::string hint) {
  Exit exit;
  exit.kind = ExitKind::kRefused;
  exit.message = std::move(message);
  exit.hint = std::move(hint);
  return exit;
}

std::string shown(const std::string& text) { return codec::escape_text(text, kMaxShown); }

}  // namespace

Exit exit_of_failure(const wasm::Failure& failure, const policy::Limits& limits) {
  const auto now = [&](policy::LimitKey key) { return policy::print_limit(key, limits.get(key)); };
  switch (failure.kind) {
    case wasm::Failure::Kind::kInvalidModule:
      return refused("not a valid module: " + shown(failure.text),
                     "build it again; a validator such as wasm-validate says more");
    case wasm::Failure::Kind::kLegacyExceptions:
      return refused(
          "uses the old form of WebAssembly exceptions (try/catch), which no native "
          "engine here runs",
          "translate it: wasm-opt --translate-to-exnref --enable-exception-handling");
    case wasm::Failure::Kind::kUnsupportedFeature:
      return refused("uses a WebAssembly feature that is not offered: " + shown(failure.text),
                     "build it without that feature");
    case wasm::Failure::Kind::kLink:
      return refused("its imports do not fit: " + shown(failure.text),
                     "`warrant inspect FILE` lists what it imports");
    case wasm::Failure::Kind::kCompileLimit: {
      const auto key = policy::find_limit(failure.text.substr(0, failure.text.find(':')));
      return refused("above a limit of compilation: " + shown(failure.text),
                     key ? how_to_raise(*key, limits) : "no flag raises it");
    }
    case wasm::Failure::Kind::kLimit:
      return refused("starts with more than it is allowed: " + shown(failure.text),
                     "raise --memory (now " + now(policy::LimitKey::kMemory) +
                         ") or --table (now " + now(policy::LimitKey::kTable) + ")");
    case wasm::Failure::Kind::kPoolFull:
      return refused("busy: as many calls as this host allows are running", "try again later");
    case wasm::Failure::Kind::kArtifact:
    case wasm::Failure::Kind::kEngine:
      break;
  }
  return refused("the engine refused: " + shown(failure.text), "`warrant doctor` may tell why");
}

Exit exit_of_diagnosis(const wasm::Diagnosis& diagnosis, const policy::Limits& limits) {
  using Kind = wasm::Diagnosis::Kind;
  switch (diagnosis.kind) {
    case Kind::kEmpty:
      return refused("is empty", "check that it was written or downloaded whole");
    case Kind::kNotWasm:
      return refused("is not WebAssembly: it does not begin with \\0asm",
                     "FILE is a module or component; scripts are given to an interpreter's module");
    case Kind::kLimit: {
      const auto key = policy::find_limit(diagnosis.limit);
      if (diagnosis.limit == "custom-bytes") {
        return refused(
            "above the limit custom-bytes: " + shown(diagnosis.text),
            "no flag raises it; leave out what is there for debugging: llvm-strip --strip-all FILE "
            "-o SMALLER.wasm, or wasm-strip");
      }
      return refused(
          "above the limit " + std::string(diagnosis.limit) + ": " + shown(diagnosis.text),
          key ? how_to_raise(*key, limits) : "no flag raises it");
    }
    case Kind::kTruncated:
      return refused("ends too early: " + shown(diagnosis.text),
                     "check that it was written or downloaded whole");
    case Kind::kUnsupported:
      return refused("uses a WebAssembly feature that is not offered: " + shown(diagnosis.text),
                     "build it without that feature");
    case Kind::kVersion:
      return refused("is of an unknown version of WebAssembly: " + shown(diagnosis.text),
                     "build it for version 1");
    case Kind::kMalformed:
    case Kind::kNone:
      break;
  }
  return refused("is damaged: " + shown(diagnosis.text), "build it again");
}

Exit exit_of_limit(policy::LimitKey key, const policy::Limits& limits) {
  Exit exit;
  exit.kind = ExitKind::kLimited;
  exit.limit = key;
  const std::string word(policy::row_of(key).word);
  exit.message = "ended by the limit " + word + " = " + policy::print_limit(key, limits.get(key));
  exit.hint = how_to_raise(key, limits);
  return exit;
}

std::string hint_of_stack(const policy::Limits& limits) {
  constexpr auto kStack = policy::LimitKey::kStack;
  return "the limit stack = " + policy::print_limit(kStack, limits.get(kStack)) + ": " +
         how_to_raise(kStack, limits);
}

Exit exit_of_memory(const policy::Limits& limits) {
  Exit exit = exit_of_limit(policy::LimitKey::kMemory, limits);
  exit.message += ", by the kernel: its process needed more than a guest of that size may";
  return exit;
}

Exit exit_of_interruption(wasm::Interruption cause, const policy::Limits& limits) {
  Exit exit;
  switch (cause) {
    case wasm::Interruption::kWall:
      return exit_of_limit(policy::LimitKey::kWall, limits);
    case wasm::Interruption::kCpu:
      return exit_of_limit(policy::LimitKey::kCpu, limits);
    case wasm::Interruption::kCancelled:
    case wasm::Interruption::kNone:
      exit.kind = ExitKind::kCancelled;
      exit.message = "cancelled";
      break;
    case wasm::Interruption::kAuditFailed:
      exit.kind = ExitKind::kAuditFailed;
      exit.message = "ended: its records could not be written";
      exit.hint = "make room where the log lies";
      break;
  }
  return exit;
}

}  // namespace warrant::host
