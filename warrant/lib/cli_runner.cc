// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/cli_runner.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "warrant/base/bytes.h"
#include "warrant/codec/text.h"
#include "warrant/os/waiter.h"

namespace warrant {
namespace {

using policy::LimitKey;

constexpr int kLeastVersion = 25;
constexpr int kStdin = 0;
constexpr std::string_view kModulePath = "/proc/self/fd/3";
constexpr Nanoseconds kProbeTime{10'000'000'000};
constexpr std::size_t kMaxKept = 64U << 10;

// Prints its arguments, each with its NUL: args_sizes_get, args_get, fd_write.
// clang-format off
constexpr auto kPrintArguments = std::to_array<std::uint8_t>({
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x12, 0x03, 0x60, 0x02, 0x7f, 0x7f, 0x01,
    0x7f, 0x60, 0x04, 0x7f, 0x7f, 0x7f, 0x7f, 0x01, 0x7f, 0x60, 0x00, 0x00, 0x02, 0x6d, 0x03, 0x16,
    0x77, 0x61, 0x73, 0x69, 0x5f, 0x73, 0x6e, 0x61, 0x70, 0x73, 0x68, 0x6f, 0x74, 0x5f, 0x70, 0x72,
    0x65, 0x76, 0x69, 0x65, 0x77, 0x31, 0x0e, 0x61, 0x72, 0x67, 0x73, 0x5f, 0x73, 0x69, 0x7a, 0x65,
    0x73, 0x5f, 0x67, 0x65, 0x74, 0x00, 0x00, 0x16, 0x77, 0x61, 0x73, 0x69, 0x5f, 0x73, 0x6e, 0x61,
    0x70, 0x73, 0x68, 0x6f, 0x74, 0x5f, 0x70, 0x72, 0x65, 0x76, 0x69, 0x65, 0x77, 0x31, 0x08, 0x61,
    0x72, 0x67, 0x73, 0x5f, 0x67, 0x65, 0x74, 0x00, 0x00, 0x16, 0x77, 0x61, 0x73, 0x69, 0x5f, 0x73,
    0x6e, 0x61, 0x70, 0x73, 0x68, 0x6f, 0x74, 0x5f, 0x70, 0x72, 0x65, 0x76, 0x69, 0x65, 0x77, 0x31,
    0x08, 0x66, 0x64, 0x5f, 0x77, 0x72, 0x69, 0x74, 0x65, 0x00, 0x01, 0x03, 0x02, 0x01, 0x02, 0x05,
    0x03, 0x01, 0x00, 0x01, 0x07, 0x13, 0x02, 0x06, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 0x02, 0x00,
    0x06, 0x5f, 0x73, 0x74, 0x61, 0x72, 0x74, 0x00, 0x03, 0x0a, 0x27, 0x01, 0x25, 0x00, 0x41, 0x00,
    0x41, 0x0c, 0x10, 0x00, 0x1a, 0x41, 0xc0, 0x00, 0x41, 0x80, 0x20, 0x10, 0x01, 0x1a, 0x41, 0x08,
    0x41, 0x80, 0x20, 0x36, 0x02, 0x00, 0x41, 0x01, 0x41, 0x08, 0x41, 0x01, 0x41, 0x04, 0x10, 0x02,
    0x1a, 0x0b,
});
// clang-format on

// Hands on what fits, and keeps the end of everything.
class Kept {
 public:
  os::BytesCallback callback(std::uint64_t most, const os::BytesCallback& also) {
    most_ = most;
    return [this, &also](std::span<const std::byte> bytes) {
      const std::uint64_t room = most_ - std::min<std::uint64_t>(most_, taken_);
      const auto part =
          bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(room, bytes.size())));
      taken_ += bytes.size();
      if (also && !part.empty()) also(part);
      text_.append(text_of(bytes));
      if (text_.size() > 2 * kMaxKept) text_.erase(0, text_.size() - kMaxKept);
    };
  }
  std::string take() { return std::move(text_); }
  std::uint64_t dropped() const { return taken_ > most_ ? taken_ - most_ : 0; }

 private:
  std::string text_;
  std::uint64_t most_ = 0;
  std::uint64_t taken_ = 0;
};

host::ProcessEnd end_of(const os::ExternalEnd& end) {
  using From = os::ExternalEnd::By;
  using To = host::ProcessEnd::By;
  To by = To::kItself;
  if (end.by == From::kWall) by = To::kWall;
  if (end.by == From::kCpu) by = To::kCpu;
  if (end.by == From::kCancel) by = To::kCancel;
  return {end.exited, end.status, end.signal, by, host::ProcessEnd::Fuel::kEndless};
}

std::string find_in(os::Ambient ambient, const std::string& search) {
  std::string unusable;
  for (std::size_t at = 0; at <= search.size();) {
    const std::size_t colon = std::min(search.find(':', at), search.size());
    const std::string folder = search.substr(at, colon - at);
    at = colon + 1;
    if (folder.empty() || folder.front() != '/') continue;  // never the working directory
    const std::string path = folder + "/wasmtime";
    const os::ProgramState state = os::program_state(ambient, path);
    if (state == os::ProgramState::kUsable) return path;
    if (unusable.empty() && state != os::ProgramState::kAbsent) unusable = path;
  }
  return unusable;
}

// "wasmtime 48.0.2 (…)" -> 48.
std::optional<int> major_version(std::string_view text) {
  const std::size_t at = text.find_first_of("0123456789");
  if (at == std::string_view::npos) return std::nullopt;
  int version = 0;
  const auto [rest, error] = std::from_chars(text.data() + at, text.data() + text.size(), version);
  if (error != std::errc{} || rest == text.data() + text.size()) return std::nullopt;
  return version;
}

}  // namespace

