// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/run_request.h"

#include <algorithm>
#include <array>

#include "warrant/base/utf8.h"
#include "warrant/codec/hash.h"
#include "warrant/lib/socket_words.h"
#include "warrant/policy/units.h"

namespace warrant::cli {
namespace {

using Text = std::optional<std::string>;

// The limit that a flag sets: its word, but for `random`, which is a grant's flag already.
std::optional<policy::LimitKey> limit_of(std::string_view flag) {
  if (flag == "--limit-random") return policy::LimitKey::kRandom;
  if (flag == "--random") return std::nullopt;
  return policy::find_limit(flag.substr(2));
}

class Builder {
 public:
  explicit Builder(HostVariable host_variable) : host_variable_(host_variable) {
    request_.grant.console = {true, true, true};
  }

  bool take(const GivenFlag& given) {
    const std::string_view name = given.flag->name;
    if (given.flag->group == FlagGroup::kLimit) return take_limit(name, *given.value);
    if (given.flag->group == FlagGroup::kShown) return take_shown(name, given.value);
    if (name.starts_with("--no-std")) return take_console(name);
    if (name == "--grant") return take_document(request_.documents.grants, *given.value);
    if (name == "--ceiling") return take_document(request_.documents.ceilings, *given.value);
    if (name == "--config") return take_once(request_.documents.config, name, *given.value);
    if (name == "--label") return take_label(*given.value);
    if (name == "--pin") return take_pin(*given.value);
    if (name == "--dir") return take_directory(*given.value);
    if (name == "--env") return take_variable(*given.value);
    if (name == "--clock") return take_clock(given.value);
    if (name == "--random") return take_random(given.value);
    if (name == "--basic") return take_clock(std::nullopt) && take_random(std::nullopt);
    return take_rest(name, *given.value);
  }

  RunRequest& request() { return request_; }
  const UsageError& error() const { return error_; }

 private:
  bool fail(std::string what, std::string hint) {
    error_ = {std::move(what), std::move(hint)};
    return false;
  }

  bool take_limit(std::string_view name, const std::string& value) {
    const auto key = limit_of(name);
    const auto number = policy::parse_limit(*key, value);
    if (!number) {
      struct Shape {
        std::string_view what;
        std::string_view write;
      };
      constexpr std::array<Shape, 3> kShapes = {
          {{"a time", "a number with its unit ms, s, m, h or d, as in 10s"},
           {"a size", "bytes, or a number with KiB, MiB or GiB, as in 64MiB"},
           {"a count", "a whole number"}}};
      const Shape& shape = kShapes[static_cast<std::size_t>(policy::row_of(*key).unit)];
      return fail(std::string(name) + ": \"" + value + "\" is not " + std::string(shape.what),
                  "write " + std::string(shape.write));
    }
    policy::Limits& limits = request_.grant.limits;
    if (limits.is_written(*key) && limits.get(*key) != *number) {
      return fail(std::string(name) + " is given twice, with two values", "give it once");
    }
    wrote("limits." + std::string(policy::row_of(*key).word), name);
    limits.write(*key, *number);
    return true;
  }

  bool take_when(std::string_view name, const std::string& value, When& to) {
    if (value == "auto") {
      to = When::kAuto;
    } else if (value == "always") {
      to = When::kAlways;
    } else if (value == "never") {
      to = When::kNever;
    } else {
      return fail(std::string(name) + ": \"" + value + "\" is not one of auto, always, never",
                  std::string(name) + "=auto");
    }
    return true;
  }

  bool take_shown(std::string_view name, const Text& value) {
    if (name == "--denials") return take_when(name, *value, request_.denials);
    if (name == "--color") return take_when(name, *value, request_.color);
    if (name == "--audit") return take_file(name, *value, request_.audit_copy);
    if (name == "--receipt") return take_file(name, *value, request_.receipt);
    if (name == "--no-log") request_.no_log = true;
    if (name == "--time") request_.show_time = true;
    if (name == "--trace") request_.trace = true;
    if (name == "--print-grant") request_.print_grant = true;
    if (name == "--help" || name == "-h") request_.help = true;
    if (name == "-q") request_.verbosity = Verbosity::kQuiet;
    if (name == "-v") request_.verbosity = Verbosity::kVerbose;
    if (name == "--tty") {
      if (*value != "raw") return fail("--tty: \"" + *value + "\" is not raw", "--tty=raw");
      request_.raw_terminal = true;
    }
    return true;
  }

