// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/broker.h"

#include <array>
#include <vector>

#include "warrant/base/bytes.h"
#include "warrant/host/failure.h"
#include "warrant/lib/remote_output.h"
#include "warrant/netfetch/functions.h"
#include "warrant/os/lockdown/filter.h"
#include "warrant/wasi_p1/functions.h"

namespace warrant::lib {
namespace {

constexpr int kPatience = 10'000;  // milliseconds until an executor is locked down
constexpr std::size_t kMostReport = 4U << 10;
constexpr std::size_t kMostArguments = 16;
constexpr std::array kOutputs = {policy::LimitKey::kStdout, policy::LimitKey::kStderr};

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};  // NOLINT: bytes as bytes
}

Problem refused(std::string what) {
  return {Problem::Kind::kRefused,
          "hardening_failed: " + std::move(what),
          "`warrant doctor` says what is missing here; --hardening=basic needs no second process",
          {}};
}

}  // namespace

std::span<const wasm::HostFunction> traceable(std::uint8_t set) noexcept {
  return set == 0 ? wasi_p1::functions() : netfetch::functions();
}

Outcome<std::unique_ptr<Broker>> Broker::start(os::Ambient ambient, LiveRun& live,
                                               const policy::Warrant& warrant, ExecutorPlan plan,
                                               std::span<const std::byte> module,
                                               const engine::File& code) {
  std::array<cap::Stream*, 2> outputs{};
  std::vector<int> muted;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!live.console().is_scrubbed(kOutputs[i])) continue;
    outputs[i] = live.stream(i + 1);
    plan.told[i] = outputs[i]->type();
    muted.push_back(static_cast<int>(i + 1));
  }
  const std::string text = print_plan(plan, warrant);
  const auto words = os::sealed_memory(ambient, "warrant-plan", text);
  const auto bytes = os::sealed_memory(ambient, "warrant-module", text_of(module));
  if (!words || !bytes) return refused("no memory can be shared with an executor");
  std::vector<os::BorrowedFd> files = {words->borrow(), bytes->borrow(), os::BorrowedFd(code.fd())};
  const std::vector<os::BorrowedFd> handed = live.handed();
  files.insert(files.end(), handed.begin(), handed.end());
  auto process = os::ExecutorProcess::start(ambient, files, muted);
  if (!process) return refused("no executor can be started");
  std::unique_ptr<Broker> broker(new Broker(*std::move(process), live, warrant));
  broker->outputs_ = outputs;
  live.hand_off();
  return broker;
}

std::optional<Problem> Broker::await(cap::Hardening& hardening) {
  os::Channel& channel = process_.channel();
  if (!channel.wait(kPatience)) return refused("the executor does not answer");
  const auto message = channel.receive(kMostReport);
  if (!message || message->kind != static_cast<std::uint32_t>(Wire::kReady)) {
    return refused("the executor did not come up: " + process_.wait());
  }
  const auto report = read_report(message->text());
  if (!report) return refused("the executor did not come up");
  if (!report->failed.empty()) return refused(report->failed);
  const policy::Grant& terms = warrant_.terms();
  hardening = {};
  hardening.profile = cap::HardeningProfile::kStrict;
  hardening.no_new_privs = true;
  hardening.dumpable = 0;
  hardening.landlock_abi = report->landlock_abi;
  hardening.seccomp =
      os::lockdown::filter_for({.sockets = !terms.listen.empty() || !terms.connect.empty()}).digest;
  hardening.user_namespace = hardening.net_namespace = hardening.pid_namespace = report->own_spaces;
  hardening.mdwe = report->mdwe;
  hardening.limits = report->limits;
  os::lockdown::miss_layers(
      report->own_spaces ? os::lockdown::Spaces::kOwn : os::lockdown::Spaces::kShared, hardening);
  return std::nullopt;
}

