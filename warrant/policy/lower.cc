// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "warrant/policy/check_document.h"
#include "warrant/policy/lift.h"
#include "warrant/policy/print.h"
#include "warrant/policy/words.h"

namespace warrant::policy {
namespace {

using codec::Json;

Json list_of(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push(Json::string(text));
  return list;
}

Json number(std::uint64_t value) { return Json::integer(static_cast<std::int64_t>(value)); }

template <typename E, std::size_t N>
Json word(E value, const Words<N>& words) {
  return Json::string(words[static_cast<std::size_t>(value)]);
}

// A table under construction: a value is put where it says something.
class Table {
 public:
  Json made = Json::object();

  template <typename T>
  void flag(std::string_view key, T value, T unwritten) {
    if (value != unwritten) made.set(key, Json::boolean(value));
  }
  template <typename E, std::size_t N>
  void word_if(std::string_view key, E value, E unwritten, const Words<N>& words) {
    if (value != unwritten) made.set(key, word(value, words));
  }
  void text(std::string_view key, const std::optional<std::string>& value) {
    if (value) made.set(key, Json::string(*value));
  }
  void count(std::string_view key, const std::optional<std::uint64_t>& value) {
    if (value) made.set(key, number(*value));
  }
  void size(std::string_view key, const std::optional<std::uint64_t>& value) {
    if (value) made.set(key, Json::string(print_size(*value)));
  }
  void duration(std::string_view key, const std::optional<Nanoseconds>& value) {
    if (value) made.set(key, Json::string(print_duration(*value)));
  }
  void time(std::string_view key, const std::optional<Timestamp>& value) {
    if (value) made.set(key, Json::string(print_timestamp(*value)));
  }
  void texts(std::string_view key, const std::vector<std::string>& value) {
    if (!value.empty()) made.set(key, list_of(value));
  }
  void table(std::string_view key, Json value) {
    if (!value.as_object()->empty()) made.set(key, std::move(value));
  }
  void list(std::string_view key, Json value) {
    if (!value.as_array()->empty()) made.set(key, std::move(value));
  }
};

Json lower_directory(const DirectoryGrant& entry, const DirectoryGrant& unwritten) {
  Table table;
  if (!entry.guest.empty()) table.made.set("guest", Json::string(entry.guest));
  if (!entry.host.empty()) table.made.set("host", Json::string(entry.host));
  table.word_if("access", entry.access, unwritten.access, kAccessWords);
  table.flag("xdev", entry.xdev, unwritten.xdev);
  table.word_if("symlinks", entry.symlinks, unwritten.symlinks, kSymlinksWords);
  table.word_if("create_symlinks", entry.create_symlinks, unwritten.create_symlinks,
                kCreateSymlinksWords);
  table.word_if("hardlinks", entry.hardlinks, unwritten.hardlinks, kHardlinksWords);
  table.flag("network_fs", entry.network_fs, unwritten.network_fs);
  table.size("written", entry.written);
  table.count("inodes", entry.inodes);
  table.size("file_bytes", entry.file_bytes);
  table.texts("hide", entry.hide);
  return std::move(table.made);
}

void lower_bounds(const FetchBounds& bounds, Table& table) {
  for (std::size_t i = 0; i < kFetchBoundCount; ++i) {
    const auto bound = static_cast<FetchBound>(i);
    const std::string_view key = kFetchBoundKeys[i];
    if (!bounds[bound]) continue;
    if (bound >= FetchBound::kDns) {
      table.duration(key, Nanoseconds{*bounds[bound]});
    } else if (bound == FetchBound::kRequestBody || bound == FetchBound::kResponse ||
               bound == FetchBound::kTotal) {
      table.size(key, bounds[bound]);
    } else {
      table.count(key, bounds[bound]);
    }
  }
}

Json lower_fetch(const FetchGrant& entry, const FetchGrant& unwritten) {
  Table table;
  std::string origin = entry.scheme + "://" + entry.host;
  if (entry.port != (entry.scheme == "http" ? 80 : 443)) {
    origin += ":" + std::to_string(entry.port);
  }
  table.made.set("origin", Json::string(origin));
  if (entry.methods != unwritten.methods) table.made.set("methods", list_of(entry.methods));
  if (entry.paths != unwritten.paths) table.made.set("paths", list_of(entry.paths));
  table.flag("any_host", entry.any_host, unwritten.any_host);
  table.texts("private", entry.private_hosts);
  table.word_if("redirect", entry.redirect, unwritten.redirect, kRedirectWords);
  if (entry.redirects != unwritten.redirects) table.count("redirects", entry.redirects);
  table.word_if("decompress", entry.decompress, unwritten.decompress, kDecompressWords);
  table.flag("raw_authorization", entry.raw_authorization, unwritten.raw_authorization);
  table.flag("browser_unpinned", entry.browser_unpinned, unwritten.browser_unpinned);
  table.text("ca", entry.ca);
  lower_bounds(entry.bounds, table);
  if (entry.secret) {
    Table secret;
    secret.text("header", entry.secret->header);
    secret.text("value", entry.secret->value);
    secret.word_if("attach", entry.secret->attach, Attach::kRequest, kAttachWords);
    secret.word_if("echo", entry.secret->echo, Echo::kRefuse, kEchoWords);
    table.table("secret", std::move(secret.made));
  }
  return std::move(table.made);
}

enum class LimitsShown : std::uint8_t { kWritten, kInForce };

Json lower_limits(const Limits& limits, LimitsShown shown) {
  Table table;
  for (const LimitRow& row : limit_rows()) {
    const std::uint64_t value = limits.get(row.key);
    const bool differs = shown == LimitsShown::kInForce && value != row.standard;
    if (!limits.is_written(row.key) && !differs) continue;
    const std::string key = json_key(row.word);
    if (row.unit == LimitUnit::kCount) {
      table.count(key, value);
    } else {
      table.made.set(key, Json::string(print_limit(row.key, value)));
    }
  }
  return std::move(table.made);
}

Json lower_clock(const ClockGrant& clock) {
  Table table;
  table.flag("wall", clock.wall, false);
  table.flag("monotonic", clock.monotonic, false);
  table.flag("cpu", clock.cpu, false);
  table.duration("resolution", clock.resolution);
  table.time("fixed", clock.fixed);
  return std::move(table.made);
}

Json lower_entropy(const EntropyGrant& entropy) {
  Table table;
  if (entropy.source == EntropyGrant::Source::kSystem) {
    table.made.set("source", Json::string("system"));
  }
  if (entropy.source == EntropyGrant::Source::kSeed) table.count("seed", entropy.seed);
  return std::move(table.made);
}

Json lower_environment(const Grant& grant) {
  Json made = Json::object();
  for (const auto& [name, value] : grant.environment) made.set(name, Json::string(value));
  for (const EnvironmentReference& each : grant.host_environment) {
    made.set(each.name, Json::object()).set("host", Json::string(each.variable));
  }
  return made;
}

Json lower_network(const NetworkOptions& network) {
  Table table;
  if (!network.ipv6) table.made.set("ipv6", Json::string("off"));
  if (network.decode_nat64) table.made.set("nat64", Json::string("decode"));
  table.texts("nat64_prefixes", network.nat64_prefixes);
  table.texts("extra_deny", network.extra_deny);
  if (count(network.dns_cache) != 0) table.duration("dns_cache", network.dns_cache);
  return std::move(table.made);
}

Json lower_netfetch(const NetfetchGrant& netfetch) {
  Table table;
  table.duration("timeout", netfetch.timeout);
  table.size("response", netfetch.response);
  table.count("requests", netfetch.requests);
  table.size("total", netfetch.total);
  table.count("parallel", netfetch.parallel);
  return std::move(table.made);
}

void lower_single(const Grant& grant, Table& table) {
  table.made.set("version", Json::integer(1));
  table.text("id", grant.id);
  table.flag("require", grant.require, false);
  if (grant.modules) {
    Json list = Json::array();
    for (const codec::Digest& each : *grant.modules)
      list.push(Json::string("sha256:" + each.hex()));
    table.made.set("module", std::move(list));
  }
  table.text("bundle", grant.bundle);
  table.time("expires", grant.expires);
  table.time("not_before", grant.not_before);
  if (grant.uses) table.count("uses", grant.uses->count);
  table.text("cwd", grant.cwd);
  table.text("argv0", grant.argv0);
  table.texts("optional_imports", grant.optional_imports);
  table.text("runner", grant.runner);
  if (grant.hardening) table.made.set("hardening", word(*grant.hardening, kHardeningWords));
  Json label = Json::object();
  for (const auto& [name, value] : grant.label) label.set(name, Json::string(value));
  table.table("label", std::move(label));
}

void lower_lists(const Grant& grant, Unwritten unwritten, Table& table) {
  const bool widest = unwritten == Unwritten::kWidest;
  Json list = Json::array();
  for (const DirectoryGrant& each : grant.directories) {
    list.push(lower_directory(each, widest ? widest_directory() : DirectoryGrant{}));
  }
  table.list("directory", std::move(list));
  list = Json::array();
  for (const ListenGrant& each : grant.listen) {
    Table entry;
    entry.text("tcp", each.address);
    if (!widest || each.peers != any_peers()) entry.texts("peers", each.peers);
    list.push(std::move(entry.made));
  }
  table.list("listen", std::move(list));
  list = Json::array();
  for (const ConnectGrant& each : grant.connect) {
    Table entry;
    entry.text(each.transport == Transport::kTcp ? "tcp" : "udp", each.address);
    entry.texts("private", each.private_hosts);
    list.push(std::move(entry.made));
  }
  table.list("connect", std::move(list));
  list = Json::array();
  for (const FetchGrant& each : grant.fetch) {
    list.push(lower_fetch(each, widest ? widest_fetch() : FetchGrant{}));
  }
  table.list("fetch", std::move(list));
  list = Json::array();
  for (const FetchDeny& each : grant.fetch_deny) {
    Table entry;
    entry.text("host", each.host);
    entry.texts("paths", each.paths);
    list.push(std::move(entry.made));
  }
  table.list("fetch_deny", std::move(list));
}

Json lower_terms(const Grant& grant, Unwritten unwritten, LimitsShown shown) {
  Table table;
  lower_single(grant, table);
  table.table("limits", lower_limits(grant.limits, shown));
  Table console;
  console.flag("stdin", grant.console.stdin_stream, true);
  console.flag("stdout", grant.console.stdout_stream, true);
  console.flag("stderr", grant.console.stderr_stream, true);
  console.word_if("excess", grant.console.excess, Excess::kDrop, kExcessWords);
  table.table("console", std::move(console.made));
  table.table("environment", lower_environment(grant));
  table.table("clock", lower_clock(grant.clock));
  table.table("entropy", lower_entropy(grant.entropy));
  table.table("network", lower_network(grant.network));
  table.table("netfetch", lower_netfetch(grant.netfetch));
  Table process;
  process.texts("run", grant.process_run);
  table.table("process", std::move(process.made));
  Table audit;
  audit.word_if("flush", grant.audit.flush, Flush::kBuffered, kFlushWords);
  audit.word_if("path", grant.audit.path, PathRecord::kPattern, kPathWords);
  table.table("audit", std::move(audit.made));
  lower_lists(grant, unwritten, table);
  return std::move(table.made);
}

// What a ceiling wrote although it is the value of an unwritten key: none, false, the default.
Json unwritten_value(const KeyRow& row) {
  switch (row.shape) {
    case Shape::kTable:
    case Shape::kNames:
      return Json::object();
    case Shape::kTables:
    case Shape::kTexts:
    case Shape::kTextOrTexts:
      return Json::array();
    case Shape::kBool:
      return Json::boolean(row.path.starts_with("console."));
    case Shape::kWord:
    case Shape::kDuration:
      return Json::string(row.standard);
    case Shape::kVersion:
    case Shape::kCount:
    case Shape::kSize:
    case Shape::kTime:
    case Shape::kText:
    case Shape::kVariable:
      break;
  }
  return {};
}

void add_written(const Ceiling& ceiling, Json& tree) {
  for (const KeyRow& row : keys_of(DocumentKind::kCeiling)) {
    if (!ceiling.wrote(row.path)) continue;
    const std::size_t dot = row.path.find('.');
    const std::string first = json_key(std::string_view(row.path).substr(0, dot));
    if (dot == std::string::npos) {
      if (tree.find(first) != nullptr) continue;
      tree.set(first, unwritten_value(row));
      continue;
    }
    const std::string second = json_key(std::string_view(row.path).substr(dot + 1));
    const Json* outer = tree.find(first);
    if (outer != nullptr && outer->find(second) != nullptr) continue;
    Json copy = outer == nullptr ? Json::object() : *outer;
    if (Json value = unwritten_value(row); !value.is_null()) copy.set(second, std::move(value));
    tree.set(first, std::move(copy));
  }
}

}  // namespace

Json lower(const Grant& grant) {
  return lower_terms(grant, Unwritten::kNarrowest, LimitsShown::kWritten);
}

Json lower(const Warrant& warrant) {
  return lower_terms(warrant.terms(), Unwritten::kNarrowest, LimitsShown::kInForce);
}

Json lower(const Ceiling& ceiling) {
  Table table;
  table.made = lower_terms(ceiling.widest, Unwritten::kWidest, LimitsShown::kWritten);
  table.flag("any_host", ceiling.any_host, false);
  table.flag("network_fs", ceiling.network_fs, false);
  const Restrictions& rules = ceiling.restrictions;
  table.texts("private", rules.private_hosts.value_or(std::vector<std::string>{}));
  table.word_if("unsigned", rules.unsigned_modules, Unsigned::kPin, kUnsignedWords);
  table.word_if("unenforced", rules.unenforced, Unenforced::kReport, kUnenforcedWords);
  table.word_if("hardening_minimum", rules.hardening_minimum, Hardening::kOff, kHardeningWords);
  table.word_if("log", rules.log, LogRule::kOptional, kLogWords);
  table.duration("expires_within", rules.expires_within);
  table.word_if("sensitive", rules.sensitive, Sensitive::kWarn, kSensitiveWords);
  table.flag("deny_net", rules.net == Net::kDenied, false);
  if (!ceiling.any_environment.empty()) {
    Json environment = lower_environment(ceiling.widest);
    for (const std::string& name : ceiling.any_environment) environment.set(name, Json::object());
    table.made.set("environment", std::move(environment));
  }
  add_written(ceiling, table.made);
  return std::move(table.made);
}

Json lower(const Config& config) {
  Table table;
  table.made.set("version", Json::integer(1));
  const auto flag = [](Table& to, std::string_view key, const std::optional<bool>& value) {
    if (value) to.made.set(key, Json::boolean(*value));
  };
  flag(table, "net_fetch", config.net_fetch);
  if (config.resolver) table.made.set("resolver", word(*config.resolver, kResolverWords));
  Table tools;
  flag(tools, "shell", config.shell);
  flag(tools, "python", config.python);
  table.table("tools", std::move(tools.made));
  Table wasmtime;
  wasmtime.text("path", config.wasmtime_cli);
  Table runners;
  runners.table("wasmtime_cli", std::move(wasmtime.made));
  table.table("runners", std::move(runners.made));
  Table cache;
  cache.text("dir", config.cache_dir);
  if (config.cache_verify) cache.made.set("verify", word(*config.cache_verify, kVerifyWords));
  table.table("cache", std::move(cache.made));
  Table store;
  store.text("dir", config.store_dir);
  table.table("store", std::move(store.made));
  Table log;
  log.text("dir", config.log_dir);
  log.duration("keep", config.log_keep);
  log.size("max", config.log_max);
  table.table("log", std::move(log.made));
  Json secrets = Json::object();
  for (const SecretSource& each : config.secrets) {
    using Kind = SecretSource::Kind;
    Table source;
    if (each.kind == Kind::kCommand) {
      source.texts("command", each.words);
      if (each.timeout != SecretSource{}.timeout) source.duration("timeout", each.timeout);
    } else {
      const std::string_view key = each.kind == Kind::kFile          ? "file"
                                   : each.kind == Kind::kEnvironment ? "env"
                                                                     : "cred";
      source.made.set(key, Json::string(each.words.front()));
    }
    secrets.set(each.name, std::move(source.made));
  }
  table.table("secrets", std::move(secrets));
  return std::move(table.made);
}

}  // namespace warrant::policy