  bool take_file(std::string_view name, const std::string& value, std::string& to) {
    if (value.empty() || (value == "-" && name == "--receipt")) {
      return fail(std::string(name) + " wants the name of a file", std::string(name) + " FILE");
    }
    if (!to.empty() && to != value) {
      return fail(std::string(name) + " is given twice, with two files", "give it once");
    }
    to = value;
    return true;
  }

  bool take_console(std::string_view name) {
    wrote("console." + std::string(name.substr(5)), name);
    policy::ConsoleGrant& console = request_.grant.console;
    if (name == "--no-stdin") console.stdin_stream = false;
    if (name == "--no-stdout") console.stdout_stream = false;
    if (name == "--no-stderr") console.stderr_stream = false;
    return true;
  }

  bool take_directory(const std::string& value) {
    auto directory = parse_directory(value, error_);
    if (!directory) return false;
    directory->origin.source = "--dir " + value;
    request_.grant.directories.push_back(std::move(*directory));
    return true;
  }

  bool take_variable(const std::string& value) {
    const std::size_t equals = value.find('=');
    std::string name = value.substr(0, equals);
    if (name.empty()) {
      return fail("--env: \"" + value + "\" has no name", "--env NAME=VALUE");
    }
    wrote("environment." + name, "--env " + value);
    if (equals == std::string::npos) return take_reference(name);
    const std::string text = value.substr(equals + 1);
    auto& environment = request_.grant.environment;
    const auto same = std::find_if(environment.begin(), environment.end(),
                                   [&](const auto& entry) { return entry.first == name; });
    if (refers_to(name) || (same != environment.end() && same->second != text)) {
      return fail("--env " + name + " is given twice, with two values", "give it once");
    }
    if (same == environment.end()) environment.emplace_back(std::move(name), text);
    return true;
  }

  bool refers_to(const std::string& name) const {
    const auto& references = request_.grant.host_environment;
    return std::any_of(references.begin(), references.end(),
                       [&](const auto& each) { return each.name == name; });
  }

  // The host's value, taken when the run starts.
  bool take_reference(const std::string& name) {
    if (!host_variable_(name)) {
      return fail("--env " + name + ": that variable is not set here",
                  "--env " + name + "=VALUE gives it a value");
    }
    const auto& environment = request_.grant.environment;
    if (std::any_of(environment.begin(), environment.end(),
                    [&](const auto& each) { return each.first == name; })) {
      return fail("--env " + name + " is given twice, with two values", "give it once");
    }
    if (!refers_to(name)) {
      request_.grant.host_environment.push_back({name, name, {"--env " + name, {}}});
    }
    return true;
  }

  bool take_document(std::vector<std::string>& to, const std::string& path) {
    to.push_back(path);
    return true;
  }

  bool take_label(const std::string& value) {
    const std::size_t equals = value.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail("--label: \"" + value + "\" is not NAME=VALUE", "--label ticket=4711");
    }
    const std::string name = value.substr(0, equals);
    const std::string text = value.substr(equals + 1);
    auto& labels = request_.grant.label;
    const auto same = std::find_if(labels.begin(), labels.end(),
                                   [&](const auto& entry) { return entry.first == name; });
    if (same != labels.end() && same->second != text) {
      return fail("--label " + name + " is given twice, with two values", "give it once");
    }
    constexpr std::size_t kMaxLabels = 16;
    constexpr std::size_t kMaxLabelBytes = 64;
    if (name.size() > kMaxLabelBytes || text.size() > kMaxLabelBytes || !is_utf8(value)) {
      return fail("--label " + name + ": a name and a value have at most 64 bytes of UTF-8",
                  "--label ticket=4711");
    }
    if (same != labels.end()) return true;
    if (labels.size() == kMaxLabels) return fail("more than 16 labels", "leave some out");
    wrote("label." + name, "--label " + value);
    labels.emplace_back(name, text);
    return true;
  }

  bool take_pin(const std::string& value) {
    constexpr std::string_view kPrefix = "sha256:";
    const std::string hex =
        value.starts_with(kPrefix) ? value.substr(kPrefix.size()) : std::string(value);
    const auto digest = codec::Digest::parse_hex(hex);
    if (!digest) {
      return fail("--pin: \"" + value + "\" is no digest",
                  "--pin sha256:HEX, 64 digits, as `warrant inspect` prints it");
    }
    wrote("module", "--pin");
    auto& modules = request_.grant.modules;
    if (!modules) modules.emplace();
    if (std::find(modules->begin(), modules->end(), *digest) == modules->end()) {
      modules->push_back(*digest);
    }
    return true;
  }

