// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/external_run.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>

#include "warrant/base/bytes.h"
#include "warrant/codec/hash.h"
#include "warrant/codec/text.h"
#include "warrant/lib/cli_runner.h"
#include "warrant/lib/run_impl.h"
#include "warrant/lib/tool_impl.h"
#include "warrant/lib/validity.h"
#include "warrant/os/load_file.h"
#include "warrant/os/process.h"
#include "warrant/policy/warrant.h"
#include "warrant/wasm/reader.h"

namespace warrant::cli {
namespace {

std::atomic<CliRunner*> running{nullptr};
std::atomic<int> caught{0};
static_assert(std::atomic<CliRunner*>::is_always_lock_free);

extern "C" void cancel_running(int signal) {
  if (caught.exchange(signal) != 0) os::leave_process(128 + signal);
  if (CliRunner* runner = running.load()) runner->cancel();
}

class External {
 public:
  External(const Process& process, const RunRequest& request, const policy::Warrant& warrant,
           const std::string& state_dir, Voice& voice)
      : process_(process),
        request_(request),
        warrant_(warrant),
        state_dir_(state_dir),
        voice_(voice) {}

  int run() {
    const char* path = std::getenv("PATH");
    CliRunner runner = CliRunner::find(process_.ambient, {}, path == nullptr ? "" : path);
    runners_ = {host::native_runner(), runner.descriptor(), host::browser_runner()};
    ask(warrant_.terms());
    // By the warrant alone, before the module is touched; then with what the module says.
    if (const auto chosen = choose(); !chosen) return kRefused;
    if (const int status = read(); status != kDone) return status;
    const auto chosen = choose();
    if (!chosen) return kRefused;
    for (const std::string& each : chosen->unenforced()) {
      voice_.verbose(chosen->runner() + " does not enforce the default " + each);
    }
    if (auto problem = lib::take_use(process_.ambient, state_dir_, warrant_.terms())) {
      return refuse(*problem);
    }
    return end(execute(runner, *chosen));
  }

 private:
  int refuse(const Problem& problem) {
    voice_.error(problem.what, problem.more, problem.hint);
    return kRefused;
  }

  void ask(const policy::Grant& terms) {
    asked_.terms = &terms;
    asked_.info = &info_;
    const std::size_t slash = request_.file.rfind('/');
    const std::string name =
        slash == std::string::npos ? request_.file : request_.file.substr(slash + 1);
    asked_.argv = {terms.argv0.value_or(name)};
    asked_.argv.insert(asked_.argv.end(), request_.guest_words.begin(), request_.guest_words.end());
    asked_.stdin_form = host::StdinForm::kStream;
  }

  std::optional<host::Accepted> choose() {
    host::Selection selection = host::select(asked_, runners_, request_.grant.runner);
    if (selection.accepted) return std::move(selection.accepted);
    const host::Refusal& refusal = *selection.refusal;
    voice_.error(std::string(refusal.code) + ": " + refusal.runner + " does not run this",
                 host::print_lines(refusal), refusal.help);
    return std::nullopt;
  }

  int read() {
    const std::uint64_t most = request_.grant.limits.get(policy::LimitKey::kModuleBytes);
    auto bytes = os::load_file(process_.ambient, request_.file, most);
    if (!bytes) {
      return refuse(lib::file_problem(request_.file, bytes.error(), asked_.terms->limits));
    }
    module_ = *std::move(bytes);
    if (auto problem = lib::check_module(module_, warrant_)) return refuse(*problem);
    wasm::Diagnosis diagnosis;
    auto info = wasm::read_module(module_, wasm::ReadDepth::kDeep,
                                  lib::read_limits(asked_.terms->limits), diagnosis);
    if (!info) {
      voice_.error(codec::escape_text(request_.file) + ": " + diagnosis.text, {},
                   "`warrant inspect FILE` shows what a module is");
      return kRefused;
    }
    info_ = *std::move(info);
    asked_.module = codec::sha256(module_);
    return kDone;
  }

  host::RunResult execute(CliRunner& runner, const host::Accepted& accepted) {
    CliStreams streams;
    streams.inherit_input = !process_.closed[0];
    streams.output = [](std::span<const std::byte> bytes) {
      write_all(STDOUT_FILENO, text_of(bytes));
    };
    streams.error_output = [](std::span<const std::byte> bytes) {
      write_all(STDERR_FILENO, text_of(bytes));
    };
    os::ignore_broken_pipes(process_.ambient);
    struct sigaction action = {};
    action.sa_handler = &cancel_running;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
    running = &runner;
    host::RunResult result = runner.run(accepted, asked_, module_, streams);
    running = nullptr;
    return result;
  }

  int end(const host::RunResult& result) {
    if (result.exit.kind != host::ExitKind::kExited) {
      voice_.error(codec::escape_text(request_.file) + ": " + result.exit.message, {},
                   result.exit.hint);
    }
    if (result.output_dropped + result.error_output_dropped != 0) {
      voice_.note(std::to_string(result.output_dropped + result.error_output_dropped) +
                  " bytes beyond the limits stdout and stderr were dropped");
    }
    if (const int signal = caught.load(); signal != 0) return 128 + signal;
    return host::status_of(result.exit);
  }

  const Process& process_;
  const RunRequest& request_;
  const policy::Warrant& warrant_;
  const std::string& state_dir_;
  Voice& voice_;
  std::vector<host::Descriptor> runners_;
  host::RunnerRequest asked_;
  wasm::ModuleInfo info_;
  std::vector<std::byte> module_;
};

}  // namespace

int run_external(const Process& process, const RunRequest& request, const policy::Warrant& warrant,
                 const std::string& state_dir, Voice& voice) {
  return External(process, request, warrant, state_dir, voice).run();
}

}  // namespace warrant::cli
