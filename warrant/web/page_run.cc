// SPDX-License-Identifier: Apache-2.0
#include "warrant/web/page_run.h"

#include <algorithm>
#include <array>

#include "warrant/audit/line_text.h"
#include "warrant/base/bytes.h"
#include "warrant/codec/text.h"
#include "warrant/host/failure.h"
#include "warrant/policy/print.h"
#include "warrant/policy/validity.h"
#include "warrant/wasm/imports.h"
#include "warrant/wasm/shape.h"
#include "warrant/web/maxima.h"

namespace warrant::web {
namespace {

using codec::Json;
using host::ModuleFault;
using policy::LimitKey;

constexpr std::size_t kRunBytes = 16;
// No bound on what a browser compiles.
constexpr auto kOfTheCompiler =
    std::to_array({LimitKey::kCompileWall, LimitKey::kCompileCpu, LimitKey::kCompileMemory});

ModuleFault fault_of(const policy::Findings& findings) {
  ModuleFault fault;
  for (const policy::Finding& each : findings) {
    fault.more.push_back(codec::escape_text(policy::print_line(each)));
  }
  fault.what = fault.more.front();
  fault.hint = codec::escape_text(findings.front().fix);
  fault.more.erase(fault.more.begin());
  return fault;
}

ModuleFault fault_of(const host::Exit& exit) { return {exit.message, exit.hint, {}}; }

std::string random_id() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<std::uint8_t, kRunBytes> bytes{};
  page_random(bytes.data(), bytes.size());
  std::string id;
  for (const std::uint8_t each : bytes) {
    id += kDigits[each >> 4U];
    id += kDigits[each & 15U];
  }
  return id;
}

audit::Flush flush_of(policy::Flush flush) noexcept {
  return flush == policy::Flush::kBuffered ? audit::Flush::kBuffered : audit::Flush::kEach;
}

Json texts(const std::vector<std::string>& list) {
  Json array = Json::array();
  for (const std::string& each : list) array.push(Json::string(each));
  return array;
}

host::Exit refused(ModuleFault fault) {
  host::Exit exit;
  exit.kind = host::ExitKind::kRefused;
  exit.message = std::move(fault.what);
  exit.hint = std::move(fault.hint);
  return exit;
}

}  // namespace

PageRun::PageRun(PageWords words, std::span<const std::byte> module,
                 std::span<const std::byte> input)
    : words_(std::move(words)),
      module_(module),
      input_(input),
      document_(codec::sha256(bytes_of(words_.grant))),
      digest_(codec::sha256(module)),
      run_(random_id()),
      functions_(host::provided_functions()) {
  secrets_.seal();
}

PageRun::Fault PageRun::admit() {
  auto tree = policy::read_json(words_.grant, "grant");
  if (!tree.value) return fault_of(tree.findings);
  policy::Reading reading{.source = "grant", .spelling = policy::Spelling::kJson};
  reading.document = document_;
  auto grant = policy::parse_grant(*tree.value, reading);
  if (!grant.value) return fault_of(grant.findings);
  auto& variables = grant.value->environment;
  variables.insert(variables.end(), words_.environment.begin(), words_.environment.end());
  auto admitted = policy::admit(*grant.value);
  if (!admitted.warrant) return fault_of(admitted.refused);
  warrant_ = *std::move(admitted.warrant);
  argv_ = {warrant_->terms().argv0.value_or(words_.name.empty() ? "guest" : words_.name)};
  argv_.insert(argv_.end(), words_.args.begin(), words_.args.end());
  return std::nullopt;
}

// What stands in a grant and has no key of its own in the table of runners.
PageRun::Fault PageRun::check_words() {
  const policy::Grant& terms = warrant_->terms();
  if (policy::needs_clock(terms)) {
    return ModuleFault{
        "a page keeps no state, so a grant that expires, begins later or is for a "
        "number of uses cannot be held to it",
        "leave expires, not_before and uses out, or run it natively",
        {}};
  }
  if (!terms.host_environment.empty()) {
    return ModuleFault{"the variable " +
                           codec::escape_text(terms.host_environment.front().variable) +
                           " is not set here: a page has no environment",
                       "give the variable a value",
                       {}};
  }
  for (const LimitKey key : kOfTheCompiler) {
    if (!terms.limits.is_written(key)) continue;
    return ModuleFault{"limits." + std::string(policy::row_of(key).word) +
                           ": a page cannot bound what its browser compiles",
                       "leave it out, or run it natively",
                       {}};
  }
  if (input_.size() > terms.limits.get(LimitKey::kStdin)) {
    return ModuleFault{"the input is larger than the limit stdin", "raise limits.stdin", {}};
  }
  if (auto finding = policy::check_words(terms, argv_)) return fault_of(policy::Findings{*finding});
  return std::nullopt;
}

PageRun::Fault PageRun::read_module() {
  wasm::Diagnosis why;
  const policy::Limits& limits = warrant_->limits();
  auto info = wasm::read_module(module_, wasm::ReadDepth::kDeep, host::read_limits(limits), why);
  if (!info) return fault_of(host::exit_of_diagnosis(why, limits));
  info_ = *std::move(info);
  return std::nullopt;
}