CliRunner::CliRunner(os::Ambient ambient) : ambient_(ambient) {}

CliRunner CliRunner::find(os::Ambient ambient, const std::string& program,
                          const std::string& search) {
  CliRunner runner(ambient);
  runner.program_ = program.empty() ? find_in(ambient, search) : program;
  runner.descriptor_.unavailable = runner.probe();
  return runner;
}

std::string CliRunner::probe() {
  if (program_.empty()) return "no wasmtime is found on PATH";
  const std::string name = codec::escape_text(program_);
  if (program_.front() != '/') return name + " is no absolute path";
  const os::ProgramState state = os::program_state(ambient_, program_);
  if (state == os::ProgramState::kAbsent) return name + " is not there";
  if (state == os::ProgramState::kNotExecutable) {
    return name + " is not executable: chmod +x " + codec::shell_quote(program_);
  }
  auto made = os::ExternalProcess::make(ambient_);
  if (!made) return "no process can be started";
  Kept output;
  os::ExternalCall call;
  call.program = program_;
  call.words = {"wasmtime", "--version"};
  const os::BytesCallback nobody;
  call.output = output.callback(kMaxKept, nobody);
  call.wall = call.cpu = kProbeTime;
  auto end = (*made)->run(call);
  const std::string said = output.take();
  const auto version = major_version(said);
  if (!end || !end->exited || end->status != 0 || !version) {
    return name + " does not tell its version";
  }
  descriptor_.version = codec::escape_text(said.substr(0, said.find('\n')), 64);
  if (*version < kLeastVersion) {
    return descriptor_.version + " is too old: " + std::to_string(kLeastVersion) +
           " is the least that takes --argv0";
  }
  policy::Grant terms;
  wasm::ModuleInfo info;
  host::RunnerRequest request;
  request.terms = &terms;
  request.info = &info;
  request.argv = {"probe it", "-x", "--", "", "two words", "\xc3\xa9"};
  std::string wanted;
  for (const std::string& each : request.argv) wanted += each + '\0';
  Kept printed;
  call.words = host::wasmtime_words(request, kModulePath);
  call.words.insert(call.words.begin(), "wasmtime");
  call.file = std::as_bytes(std::span(kPrintArguments));
  call.output = printed.callback(kMaxKept, nobody);
  end = (*made)->run(call);
  if (!end || !end->exited || end->status != 0 || printed.take() != wanted) {
    return name + " does not hand arguments on as they are";
  }
  return {};
}

host::RunResult CliRunner::run(const host::Accepted& accepted, const host::RunnerRequest& request,
                               std::span<const std::byte> module, const CliStreams& streams) {
  host::RunResult result;
  const auto refuse = [&](host::ExitKind kind, std::string what) {
    result.exit.kind = kind;
    result.exit.message = std::move(what);
    return std::move(result);
  };
  if (!accepted.is_for(request) || accepted.runner() != descriptor_.name) {
    return refuse(host::ExitKind::kBug, "what was accepted is not what is run");
  }
  auto made = os::ExternalProcess::make(ambient_);
  if (!made) return refuse(host::ExitKind::kRefused, "runner.unavailable: no process can be made");
  process_ = *std::move(made);
  const policy::Limits& limits = request.terms->limits;
  Kept output;
  Kept errors;
  os::ExternalCall call;
  call.program = program_;
  call.words = host::wasmtime_words(request, kModulePath);
  call.words.insert(call.words.begin(), "wasmtime");
  call.file = module;
  if (streams.inherit_input) call.input = os::BorrowedFd(kStdin);
  call.input_bytes = streams.input;
  // Streams that are passed on are capped where somebody wrote so.
  const auto most = [&](LimitKey key) {
    return limits.is_written(key) ? limits.get(key) : std::uint64_t{UINT64_MAX};
  };
  call.output = output.callback(most(LimitKey::kStdout), streams.output);
  call.error_output = errors.callback(most(LimitKey::kStderr), streams.error_output);
  call.wall = limits.duration(LimitKey::kWall);
  call.cpu = limits.duration(LimitKey::kCpu);
  const Nanoseconds began = os::host_monotonic();
  const auto end = process_->run(call);
  if (!end) return refuse(host::ExitKind::kRefused, "runner.unavailable: no process can be made");
  result.usage.wall = saturating_sub(os::host_monotonic(), began);
  result.usage.cpu = end->cpu;
  result.output_dropped = output.dropped();
  result.error_output_dropped = errors.dropped();
  host::ProcessEnd how = end_of(*end);
  if (limits.is_written(LimitKey::kFuel)) how.fuel = host::ProcessEnd::Fuel::kCounted;
  result.exit = host::exit_of_process(how, errors.take());
  if (result.exit.limit) result.limits_hit.push_back(*result.exit.limit);
  if (result.output_dropped != 0) result.limits_hit.push_back(LimitKey::kStdout);
  if (result.error_output_dropped != 0) result.limits_hit.push_back(LimitKey::kStderr);
  return result;
}

void CliRunner::cancel() noexcept {
  if (process_ != nullptr) process_->cancel();
}

}  // namespace warrant
