// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/compile_outside.h"

#include "warrant/engine/engine.h"
#include "warrant/os/compile_child.h"
#include "warrant/os/process.h"

namespace warrant::lib {
namespace {

using policy::LimitKey;
using wasm::Failure;

constexpr char kFirstKind = 'a';
constexpr char kLastKind = kFirstKind + static_cast<char>(Failure::Kind::kEngine);

std::string text_of(const Failure& failure) {
  return std::string(1, static_cast<char>(kFirstKind + static_cast<char>(failure.kind))) +
         failure.text;
}

// The words are those of a process that looked at outside bytes.
Failure failure_of(const std::string& words) {
  if (words.empty() || words[0] < kFirstKind || words[0] > kLastKind) {
    return {Failure::Kind::kEngine, "the compiler ended without a word"};
  }
  Failure failure{static_cast<Failure::Kind>(words[0] - kFirstKind), words.substr(1)};
  // An engine that gets no memory says so; everything else of it is told as it is.
  if (failure.text.find("os error 12") != std::string::npos) {
    failure = {Failure::Kind::kCompileLimit, "compile-memory: compiling it takes more"};
  }
  return failure;
}

Failure limit_failure(LimitKey key, const policy::Limits& limits) {
  const std::string word(policy::row_of(key).word);
  return {Failure::Kind::kCompileLimit,
          word + ": compiling it takes more than " + policy::print_limit(key, limits.get(key))};
}

Result<engine::File> code_of(os::CompileAnswer answer, const policy::Limits& limits,
                             Failure& failure) {
  switch (answer.end) {
    case os::CompileEnd::kDone:
      return engine::File(answer.code.release());
    case os::CompileEnd::kRefused:
      failure = failure_of(answer.words);
      break;
    case os::CompileEnd::kWall:
      failure = limit_failure(LimitKey::kCompileWall, limits);
      break;
    case os::CompileEnd::kCpu:
      failure = limit_failure(LimitKey::kCompileCpu, limits);
      break;
    case os::CompileEnd::kMemory:
      failure = limit_failure(LimitKey::kCompileMemory, limits);
      break;
    case os::CompileEnd::kDied:
      failure = {Failure::Kind::kEngine, "the compiler's process did not finish: " + answer.words};
      break;
  }
  return Error{Errc::kInvalid, 0, "compile"};
}

}  // namespace

void compile_outside(os::Ambient ambient, const std::string& program, const policy::Limits& limits,
                     engine::Options& options, os::CompileWatcher* watcher) {
  options.compiler = [ambient, program, limits, watcher, settings = engine::settings_text(options)](
                         std::span<const std::byte> module,
                         Failure& failure) -> Result<engine::File> {
    const os::CompileBounds bounds{limits.duration(LimitKey::kCompileWall),
                                   limits.duration(LimitKey::kCompileCpu),
                                   limits.get(LimitKey::kCompileMemory)};
    auto answer = os::compile_in_child(ambient, program, module, settings, bounds, watcher);
    if (!answer) {
      failure = {Failure::Kind::kEngine, "no process can be made that compiles"};
      return answer.error();
    }
    return code_of(*std::move(answer), limits, failure);
  };
}

void compile_for_parent(os::Ambient ambient, std::span<const std::string> words) {
  std::string_view failed;
  const auto child = os::CompileChild::begin(ambient, words, failed);
  if (!child) {
    os::CompileChild::refuse(text_of(
        {Failure::Kind::kEngine, "its process cannot be locked down: " + std::string(failed)}));
  }
  const auto options = engine::options_of_settings(child->settings());
  if (!options) os::CompileChild::refuse(text_of({Failure::Kind::kEngine, "unknown settings"}));
  Failure failure;
  const engine::File to(child->code_fd());
  if (!engine::compile_to(to, *options, child->module(), failure)) {
    os::CompileChild::refuse(text_of(failure));
  }
  os::leave_process(0);
}

}  // namespace warrant::lib