PageRun::Fault PageRun::plan() {
  const std::array<host::Descriptor, 3> runners = {
      host::native_runner(), page_runner(words_.memory), host::wasmtime_cli_runner()};
  host::RunnerRequest request;
  request.terms = &warrant_->terms();
  request.info = &info_;
  request.module = digest_;
  request.warrant = policy::hash(*warrant_);
  request.argv = argv_;
  request.stdin_form = input_.empty() ? host::StdinForm::kNone : host::StdinForm::kBytes;
  request.hardening =
      warrant_->terms().hardening ? host::HardeningForm::kWritten : host::HardeningForm::kDefault;
  host::Planned planned = host::plan(request, runners[1], runners);
  const auto& named = warrant_->terms().runner;
  if (planned.accepted && named && *named != "browser") {
    return ModuleFault{
        "the grant names the runner " + *named + ", and this is a page", "leave runner out", {}};
  }
  accepted_ = std::move(planned.accepted);
  refusal_ = std::move(planned.refusal);
  if (accepted_) return std::nullopt;
  std::vector<std::string> lines = host::print_lines(*refusal_);
  return ModuleFault{"browser does not run this", refusal_->help, std::move(lines)};
}

PageRun::Fault PageRun::check_module() {
  const policy::Limits& limits = warrant_->limits();
  const auto& allowed = warrant_->terms().modules;
  if (allowed && std::find(allowed->begin(), allowed->end(), digest_) == allowed->end()) {
    return ModuleFault{
        "is sha256:" + digest_.hex() + ", which is not the module that the grant names",
        "the file has changed, or the pin is of another one",
        {}};
  }
  if (const auto problems = wasm::check_imports(info_, functions_); !problems.empty()) {
    return host::fault_of_imports(problems);
  }
  wasm::ShapeCheck shape = wasm::check_shape(info_);
  if (!shape.problems.empty()) {
    ModuleFault fault{shape.problems.front(), "`warrant inspect FILE` shows what it exports", {}};
    fault.more.assign(shape.problems.begin() + 1, shape.problems.end());
    return fault;
  }
  if (shape.shape != wasm::Shape::kCommand) {
    return ModuleFault{"exports no _start: it is a library (a reactor), not a command",
                       "call its exports from a program: docs/guide/embedding.md",
                       {}};
  }
  return host::fault_of_start_sizes(info_, limits);
}

PageRun::Fault PageRun::compile() {
  const policy::Limits& limits = warrant_->limits();
  auto bounded =
      with_maxima(module_, info_, {limits.get(LimitKey::kMemory), limits.get(LimitKey::kTable)});
  if (!bounded) {
    return ModuleFault{"has a memory or a table of a form that cannot be bounded in a page",
                       "run it natively",
                       {}};
  }
  bounded_ = *std::move(bounded);
  wasm::Failure failure;
  auto program = PageProgram::compile(bytes_of(bounded_), functions_, time_, failure);
  if (!program) return fault_of(host::exit_of_failure(failure, limits));
  program_ = *std::move(program);
  return std::nullopt;
}

void PageRun::open_records() {
  const policy::Admitted nothing = policy::admit(policy::Grant{});
  const policy::Warrant& warrant = warrant_ ? *warrant_ : *nothing.warrant;
  std::vector<std::string> unenforced;
  if (accepted_) unenforced = accepted_->unenforced();
  if (accepted_ && !warrant.terms().fetch.empty()) unenforced.emplace_back("net.fetch.vetted");
  for (const LimitKey key : kOfTheCompiler) {
    if (accepted_) unenforced.push_back("limit." + std::string(policy::row_of(key).word));
  }
  facts_.who.origin = words_.origin;
  facts_.monotonic = monotonic();
  facts_.started = wall_micros();
  facts_.sources = {{"grant", "sha256:" + document_.hex(), {}}};
  facts_.not_in_force = host::limits_not_in_force(warrant.limits(), {}, unenforced);
  facts_.warrant_hash = host::warrant_hash(warrant);
  facts_.warrant_text = host::public_warrant(warrant, facts_.not_in_force);
  facts_.module = {"sha256:" + digest_.hex(), words_.name, module_.size()};
  facts_.argv = argv_;
  facts_.runner = "browser";
  facts_.engine = codec::escape_text(words_.engine, 128);
  facts_.host_version = WARRANT_VERSION;
  facts_.unenforced = std::move(unenforced);
  audit::RecorderSetup setup;
  setup.run = run_;
  setup.labels = host::print_labels(warrant.terms().label, &secrets_);
  setup.warrant = facts_.warrant_hash;
  setup.flush = flush_of(warrant.terms().audit.flush);
  setup.secrets = &secrets_;
  setup.monotonic = &monotonic;
  setup.wall_micros = &wall_micros;
  recorder_ = std::make_unique<audit::Recorder>(std::move(setup));
  recorder_->copy_to(&records_);
  recorder_->set_receipt_head(host::print_receipt_head(facts_, &secrets_));
  ledger_.forward_to(recorder_.get());
}

