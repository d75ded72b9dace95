// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/cli_words.h"

#include <algorithm>

#include "warrant/codec/text.h"
#include "warrant/policy/guest_name.h"

namespace warrant::host {
namespace {

using policy::LimitKey;

constexpr std::size_t kMaxMessage = 256;
constexpr int kTrapStatus = 134;

void add(std::vector<std::string>& words, std::string_view flag, std::string value) {
  words.emplace_back(flag);
  words.push_back(std::move(value));
}

void add_limits(std::vector<std::string>& words, const RunnerRequest& request) {
  const policy::Limits& limits = request.terms->limits;
  const auto number = [&](LimitKey key) { return std::to_string(limits.get(key)); };
  add(words, "-W", "max-memory-size=" + number(LimitKey::kMemory));
  add(words, "-W", "max-table-elements=" + number(LimitKey::kTable));
  add(words, "-W", "max-memories=" + number(LimitKey::kMemories));
  add(words, "-W", "max-tables=" + number(LimitKey::kTables));
  if (request.info->kind == wasm::BinaryKind::kModule) add(words, "-W", "max-instances=1");
  add(words, "-W", "max-wasm-stack=" + number(LimitKey::kStack));
  if (limits.is_written(LimitKey::kFuel)) add(words, "-W", "fuel=" + number(LimitKey::kFuel));
}

void add_directories(std::vector<std::string>& words, const policy::Grant& terms) {
  const std::string cwd = policy::normal_guest_name(terms.cwd.value_or(""));
  for (const policy::DirectoryGrant& each : terms.directories) {
    if (!terms.cwd || policy::normal_guest_name(each.guest) != cwd) continue;
    add(words, "--dir", each.host + "::.");
  }
  for (const policy::DirectoryGrant& each : terms.directories) {
    add(words, "--dir", each.host + "::" + each.guest);
  }
}

void add_environment(std::vector<std::string>& words, const policy::Grant& terms) {
  auto variables = terms.environment;
  const bool has_pwd = std::any_of(variables.begin(), variables.end(),
                                   [](const auto& each) { return each.first == "PWD"; });
  if (terms.cwd && !has_pwd) variables.emplace_back("PWD", *terms.cwd);
  std::sort(variables.begin(), variables.end());
  for (const auto& [name, value] : variables) {
    std::string word = name;
    add(words, "--env", word.append("=").append(value));
  }
}

Exit limited(LimitKey key) {
  Exit exit;
  exit.kind = ExitKind::kLimited;
  exit.limit = key;
  exit.message = "ended by the limit " + std::string(policy::row_of(key).word);
  exit.hint = "--" + std::string(policy::row_of(key).word) + " raises it";
  return exit;
}

// Its report when no fuel is left, as trap_line() gives it.
constexpr std::string_view kFuelSpent = "trap: all fuel consumed by WebAssembly";

Exit trapped(std::string message) {
  Exit exit;
  exit.kind = ExitKind::kTrapped;
  exit.message = std::move(message);
  return exit;
}

// The line that says what happened, without a path of the host.
std::string trap_line(std::string_view reported) {
  const std::size_t at = reported.rfind("wasm trap: ");
  if (at == std::string_view::npos) return "trap: wasmtime-cli reported one";
  const std::string_view line = reported.substr(at + 11);
  return "trap: " + codec::escape_text(line.substr(0, line.find('\n')), kMaxMessage);
}

}  // namespace

std::vector<std::string> wasmtime_words(const RunnerRequest& request, std::string_view module) {
  const policy::Grant& terms = *request.terms;
  std::vector<std::string> words = {"run", "-C", "cache=n"};
  add_limits(words, request);
  for (const std::string_view each : {"inherit-env=n", "inherit-network=n", "tcp=n", "udp=n",
                                      "allow-ip-name-lookup=n", "http=n"}) {
    add(words, "-S", std::string(each));
  }
  add_directories(words, terms);
  add_environment(words, terms);
  add(words, "--argv0", request.argv.front());
  words.emplace_back("--");
  words.emplace_back(module);
  words.insert(words.end(), request.argv.begin() + 1, request.argv.end());
  return words;
}

Exit exit_of_process(const ProcessEnd& end, std::string_view reported) {
  Exit exit;
  switch (end.by) {
    case ProcessEnd::By::kWall:
      return limited(LimitKey::kWall);
    case ProcessEnd::By::kCpu:
      return limited(LimitKey::kCpu);
    case ProcessEnd::By::kCancel:
      exit.kind = ExitKind::kCancelled;
      exit.message = "cancelled";
      return exit;
    case ProcessEnd::By::kItself:
      break;
  }
  if (!end.exited) {
    exit.kind = ExitKind::kSignalled;
    exit.code = static_cast<std::uint32_t>(end.signal);
    exit.message = "the runner's process ended by signal " + std::to_string(end.signal);
    return exit;
  }
  if (end.status == kTrapStatus) {
    Exit trap = trapped(trap_line(reported));
    const bool spent = end.fuel == ProcessEnd::Fuel::kCounted && trap.message == kFuelSpent;
    return spent ? limited(LimitKey::kFuel) : trap;
  }
  if (end.status == 1 && reported.find("invalid exit status") != std::string_view::npos) {
    return trapped("exit status above 125 cannot be reported by wasmtime-cli");
  }
  exit.code = static_cast<std::uint32_t>(end.status);
  return exit;
}

}  // namespace warrant::host
