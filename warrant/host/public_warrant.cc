// SPDX-License-Identifier: Apache-2.0
#include "warrant/codec/json.h"
#include "warrant/host/run_record.h"
#include "warrant/policy/print.h"
#include "warrant/policy/timestamp.h"
#include "warrant/policy/units.h"

namespace warrant::host {
namespace {

using codec::Json;

std::string_view word(policy::Access access) {
  switch (access) {
    case policy::Access::kRead:
      return "read";
    case policy::Access::kOverlay:
      return "overlay";
    case policy::Access::kWrite:
      return "write";
  }
  return "read";
}

Json strings(const std::vector<std::string>& list) {
  Json array = Json::array();
  for (const std::string& each : list) array.push(Json::string(each));
  return array;
}

// What an entry says beside its names and its access; nothing of it for most.
void add_options(const policy::DirectoryGrant& entry, Json& row) {
  policy::DirectoryGrant plain;
  plain.guest = entry.guest;
  plain.host = entry.host;
  plain.access = entry.access;
  if (plain == entry) return;
  policy::Grant grant;
  grant.directories.push_back(entry);
  const Json document = policy::lower(grant);
  for (const Json::Member& each : *document.find("directory")->as_array()->front().as_object()) {
    if (each.key == "guest" || each.key == "host" || each.key == "access") continue;
    row.set(each.key, each.value);
  }
}

Json directories(const policy::Grant& terms) {
  Json array = Json::array();
  for (const policy::DirectoryGrant& each : terms.directories) {
    Json row = Json::object();
    row.set("guest", Json::string(each.guest));
    row.set("access", Json::string(word(each.access)));
    add_options(each, row);
    array.push(std::move(row));
  }
  return array;
}

Json environment(const policy::Grant& terms) {
  Json names = Json::array();
  for (const auto& variable : terms.environment) names.push(Json::string(variable.first));
  return names;
}

Json fetches(const policy::Grant& terms) {
  Json array = Json::array();
  for (const policy::FetchGrant& each : terms.fetch) {
    Json row = Json::object();
    row.set("origin",
            Json::string(each.scheme + "://" + each.host + ":" + std::to_string(each.port)));
    row.set("methods", strings(each.methods));
    row.set("paths", strings(each.paths));
    array.push(std::move(row));
  }
  return array;
}

Json sockets(const policy::Grant& terms) {
  Json row = Json::object();
  Json listen = Json::array();
  for (const policy::ListenGrant& each : terms.listen) {
    Json one = Json::object();
    one.set("tcp", Json::string(each.address));
    one.set("peers", strings(each.peers));
    listen.push(std::move(one));
  }
  Json connect = Json::array();
  for (const policy::ConnectGrant& each : terms.connect) {
    Json one = Json::object();
    one.set(each.transport == policy::Transport::kTcp ? "tcp" : "udp", Json::string(each.address));
    connect.push(std::move(one));
  }
  row.set("listen", std::move(listen));
  row.set("connect", std::move(connect));
  return row;
}

Json powers(const policy::Grant& terms) {
  Json row = Json::object();
  Json clock = Json::array();
  if (terms.clock.wall) clock.push(Json::string("wall"));
  if (terms.clock.monotonic) clock.push(Json::string("monotonic"));
  if (terms.clock.cpu) clock.push(Json::string("cpu"));
  Json console = Json::array();
  if (terms.console.stdin_stream) console.push(Json::string("stdin"));
  if (terms.console.stdout_stream) console.push(Json::string("stdout"));
  if (terms.console.stderr_stream) console.push(Json::string("stderr"));
  row.set("clock", std::move(clock));
  if (terms.clock.fixed) {
    row.set("clock_fixed", Json::string(policy::print_timestamp(*terms.clock.fixed)));
  }
  if (terms.clock.resolution) {
    row.set("clock_resolution", Json::string(policy::print_duration(*terms.clock.resolution)));
  }
  row.set("console", std::move(console));
  if (terms.entropy.source == policy::EntropyGrant::Source::kSystem) {
    row.set("entropy", Json::string("system"));
  } else if (terms.entropy.source == policy::EntropyGrant::Source::kSeed) {
    row.set("entropy", Json::integer(static_cast<std::int64_t>(terms.entropy.seed)));
  }
  return row;
}

Json json_of(const policy::Warrant& warrant, const LimitSet& not_in_force) {
  const policy::Grant& terms = warrant.terms();
  Json page = Json::object();
  page.set("directory", directories(terms));
  page.set("environment", environment(terms));
  if (!terms.fetch.empty()) page.set("fetch", fetches(terms));
  page.set("network", sockets(terms));
  page.set("powers", powers(terms));
  if (terms.cwd) page.set("cwd", Json::string(*terms.cwd));
  if (terms.argv0) page.set("argv0", Json::string(*terms.argv0));
  page.set("optional_imports", strings(terms.optional_imports));
  page.set("host_functions", strings(terms.host_functions));
  Json limits = Json::object();
  for (const policy::LimitRow& row : policy::limit_rows()) {
    if (not_in_force.test(static_cast<std::size_t>(row.key))) continue;
    limits.set(row.word, Json::string(policy::print_limit(row.key, terms.limits.get(row.key))));
  }
  page.set("limits", std::move(limits));
  return page;
}

}  // namespace

std::string public_warrant(const policy::Warrant& warrant, const LimitSet& not_in_force) {
  return codec::print_canonical(json_of(warrant, not_in_force));
}

std::string warrant_hash(const policy::Warrant& warrant) {
  return "sha256:" + policy::hash(warrant).hex();
}

}  // namespace warrant::host