  // Where a value comes from, for messages about two of them.
  void wrote(const std::string& key, std::string_view flag) {
    request_.grant.origins.set(key, {std::string(flag), {}});
  }

  bool take_clock(const Text& value) {
    policy::ClockGrant& clock = request_.grant.clock;
    if (!value) {
      clock.wall = clock.monotonic = true;
      wrote("clock.wall", "--clock");
      wrote("clock.monotonic", "--clock");
      return true;
    }
    std::string_view rest = *value;
    do {
      const std::size_t comma = rest.find(',');
      const std::string_view word = rest.substr(0, comma);
      rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
      if (word == "wall") {
        clock.wall = true;
      } else if (word == "monotonic") {
        clock.monotonic = true;
      } else if (word == "cpu") {
        clock.cpu = true;
      } else {
        return fail("--clock: \"" + std::string(word) + "\" is no clock",
                    "--clock=wall,monotonic,cpu, or --clock for the first two");
      }
    } while (!rest.empty());
    return true;
  }

  bool take_random(const Text& value) {
    policy::EntropyGrant entropy{.source = policy::EntropyGrant::Source::kSystem};
    if (value) {
      const auto seed = policy::parse_count(*value);
      if (!seed) {
        return fail("--random: \"" + *value + "\" is no seed", "--random=7, a number up to 2^53-1");
      }
      entropy = {.source = policy::EntropyGrant::Source::kSeed, .seed = *seed};
    }
    policy::EntropyGrant& given = request_.grant.entropy;
    if (given.source != policy::EntropyGrant::Source::kNone && given != entropy) {
      return fail("--random is given twice, with two sources", "give it once");
    }
    wrote(value ? "entropy.seed" : "entropy.source", "--random");
    given = entropy;
    return true;
  }

  bool take_once(Text& to, std::string_view name, const std::string& value) {
    if (to && *to != value) {
      return fail(std::string(name) + " is given twice, with two values", "give it once");
    }
    to = value;
    return true;
  }

  bool take_rest(std::string_view name, const std::string& value) {
    policy::Grant& grant = request_.grant;
    if (name == "--cwd" || name == "--argv0") wrote(std::string(name.substr(2)), name);
    if (name == "--cwd") return take_once(grant.cwd, name, value);
    if (name == "--argv0") return take_once(grant.argv0, name, value);
    const policy::Origin origin{std::string(name) + " " + value, {}};
    if (name == "--connect") grant.connect.push_back({policy::Transport::kTcp, value, {}, origin});
    if (name == "--connect-udp") {
      grant.connect.push_back({policy::Transport::kUdp, value, {}, origin});
    }
    if (name == "--allow-missing-import") return take_optional_import(value);
    if (name == "--fetch") return take_fetch(value);
    if (name == "--fetch-deny") grant.fetch_deny.push_back(parse_fetch_deny(value));
    if (name == "--secret") return take_secret(value);
    if (name == "--listen") take_listen(value);
    if (name == "--hardening") return take_hardening(value);
    if (name == "--runner") return take_runner(value);
    return true;
  }

  bool take_fetch(const std::string& value) {
    auto fetch = parse_fetch(value, error_);
    if (!fetch) return false;
    request_.grant.fetch.push_back(std::move(*fetch));
    return true;
  }

  bool take_secret(const std::string& value) {
    auto secret = parse_secret(value, error_);
    if (!secret) return false;
    for (const policy::SecretSource& each : request_.secrets) {
      if (each.name != secret->name) continue;
      return fail("--secret " + secret->name + " is given twice", "give it once");
    }
    request_.secrets.push_back(std::move(*secret));
    return true;
  }

  bool take_optional_import(const std::string& value) {
    const std::size_t dot = value.rfind('.');
    if (dot == std::string::npos || dot == 0 || dot + 1 == value.size()) {
      return fail("--allow-missing-import: \"" + value + "\" names no import",
                  "MODULE.NAME, as `warrant inspect` prints it: --allow-missing-import env.log");
    }
    request_.grant.optional_imports.push_back(value);
    return true;
  }

  bool take_runner(const std::string& value) {
    constexpr std::array<std::string_view, 3> kRunners = {"native", "wasmtime-cli", "browser"};
    if (std::find(kRunners.begin(), kRunners.end(), value) == kRunners.end()) {
      const auto near = nearest(value, kRunners);
      return fail("--runner: \"" + value + "\" is not one of native, wasmtime-cli, browser",
                  near ? "did you mean --runner " + std::string(*near) + "?" : "`warrant runners`");
    }
    if (request_.grant.runner && *request_.grant.runner != value) {
      return fail("--runner is given twice, with two values", "give it once");
    }
    request_.grant.runner = value;
    return true;
  }