void PageRun::open_console() {
  const policy::ConsoleGrant& console = warrant_->terms().console;
  const auto excess =
      console.excess == policy::Excess::kFail ? host::Excess::kFail : host::Excess::kDrop;
  const auto to = [&](PageOutput what, LimitKey key) {
    return std::make_unique<host::KeptOutput>(warrant_->limits().get(key), excess, access_,
                                              [what](std::span<const std::byte> bytes) {
                                                page_output(what, bytes.data(), bytes.size());
                                              });
  };
  if (console.stdin_stream) stdin_ = std::make_unique<host::GivenInput>(input_, access_);
  if (console.stdout_stream) stdout_ = to(kPageStdout, LimitKey::kStdout);
  if (console.stderr_stream) stderr_ = to(kPageStderr, LimitKey::kStderr);
}

host::Exit PageRun::execute() {
  const policy::Grant& terms = warrant_->terms();
  open_console();
  host::Ports ports;
  ports.console = {stdin_.get(), stdout_.get(), stderr_.get()};
  if (terms.clock.wall || terms.clock.monotonic) {
    clock_ = std::make_unique<PageClock>(terms.clock, time_);
  }
  if (terms.entropy.source == policy::EntropyGrant::Source::kSystem) {
    entropy_ = std::make_unique<PageEntropy>(access_);
  }
  ports.clock = clock_.get();
  ports.entropy = entropy_.get();
  ports.poller = &poller_;
  ports.mark_key = run_;
  ports.netfetch = &fetch_->context();
  auto session = host::Session::make(*warrant_, argv_, std::move(ports), interrupt_, ledger_);
  if (!session) {
    return refused({"the console is more than the limit open-files", "--open-files 64", {}});
  }
  session_ = *std::move(session);
  if (!recorder_->start(audit::Kind::kRunStart,
                        host::print_run_start(facts_, warrant_->limits(), &secrets_))) {
    return refused({"the records of the start cannot be written", {}, {}});
  }
  time_.start(warrant_->limits());
  return session_->run(*program_, host::Entry::kCommand);
}

std::string PageRun::go() {
  for (const auto step : {&PageRun::admit, &PageRun::check_words, &PageRun::read_module,
                          &PageRun::plan, &PageRun::check_module}) {
    if (auto fault = (this->*step)()) return refuse(*std::move(fault));
  }
  fetch_ = std::make_unique<PageFetch>(*warrant_, time_, ledger_, secrets_);
  if (auto fault = fetch_->load()) return refuse(*std::move(fault));
  if (auto fault = compile()) return refuse(*std::move(fault));
  open_records();
  return conclude(execute());
}

std::string PageRun::refuse(ModuleFault fault) {
  open_records();
  std::vector<std::string> reasons = {fault.what};
  reasons.insert(reasons.end(), fault.more.begin(), fault.more.end());
  (void)recorder_->start(audit::Kind::kRunRefused,
                         host::print_run_refused(facts_, reasons, &secrets_));
  for (const std::string& each : fault.more) fault.what += "; " + each;
  return result(refused(std::move(fault)), "null");
}

std::string PageRun::conclude(host::Exit exit) {
  fetch_->finish();
  host::Usage usage;
  if (session_ != nullptr) usage = session_->usage();
  usage.wall = saturating_sub(monotonic(), time_.began());
  const std::string limits = host::print_limits_hit(session_ == nullptr ? std::vector<LimitKey>()
                                                                        : session_->limits_hit());
  const std::string ended =
      audit::text_of(&secrets_, [&](audit::Line& line) { host::print_exit(line, exit); });
  const std::string used =
      audit::text_of(&secrets_, [&](audit::Line& line) { host::print_usage(line, usage); });
  const auto receipt = recorder_->end({.exit = ended, .usage = used, .limits_hit = limits});
  return result(exit, receipt.value_or("null"));
}

std::string PageRun::result(const host::Exit& exit, const std::string& receipt) const {
  Json document = Json::object();
  document.set("run", Json::string(run_));
  document.set("runner", Json::string("browser"));
  document.set("kind", Json::string(host::word(exit.kind)));
  document.set("exit_code", Json::integer(host::status_of(exit)));
  document.set("message", Json::string(exit.message));
  document.set("hint", Json::string(exit.hint));
  document.set("refusal", refusal_ ? host::lower(*refusal_) : Json());
  document.set("unenforced", texts(facts_.unenforced));
  document.set("denials", Json::integer(static_cast<std::int64_t>(ledger_.denials())));
  const auto dropped = [](const auto& stream) {
    return Json::integer(stream ? static_cast<std::int64_t>(stream->dropped()) : 0);
  };
  document.set("stdout_dropped", dropped(stdout_));
  document.set("stderr_dropped", dropped(stderr_));
  std::string text = codec::print_canonical(document);
  text.pop_back();
  return text + R"(,"receipt":)" + receipt + "}";
}

}  // namespace warrant::web
