// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/run_record.h"

#include "warrant/audit/line_text.h"
#include "warrant/audit/time_text.h"
#include "warrant/codec/json.h"

namespace warrant::host {
namespace {

constexpr std::size_t kMostArguments = 64;

void print_who(audit::Line& line, const Who& who) {
  line.key("who");
  line.open('{');
  if (!who.origin.empty()) {
    line.stranger("origin", who.origin);
    line.close('}');
    return;
  }
  line.number("uid", who.uid);
  line.number("euid", who.euid);
  if (who.loginuid != UINT32_MAX) line.number("loginuid", who.loginuid);
  line.number("pid", who.pid);
  line.number("ppid", who.ppid);
  line.stranger("host", who.host);
  if (!who.boot.empty()) line.stranger("boot", who.boot);
  line.close('}');
}

void print_list(audit::Line& line, std::string_view name, const std::vector<std::string>& list,
                std::size_t most) {
  line.key(name);
  line.open('[');
  std::size_t shown = 0;
  for (const std::string& each : list) {
    if (shown++ == most) break;
    line.next();
    line.stranger_value(each, each.size());
  }
  line.close(']');
}

void print_arguments(audit::Line& line, const RunFacts& facts) {
  print_list(line, "argv", facts.argv, kMostArguments);
  if (facts.argv.size() > kMostArguments) {
    line.number("argv_more", facts.argv.size() - kMostArguments);
  }
}

void print_sources(audit::Line& line, const RunFacts& facts) {
  line.key("sources");
  line.open('[');
  for (const Source& source : facts.sources) {
    line.next();
    line.open('{');
    line.text("kind", source.kind);
    line.text("sha256", source.sha256);
    if (!source.path.empty()) {
      line.key("path");
      line.path_value(source.path);
    }
    line.close('}');
  }
  line.close(']');
}

void print_module(audit::Line& line, const RunFacts& facts) {
  line.key("module");
  line.open('{');
  line.text("sha256", facts.module.sha256);
  line.key("name");
  line.path_value(facts.module.name);
  line.number("size", facts.module.size);
  line.close('}');
  if (facts.bundle.empty()) {
    line.json("bundle", "null");
  } else {
    line.stranger("bundle", facts.bundle);
  }
}

void print_runner(audit::Line& line, const RunFacts& facts) {
  line.text("runner", facts.runner);
  line.text("engine", facts.engine);
  line.text("host_version", facts.host_version);
  if (!facts.audit_scope.empty()) line.text("audit_scope", facts.audit_scope);
}

void print_passed_over(audit::Line& line, const RunFacts& facts) {
  line.key("passed_over");
  line.open('[');
  for (const PassedOver& each : facts.passed_over) {
    line.next();
    line.open('{');
    line.text("runner", each.runner);
    line.stranger("why", each.why);
    line.close('}');
  }
  line.close(']');
}

void print_limits(audit::Line& line, const policy::Limits& limits, const LimitSet& not_in_force) {
  line.key("limits");
  line.open('{');
  for (const policy::LimitRow& row : policy::limit_rows()) {
    if (not_in_force.test(static_cast<std::size_t>(row.key))) continue;
    line.text(row.word, policy::print_limit(row.key, limits.get(row.key)));
  }
  line.close('}');
}

void print_common(audit::Line& line, const RunFacts& facts) {
  print_who(line, facts.who);
  line.number("monotonic_us", count(facts.monotonic) / 1'000);
  print_sources(line, facts);
  print_list(line, "narrowed", facts.narrowed, SIZE_MAX);
  line.text("warrant", facts.warrant_hash);
  print_module(line, facts);
  print_arguments(line, facts);
  print_runner(line, facts);
}

codec::Json scrubbed(const codec::Json& value, const audit::KnownSecrets& secrets) {
  using codec::Json;
  if (const std::string* text = value.as_string()) {
    return Json::string(secrets.scrubbed(*text, audit::KnownSecrets::End::kWhole));
  }
  if (const Json::Array* elements = value.as_array()) {
    Json array = Json::array();
    for (const Json& each : *elements) array.push(scrubbed(each, secrets));
    return array;
  }
  if (const Json::Object* members = value.as_object()) {
    Json object = Json::object();
    for (const Json::Member& each : *members) object.set(each.key, scrubbed(each.value, secrets));
    return object;
  }
  return value;
}

// A document whose keys are ours. In its strings alone, so that it stays one.
std::string scrubbed_document(const std::string& text, const audit::KnownSecrets* secrets) {
  if (text.empty()) return "null";
  if (secrets == nullptr || secrets->empty() ||
      secrets->scrubbed(text, audit::KnownSecrets::End::kWhole) == text) {
    return text;
  }
  codec::JsonDiagnosis why;
  const auto page = codec::parse_json(text, {.depth = 32, .nodes = 1'000'000}, why);
  return page ? codec::print_canonical(scrubbed(*page, *secrets)) : "null";
}

}  // namespace

LimitSet limits_not_in_force(const policy::Limits& limits, const std::array<bool, 3>& passed,
                             const std::vector<std::string>& unenforced) {
  using policy::LimitKey;
  LimitSet none;
  const auto add = [&](LimitKey key) { none.set(static_cast<std::size_t>(key)); };
  // Counting costs time: only who writes it has it.
  if (!limits.is_written(LimitKey::kFuel)) add(LimitKey::kFuel);
  // What is passed in is never cut.
  if (passed[0]) add(LimitKey::kStdin);
  if (passed[1] && !limits.is_written(LimitKey::kStdout)) add(LimitKey::kStdout);
  if (passed[2] && !limits.is_written(LimitKey::kStderr)) add(LimitKey::kStderr);
  constexpr std::string_view kPrefix = "limit.";
  for (const std::string& each : unenforced) {
    if (!each.starts_with(kPrefix)) continue;
    const auto key = policy::find_limit(std::string_view(each).substr(kPrefix.size()));
    if (key) add(*key);
  }
  return none;
}

std::string print_run_start(const RunFacts& facts, const policy::Limits& limits,
                            const audit::KnownSecrets* secrets) {
  audit::LineText text(secrets);
  print_common(text.line(), facts);
  print_passed_over(text.line(), facts);
  text->json("hardening", facts.hardening.empty() ? "null" : std::string_view(facts.hardening));
  print_limits(text.line(), limits, facts.not_in_force);
  print_list(text.line(), "remarks", facts.remarks, SIZE_MAX);
  return text.take();
}

std::string print_run_refused(const RunFacts& facts, const std::vector<std::string>& reasons,
                              const audit::KnownSecrets* secrets) {
  audit::LineText text(secrets);
  print_common(text.line(), facts);
  print_list(text.line(), "reasons", reasons, SIZE_MAX);
  return text.take();
}

std::string print_receipt_head(const RunFacts& facts, const audit::KnownSecrets* secrets) {
  audit::LineText text(secrets);
  text->text("started", audit::view(audit::print_time(facts.started)));
  print_runner(text.line(), facts);
  print_module(text.line(), facts);
  print_list(text.line(), "narrowed", facts.narrowed, SIZE_MAX);
  text->key("warrant");
  text->open('{');
  text->text("hash", facts.warrant_hash);
  text->json("text", scrubbed_document(facts.warrant_text, secrets));
  text->close('}');
  print_arguments(text.line(), facts);
  print_passed_over(text.line(), facts);
  print_list(text.line(), "unenforced", facts.unenforced, SIZE_MAX);
  text->json("hardening", facts.hardening.empty() ? "null" : std::string_view(facts.hardening));
  return text.take();
}

std::string print_labels(std::span<const std::pair<std::string, std::string>> labels,
                         const audit::KnownSecrets* secrets) {
  if (labels.empty()) return {};
  audit::LineText text(secrets);
  text->open('{');
  for (const auto& [name, value] : labels) {
    text->next();
    text->stranger_value(name, name.size());
    text->raw(":");
    text->stranger_value(value, value.size());
  }
  text->close('}');
  return text.take();
}

void print_exit(audit::Line& line, const Exit& exit) {
  line.text("kind", word(exit.kind));
  line.integer("exit_code", status_of(exit));
  switch (exit.kind) {
    case ExitKind::kExited:
      line.number("code", exit.code);
      break;
    case ExitKind::kSignalled:
      line.number("signal", exit.code);
      break;
    case ExitKind::kLimited:
      if (exit.limit) line.text("limit", policy::row_of(*exit.limit).word);
      break;
    case ExitKind::kCancelled:
      if (exit.signal != 0) {
        line.number("signal", exit.signal);
        line.text("by", "signal");
      } else {
        line.text("by", "caller");
      }
      break;
    case ExitKind::kTrapped:
    case ExitKind::kRefused:
    case ExitKind::kAuditFailed:
    case ExitKind::kBug:
      break;
  }
  if (!exit.message.empty()) line.stranger("message", exit.message);
}

void print_usage(audit::Line& line, const Usage& usage) {
  line.number("wall_us", count(usage.wall) / 1'000);
  line.number("cpu_us", count(usage.cpu) / 1'000);
  if (usage.fuel) line.number("fuel", *usage.fuel);
  line.number("peak_memory", usage.peak_memory);
  line.number("bytes_read", usage.bytes_read);
  line.number("bytes_written", usage.bytes_written);
}

std::string print_limits_hit(const std::vector<policy::LimitKey>& hit) {
  audit::LineText text(nullptr);
  for (const policy::LimitKey key : hit) text->value(policy::row_of(key).word);
  return text.take();
}

}  // namespace warrant::host
