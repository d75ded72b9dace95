// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/session.h"

#include <algorithm>

#include "warrant/codec/text.h"
#include "warrant/host/failure.h"
#include "warrant/host/limit_reason.h"

namespace warrant::host {
namespace {

using policy::LimitKey;

constexpr std::size_t kMaxNameShown = 256;

wasi_p1::Limits wasi_limits(const policy::Limits& limits) {
  const auto count = [&](LimitKey key) { return static_cast<std::uint32_t>(limits.get(key)); };
  return {.open_files = count(LimitKey::kOpenFiles),
          .vectors = count(LimitKey::kVectors),
          .vector_bytes = limits.get(LimitKey::kVectorBytes),
          .poll = count(LimitKey::kPoll),
          .random_call = limits.get(LimitKey::kRandomCall),
          .random_run = limits.get(LimitKey::kRandom)};
}

std::vector<std::string> environment_of(
    const policy::Grant& terms, const std::vector<std::pair<std::string, std::string>>& resolved) {
  std::vector<std::string> environment;
  bool has_pwd = false;
  for (const auto* list : {&terms.environment, &resolved}) {
    for (const auto& [name, value] : *list) {
      environment.emplace_back(name).append("=").append(value);
      has_pwd = has_pwd || name == "PWD";
    }
  }
  if (terms.cwd && !has_pwd) environment.push_back("PWD=" + *terms.cwd);
  return environment;
}

cap::Reason reason_of(LimitKey key) {
  if (key == LimitKey::kWall) return cap::Reason::kWall;
  return key == LimitKey::kCpu ? cap::Reason::kCpu : cap::Reason::kFuel;
}

}  // namespace

Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::make(const policy::Warrant& warrant,
                                               std::vector<std::string> args, Ports ports,
                                               wasm::Interrupt& interrupt, audit::Ledger& ledger) {
  std::unique_ptr<Session> session(new Session(warrant, interrupt, ledger));
  session->embedder_state_ = ports.embedder_state;
  session->netfetch_ = ports.netfetch;
  wasi_p1::Setup setup;
  setup.args = std::move(args);
  setup.environment = environment_of(warrant.terms(), ports.environment);
  setup.console = ports.console;
  setup.directories = std::move(ports.directories);
  setup.sockets = std::move(ports.sockets);
  setup.clock = ports.clock;
  setup.entropy = ports.entropy;
  setup.poller = ports.poller;
  setup.audit = &ledger;
  setup.mark_key = std::move(ports.mark_key);
  setup.limits = wasi_limits(session->limits_);
  setup.surface = ports.surface;
  WARRANT_TRY(session->context_, wasi_p1::Context::make(std::move(setup)));
  return session;
}

void Session::refused(What what, std::uint64_t current, std::uint64_t wanted) {
  const bool memory = what == What::kMemory;
  ledger_.record({.kind = audit::Kind::kLimit,
                  .decision = audit::Decision::kDeny,
                  .reason = memory ? cap::Reason::kMemory : cap::Reason::kTable,
                  .operation = memory ? "memory.grow" : "table.grow",
                  .bytes = wanted == 0 ? current : wanted,
                  .limit = limits_.get(memory ? LimitKey::kMemory : LimitKey::kTable)});
}

wasm::InstanceSetup Session::instance_setup() {
  const auto count = [&](LimitKey key) { return static_cast<std::uint32_t>(limits_.get(key)); };
  wasm::InstanceSetup setup;
  setup.limits.memory = limits_.get(LimitKey::kMemory);
  setup.limits.table_elements = limits_.get(LimitKey::kTable);
  setup.limits.tables = count(LimitKey::kTables);
  setup.limits.memories = count(LimitKey::kMemories);
  if (limits_.is_written(LimitKey::kFuel)) setup.limits.fuel = limits_.get(LimitKey::kFuel);
  setup.state[static_cast<std::size_t>(wasm::StateSlot::kWasi)] = context_.get();
  setup.state[static_cast<std::size_t>(wasm::StateSlot::kEmbedder)] = embedder_state_;
  setup.state[static_cast<std::size_t>(wasm::StateSlot::kNetfetch)] = netfetch_;
  setup.interrupt = &interrupt_;
  setup.observer = this;
  setup.deadline = deadline_;
  setup.cpu = cpu_;
  return setup;
}

Exit Session::run(const wasm::Program& program, Entry entry) {
  wasm::Failure failure;
  auto made = program.instantiate(instance_setup(), failure);
  if (made) {
    instance_ = *std::move(made);
    auto started = instance_->start(failure);
    if (started) {
      Exit exit;
      if (netfetch_ != nullptr) netfetch_->ready();
      if (mark_ != nullptr) mark_(mark_self_);
      if (started->kind != wasm::End::Kind::kReturned) {
        exit = exit_of(*started);
      } else if (entry == Entry::kCommand) {
        exit = exit_of(instance_->call("_start", {}));
      } else if (entry == Entry::kInitialize) {
        exit = exit_of(instance_->call("_initialize", {}));
      }
      record_end(exit);
      return exit;
    }
  }
  Exit exit = exit_of_failure(failure, limits_);
  record_end(exit);
  return exit;
}

wasm::End Session::call(std::string_view name, std::span<wasm::Slot> slots) {
  return instance_->call(name, slots);
}

Exit Session::trapped(const wasm::End& end) const {
  Exit exit;
  exit.kind = ExitKind::kTrapped;
  exit.backtrace = end.backtrace;
  if (end.record.kind == wasm::ExitRecord::Kind::kAbiFault &&
      end.record.fault == wasm::TrapCode::kUnreachable) {
    exit.message = "trap: " + codec::escape_text(end.record.function, kMaxNameShown) +
                   " was called, which nobody here provides";
    return exit;
  }
  if (end.record.kind == wasm::ExitRecord::Kind::kAbiFault) {
    exit.message = "trap: " + std::string(end.record.function) + " was called with " +
                   std::string(end.record.parameter) + " = " + std::to_string(end.record.address) +
                   (end.record.fault == wasm::TrapCode::kHeapMisaligned
                        ? ", which is not aligned"
                        : ", which is outside the guest's memory");
    return exit;
  }
  exit.message = "trap: " + std::string(wasm::describe(end.trap));
  if (end.trap == wasm::TrapCode::kStackOverflow) exit.hint = hint_of_stack(limits_);
  return exit;
}

Exit Session::exit_of(const wasm::End& end) {
  Exit exit;
  switch (end.kind) {
    case wasm::End::Kind::kReturned:
      break;
    case wasm::End::Kind::kExited:
      exit.code = end.record.code;
      break;
    case wasm::End::Kind::kSignalled:
      exit.kind = ExitKind::kSignalled;
      exit.code = end.record.code;
      exit.message = "the guest raised signal " + std::to_string(end.record.code);
      break;
    case wasm::End::Kind::kTrapped:
      return trapped(end);
    case wasm::End::Kind::kInterrupted:
      return exit_of_interruption(end.interruption, limits_);
    case wasm::End::Kind::kOutOfFuel:
      return exit_of_limit(LimitKey::kFuel, limits_);
    case wasm::End::Kind::kBug:
      exit.kind = ExitKind::kBug;
      exit.message = "a bug of Warrant's ended the run";
      exit.hint = "please report it: SECURITY.md says how";
      break;
  }
  return exit;
}

Exit Session::interrupted() {
  Exit exit = exit_of_interruption(interrupt_.cause(), limits_);
  record_end(exit);
  return exit;
}

void Session::record_end(const Exit& exit) {
  context_->finish();
  if (exit.kind == ExitKind::kLimited && exit.limit) {
    ledger_.record({.kind = audit::Kind::kLimit,
                    .decision = audit::Decision::kDeny,
                    .reason = reason_of(*exit.limit),
                    .operation = policy::row_of(*exit.limit).word,
                    .limit = limits_.get(*exit.limit)});
  }
  if (exit.kind == ExitKind::kTrapped) {
    ledger_.record({.kind = audit::Kind::kTrap,
                    .decision = audit::Decision::kError,
                    .operation = "trap",
                    .path = std::string_view(exit.message).substr(0, kMaxNameShown)});
  }
  ledger_.record({.kind = audit::Kind::kRunEnd, .operation = word(exit.kind), .bytes = exit.code});
}

Usage Session::usage() const noexcept {
  Usage usage;
  if (instance_ != nullptr) {
    usage.peak_memory = instance_->peak_memory();
    usage.fuel = instance_->fuel_used();
  }
  usage.bytes_read = context_->usage().bytes_read;
  usage.bytes_written = context_->usage().bytes_written;
  return usage;
}

PathUse Session::path_use() const noexcept {
  using Use = wasi_p1::Context::Use;
  if (context_->was(Use::kPaths)) return PathUse::kNamed;
  return context_->was(Use::kPreopens) ? PathUse::kAsked : PathUse::kNone;
}

std::optional<std::string> Session::path_of_none() const {
  if (!context_->was(wasi_p1::Context::Use::kNoDirectory)) return std::nullopt;
  return context_->path_of_none();
}

std::vector<LimitKey> Session::limits_hit() const {
  std::vector<LimitKey> hit;
  for (const audit::Event& event : ledger_.events()) {
    const auto key = limit_of(event.reason);
    if (key && std::find(hit.begin(), hit.end(), *key) == hit.end()) hit.push_back(*key);
  }
  return hit;
}

}  // namespace warrant::host
