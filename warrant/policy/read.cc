// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/read.h"

#include <algorithm>

#include "warrant/policy/check_document.h"
#include "warrant/policy/lift.h"
#include "warrant/policy/text_checks.h"

namespace warrant::policy {
namespace {

using codec::Json;

constexpr Nanoseconds kMaxSecretTime{60'000'000'000};

template <typename T>
void take(T& to, std::optional<T> value) {
  if (value) to = *std::move(value);
}

template <typename T>
Parsed<T> finished(T value, Findings findings) {
  Parsed<T> parsed;
  if (findings.empty()) parsed.value = std::move(value);
  parsed.findings = std::move(findings);
  return parsed;
}

void lift_secret(const std::string& name, const Json& value, const Reading& reading, Config& config,
                 Findings& findings) {
  using Kind = SecretSource::Kind;
  const FieldsView fields(&value);
  SecretSource source{.name = name, .origin = {reading.source, value.position()}};
  int ways = 0;
  const auto way = [&](std::string_view key, Kind kind) {
    if (!fields.has(key)) return;
    ++ways;
    source.kind = kind;
    source.words =
        kind == Kind::kCommand ? fields.texts(key) : std::vector<std::string>{*fields.text(key)};
  };
  way("file", Kind::kFile);
  way("env", Kind::kEnvironment);
  way("cred", Kind::kCredential);
  way("command", Kind::kCommand);
  const auto fail = [&](std::string what, std::string fix) {
    findings.push_back(
        {"secrets." + name + std::move(what), std::move(fix), source.origin, "value"});
  };
  if (ways != 1)
    fail(" comes from " + std::to_string(ways) + " places",
         "write one of file, env, cred, command");
  if (const auto fault = check_secret_name(name)) fail(": its name " + *fault, "rename it");
  if (source.kind == Kind::kCommand && (source.words.empty() || check_absolute(source.words[0]))) {
    fail(".command does not begin with an absolute path", "write [\"/usr/bin/prog\", …]");
  }
  if (fields.has("timeout") && source.kind != Kind::kCommand) {
    fail(".timeout is for a command only", "take it out");
  }
  take(source.timeout, fields.duration("timeout"));
  if (source.timeout > kMaxSecretTime) fail(".timeout is more than 60s", "write 60s or less");
  config.secrets.push_back(std::move(source));
}

void lift_restrictions(FieldsView root, Restrictions& restrictions) {
  take(restrictions.unsigned_modules, root.word<Unsigned>("unsigned", kUnsignedWords));
  take(restrictions.unenforced, root.word<Unenforced>("unenforced", kUnenforcedWords));
  take(restrictions.log, root.word<LogRule>("log", kLogWords));
  take(restrictions.sensitive, root.word<Sensitive>("sensitive", kSensitiveWords));
  take(restrictions.hardening_minimum, root.word<Hardening>("hardening_minimum", kHardeningWords));
  if (root.flag("deny_net").value_or(false)) restrictions.net = Net::kDenied;
  restrictions.expires_within = root.duration("expires_within");
  // A ceiling that does not write `private` allows none.
  restrictions.private_hosts = root.texts("private");
}

// Each reason why, by the entry that it stands in.
void lift_why(const Json& value, const std::string& name, Request& request) {
  if (const Json::Array* elements = value.as_array()) {
    for (std::size_t i = 0; i < elements->size(); ++i) {
      lift_why((*elements)[i], name + "[" + std::to_string(i) + "]", request);
    }
    return;
  }
  const Json::Object* members = value.as_object();
  if (members == nullptr) return;
  for (const Json::Member& member : *members) {
    if (member.key == "why" && member.value.as_string() != nullptr) {
      request.why.emplace_back(name, *member.value.as_string());
    } else {
      lift_why(member.value, name.empty() ? member.key : name + "." + member.key, request);
    }
  }
}

std::vector<std::string> names_of(const Json* table) {
  std::vector<std::string> names;
  if (table == nullptr) return names;
  for (const Json::Member& member : *table->as_object()) names.push_back(member.key);
  return names;
}

}  // namespace

Parsed<Grant> parse_grant(const Json& tree, const Reading& reading) {
  CheckedDocument checked = check_document(tree, DocumentKind::kGrant, reading);
  Grant grant;
  if (checked.tree) {
    lift_terms(FieldsView(&*checked.tree), Unwritten::kNarrowest, reading, grant, checked.findings);
  }
  grant.origins = std::move(checked.origins);
  return finished(std::move(grant), std::move(checked.findings));
}

Parsed<Ceiling> parse_ceiling(const Json& tree, const Reading& reading) {
  CheckedDocument checked = check_document(tree, DocumentKind::kCeiling, reading);
  Ceiling ceiling;
  ceiling.source = reading.source;
  if (checked.tree) {
    const FieldsView root(&*checked.tree);
    lift_terms(root, Unwritten::kWidest, reading, ceiling.widest, checked.findings);
    lift_restrictions(root, ceiling.restrictions);
    take(ceiling.any_host, root.flag("any_host"));
    take(ceiling.network_fs, root.flag("network_fs"));
    if (const Json* environment = root.find("environment")) {
      for (const Json::Member& member : *environment->as_object()) {
        const Json::Object* empty = member.value.as_object();
        if (empty != nullptr && empty->empty()) ceiling.any_environment.push_back(member.key);
      }
    }
    if (ceiling.widest.modules && ceiling.restrictions.unsigned_modules != Unsigned::kNever) {
      checked.findings.push_back({"module does nothing without unsigned = \"never\"",
                                  "write both, or neither",
                                  {reading.source, root.find("module")->position()},
                                  "value"});
    }
  }
  for (const auto& [key, origin] : checked.origins.all()) ceiling.written.push_back(key);
  std::sort(ceiling.written.begin(), ceiling.written.end());
  ceiling.widest.origins = std::move(checked.origins);
  return finished(std::move(ceiling), std::move(checked.findings));
}

Parsed<Config> parse_config(const Json& tree, const Reading& reading) {
  CheckedDocument checked = check_document(tree, DocumentKind::kConfig, reading);
  Config config;
  if (checked.tree) {
    const FieldsView root(&*checked.tree);
    config.shell = root.table("tools").flag("shell");
    config.python = root.table("tools").flag("python");
    config.net_fetch = root.flag("net_fetch");
    config.resolver = root.word<Resolver>("resolver", kResolverWords);
    config.wasmtime_cli = root.table("runners").table("wasmtime_cli").text("path");
    config.cache_dir = root.table("cache").text("dir");
    config.cache_verify = root.table("cache").word<VerifyCache>("verify", kVerifyWords);
    config.store_dir = root.table("store").text("dir");
    config.log_dir = root.table("log").text("dir");
    config.log_keep = root.table("log").duration("keep");
    config.log_max = root.table("log").size("max");
    if (const Json* secrets = root.find("secrets")) {
      for (const Json::Member& member : *secrets->as_object()) {
        lift_secret(member.key, member.value, reading, config, checked.findings);
      }
    }
  }
  config.origins = std::move(checked.origins);
  return finished(std::move(config), std::move(checked.findings));
}

Parsed<Request> parse_request(const Json& tree, const Reading& reading) {
  CheckedDocument checked = check_document(tree, DocumentKind::kRequest, reading);
  Request request;
  if (checked.tree) {
    const FieldsView root(&*checked.tree);
    lift_terms(root, Unwritten::kNarrowest, reading, request.terms, checked.findings);
    request.environment = names_of(root.find("environment"));
    request.secrets = names_of(root.find("secret"));
    lift_why(*checked.tree, "", request);
  }
  request.terms.origins = std::move(checked.origins);
  return finished(std::move(request), std::move(checked.findings));
}

bool Ceiling::wrote(std::string_view key) const noexcept {
  return std::binary_search(written.begin(), written.end(), key, std::less<>());
}

}  // namespace warrant::policy