  bool take_hardening(const std::string& value) {
    using enum cap::HardeningProfile;
    for (const auto profile : {kBasic, kStrict, kOff}) {
      if (value != cap::word(profile)) continue;
      if (hardening_ && *hardening_ != profile) {
        return fail("--hardening is given twice, with two values", "give it once");
      }
      hardening_ = profile;
      request_.grant.hardening = profile == kOff     ? policy::Hardening::kOff
                                 : profile == kBasic ? policy::Hardening::kBasic
                                                     : policy::Hardening::kStrict;
      request_.grant.origins.set("hardening", {"--hardening"});
      return true;
    }
    return fail("--hardening: \"" + value + "\" is not one of basic, strict, off",
                "--hardening=basic");
  }

  void take_listen(const std::string& value) {
    policy::ListenGrant listen;
    listen.origin.source = "--listen " + value;
    const std::size_t equals = value.find('=');
    listen.address = value.substr(0, equals);
    std::string_view peers =
        equals == std::string::npos ? "" : std::string_view(value).substr(equals + 1);
    while (!peers.empty()) {
      const std::size_t comma = peers.find(',');
      listen.peers.emplace_back(peers.substr(0, comma));
      peers = comma == std::string_view::npos ? "" : peers.substr(comma + 1);
    }
    request_.grant.listen.push_back(std::move(listen));
  }

  HostVariable host_variable_;
  RunRequest request_;
  std::optional<cap::HardeningProfile> hardening_;
  UsageError error_;
};

// Every socket whose words cannot be understood, at once.
bool check_sockets(const policy::Grant& grant, UsageError& error) {
  std::vector<std::string> faults;
  for (const policy::ListenGrant& each : grant.listen) {
    if (auto fault = lib::fault_of(each)) faults.push_back(*std::move(fault));
  }
  for (const policy::ConnectGrant& each : grant.connect) {
    if (auto fault = lib::fault_of(each)) faults.push_back(*std::move(fault));
  }
  if (faults.empty()) return true;
  error.what = std::move(faults.front());
  error.hint = "--listen 127.0.0.1:8080, --connect 127.0.0.1:5432: an address and a port";
  error.more.assign(faults.begin() + 1, faults.end());
  return false;
}

bool is_path(std::string_view word) {
  return word.find('/') != std::string_view::npos || word.ends_with(".wasm");
}

// What went wrong when the word that should be FILE is none: a flag took it, or left its value.
std::string hint_about_file(const SplitWords& split) {
  if (split.flags.empty()) return {};
  const GivenFlag& last = split.flags.back();
  const std::string name(last.flag->name);
  if (!split.rest.empty() && last.flag->arity == Arity::kOptional && !last.value) {
    return name + "=" + split.rest.front() + ": the value of " + name + " stands behind an '='";
  }
  if (last.value && last.flag->arity == Arity::kValue && last.value->ends_with(".wasm")) {
    return name + " took " + *last.value + " as its value: " + name + " " +
           std::string(last.flag->value) + ", then FILE";
  }
  return {};
}

}  // namespace

bool parse_grant_flags(std::span<const GivenFlag> flags, HostVariable host_variable,
                       RunRequest& request, UsageError& error) {
  Builder builder(host_variable);
  for (const GivenFlag& given : flags) {
    if (builder.take(given)) continue;
    error = builder.error();
    return false;
  }
  request = std::move(builder.request());
  return request.help || check_sockets(request.grant, error);
}

ParsedRun parse_run(std::span<const std::string> words, HostVariable host_variable) {
  ParsedRun parsed;
  auto split = split_words(words, run_flags(), "run", parsed.error);
  if (!split) return parsed;
  RunRequest request;
  if (!parse_grant_flags(split->flags, host_variable, request, parsed.error)) return parsed;
  if (!request.help && !(request.print_grant && split->rest.empty())) {
    if (split->rest.empty()) {
      const std::string hint = hint_about_file(*split);
      parsed.error = {"no FILE to run", hint.empty() ? "warrant run [FLAGS] FILE [ARG...]" : hint};
      return parsed;
    }
    request.file = split->rest.front();
    if (!is_path(request.file)) request.file_hint = hint_about_file(*split);
    request.guest_words.assign(split->rest.begin() + 1, split->rest.end());
  }
  parsed.request = std::move(request);
  return parsed;
}

}  // namespace warrant::cli
