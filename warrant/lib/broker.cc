// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/broker.h"

#include <array>
#include <vector>

#include "warrant/base/bytes.h"
#include "warrant/host/failure.h"
#include "warrant/host/limit_reason.h"
#include "warrant/lib/executor_talk.h"
#include "warrant/os/console.h"
#include "warrant/os/lockdown/filter.h"

namespace warrant::lib {
namespace {

constexpr int kPatience = 10'000;  // milliseconds until an executor is locked down
constexpr std::size_t kMostReport = 4U << 10;
constexpr std::uint64_t kCodeOfModule = 16;  // bytes of code for one of a module, and more
constexpr std::uint64_t kMostProcesses = 16;
constexpr std::array kOutputs = {policy::LimitKey::kStdout, policy::LimitKey::kStderr};

// Nothing: no group is delegated here. Code that is mapped from a file counts as memory too.
std::optional<os::ControlGroup> make_group(os::Ambient ambient, const policy::Limits& limits,
                                           std::uint64_t module_size) {
  auto group =
      os::ControlGroup::make(ambient, os::group_places(ambient),
                             {.memory = bounds_of(limits).data + kCodeOfModule * module_size,
                              .processes = kMostProcesses});
  if (!group) return std::nullopt;
  if (group->remove_after_exit(ambient)) return group;
  (void)group->remove().has_value();
  return std::nullopt;
}

Problem refused(std::string what) {
  return {Problem::Kind::kRefused,
          "hardening_failed: " + std::move(what),
          "`warrant doctor` says what is missing here; --hardening=basic needs no second process",
          {}};
}

// An executor is not told where a limit was written, and its advice is not taken: of a limit, and
// of the stack, which alone of the traps has any, this process knows better.
void advise(host::Exit& exit, const policy::Limits& limits) {
  if (exit.limit) exit.hint = host::how_to_raise(*exit.limit, limits);
  if (exit.kind == host::ExitKind::kTrapped && !exit.hint.empty()) {
    exit.hint = host::hint_of_stack(limits);
  }
}

}  // namespace

Outcome<std::unique_ptr<Broker>> Broker::start(os::Ambient ambient, LiveRun& live,
                                               const policy::Warrant& warrant, ExecutorPlan plan,
                                               std::span<const std::byte> module,
                                               const engine::File& code) {
  std::array<cap::Stream*, 2> outputs{};
  std::vector<int> muted;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    // Lines of ours begin where nobody else is writing one.
    const bool shared = plan.traced || live.log().prints_records();
    if (!shared && !live.console().is_scrubbed(kOutputs[i])) continue;
    if (live.stream(i + 1) == nullptr) continue;
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
  auto group = make_group(ambient, warrant.limits(), module.size());
  auto process = os::ExecutorProcess::start(ambient, {files, muted, group ? &*group : nullptr});
  if (!process) return refused("no executor can be started");
  std::unique_ptr<Broker> broker(new Broker(*std::move(process), std::move(group), live, warrant));
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
  hardening.cgroup = process_.is_grouped();
  hardening.limits = report->limits;
  os::lockdown::miss_layers(
      report->own_spaces ? os::lockdown::Spaces::kOwn : os::lockdown::Spaces::kShared, hardening);
  return std::nullopt;
}

// It is gone without a word: by its timer, by ours, or by what it tried.
RunResult Broker::ended_alone() {
  const std::string how = process_.wait();
  RunResult result;
  host::Exit& exit = result.exit;
  const wasm::Interruption raised = live_.raised();
  const auto has = [&](int status) { return how.ends_with("status " + std::to_string(status)); };
  const auto left = [&](int cause) { return has(cause) || has(cause + kLeftInLine); };
  // Where nobody knows what it wrote last, an empty line does no harm.
  const bool whole = has(kLeftWall) || has(kLeftCpu) || outputs_[1] != nullptr;
  if (!whole && live_.stream(2) != nullptr) os::open_error_line();
  if (raised != wasm::Interruption::kNone) {
    exit = host::exit_of_interruption(raised, warrant_.limits());
  } else if (left(kLeftWall)) {
    exit = host::exit_of_interruption(wasm::Interruption::kWall, warrant_.limits());
  } else if (left(kLeftCpu)) {
    exit = host::exit_of_interruption(wasm::Interruption::kCpu, warrant_.limits());
  } else if (process_.is_grouped() && group_->was_killed_for_memory()) {
    exit = host::exit_of_memory(warrant_.limits());
  } else {
    exit.kind = host::ExitKind::kBug;
    exit.message = "the process of the guest did not finish: " + how;
    exit.hint = "the guest's log says what it did last; please report it";
  }
  return result;
}

// A wait of ours may see the end before the executor's own clock does.
bool Broker::reply(std::string_view answer) {
  live_.look_at_clock();
  const wasm::Interruption cause = live_.raised();
  if (cause == wasm::Interruption::kNone) return send(Wire::kAnswer, answer);
  std::string last(1, static_cast<char>(cause));
  return send(Wire::kLastAnswer, last.append(answer));
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
  ExecutorTalk talk({live_.events(), live_.log().recorder(), reader_, live_.fetching(), outputs_,
                     trace, live_.most_request_body()});
  bool known = send(Wire::kGo, {});
  while (known && !talk.result()) {
    const auto message = channel.receive(talk.most_message());
    if (!message) break;
    WireWriter answer;
    const ExecutorTalk::Heard heard = talk.hear(message->kind, message->text(), answer);
    known = heard != ExecutorTalk::Heard::kNonsense;
    if (heard == ExecutorTalk::Heard::kAnswered) known = reply(answer.view());
  }
  const bool told = known && talk.result().has_value();
  if (!told) kill();
  RunResult done = told ? *std::move(talk.result()) : ended_alone();
  if (told) {
    (void)process_.wait();
    if (talk.is_line_open()) os::open_error_line();
    advise(done.exit, warrant_.limits());
  }
  done.usage.wall = saturating_sub(os::host_monotonic(), began);
  done.denials = live_.ledger().denials();
  finish_outputs(done);
  return done;
}

}  // namespace warrant::lib