bool Broker::take_events(WireReader from) {
  bool good = true;
  while (!from.is_empty()) {
    const auto heard = events_.read(from);
    if (!heard) return false;
    if (heard->telling == Telling::kIntended) {
      good = live_.events().intend(heard->event) && good;
    } else {
      live_.events().record(heard->event);
    }
  }
  live_.log().recorder().hand_over();
  good = good && !live_.log().recorder().failed();
  return send(Wire::kAnswer, good ? std::string_view("\1", 1) : std::string_view("\0", 1));
}

bool Broker::take_trace(WireReader from, host::TraceObserver* trace) {
  const std::uint8_t set = from.u8();
  const std::uint16_t number = from.u16();
  std::array<std::uint64_t, kMostArguments> arguments{};
  const std::uint8_t count = from.u8();
  if (trace == nullptr || set >= kTraceSets || count > kMostArguments) return false;
  const auto functions = traceable(set);
  for (std::uint8_t i = 0; i < count; ++i) arguments[i] = from.u64();
  const bool answered = from.u8() != 0;
  const std::uint64_t value = from.u64();
  const auto result = from.word(wasm::HostResult::kEnd);
  if (!from.whole() || number >= functions.size() || count != functions[number].params.size()) {
    return false;
  }
  trace->called(functions[number], std::span(arguments).first(count), answered ? &value : nullptr,
                result);
  return true;
}

bool Broker::answer(const os::Channel::Message& message, host::TraceObserver* trace) {
  const auto kind = static_cast<Wire>(message.kind);
  const WireReader from(message.text());
  if (kind == Wire::kEvents) return take_events(from);
  if (kind == Wire::kTrace) return take_trace(from, trace);
  WireWriter to;
  if (kind == Wire::kOutput) {
    return answer_output(outputs_, from, to) && send(Wire::kAnswer, to.view());
  }
  if (!FetchService::serves(kind)) return false;
  if (!fetch_.answer(kind, from, to)) return false;
  return kind == Wire::kFetchClose || send(Wire::kAnswer, to.view());
}

// It is gone without a word: by its timer, by ours, or by what it tried.
RunResult Broker::ended_alone() {
  const std::string how = process_.wait();
  RunResult result;
  host::Exit& exit = result.exit;
  const wasm::Interruption raised = live_.raised();
  const auto left = [&](int status) { return how.ends_with("status " + std::to_string(status)); };
  if (raised != wasm::Interruption::kNone) {
    exit = host::exit_of_interruption(raised, warrant_.limits());
  } else if (left(kLeftWall)) {
    exit = host::exit_of_interruption(wasm::Interruption::kWall, warrant_.limits());
  } else if (left(kLeftCpu)) {
    exit = host::exit_of_interruption(wasm::Interruption::kCpu, warrant_.limits());
  } else {
    exit.kind = host::ExitKind::kBug;
    exit.message = "the process of the guest did not finish: " + how;
    exit.hint = "the guest's log says what it did last; please report it";
  }
  return result;
}

// What was held back, as it might have become a secret, goes on.
void Broker::finish_outputs(RunResult& result) {
  Console& console = live_.console();
  console.finish();
  result.output_dropped += console.dropped(kOutputs[0]);
  result.error_output_dropped += console.dropped(kOutputs[1]);
}

RunResult Broker::serve(host::TraceObserver* trace) {
  live_.start_serving();
  process_.follow_stops();
  const Nanoseconds began = os::host_monotonic();
  os::Channel& channel = process_.channel();
  bool known = send(Wire::kGo, {});
  std::optional<RunResult> result;
  while (known && !result) {
    const auto message = channel.receive(kMostWire);
    if (!message) break;
    if (message->kind == static_cast<std::uint32_t>(Wire::kEnd)) {
      WireReader from(message->text());
      result = read_result(from);
      known = result.has_value();
    } else {
      known = answer(*message, trace);
    }
  }
  if (!known) kill();
  const bool told = result.has_value();
  RunResult done = told ? *std::move(result) : ended_alone();
  if (told) (void)process_.wait();
  done.usage.wall = saturating_sub(os::host_monotonic(), began);
  done.denials = live_.ledger().denials();
  finish_outputs(done);
  return done;
}

}  // namespace warrant::lib
