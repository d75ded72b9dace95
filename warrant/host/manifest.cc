// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/manifest.h"

#include <algorithm>

#include "warrant/policy/print.h"

namespace warrant::host {
namespace {

using codec::Json;

Json texts(const std::vector<std::string>& from) {
  Json array = Json::array();
  for (const std::string& each : from) array.push(Json::string(each));
  return array;
}

void set_true(Json& object, std::string_view key, bool value) {
  if (value) object.set(key, Json::boolean(true));
}

// The list `key` of a grant that has nothing else, in its normal form.
Json lowered(const policy::Grant& grant, std::string_view key) {
  const Json document = policy::lower(grant);
  const Json* list = document.find(key);
  return list != nullptr ? *list : Json::array();
}

// As an entry of a grant, in the words of a manifest.
Json print_preopen(const ManifestPreopen& preopen) {
  policy::Grant grant;
  grant.directories.push_back(preopen.directory);
  const Json list = lowered(grant, "directory");
  Json entry = Json::object();
  for (const Json::Member& member : *list.as_array()->front().as_object()) {
    if (member.key != "access") entry.set(member.key, member.value);
  }
  entry.set("rights",
            Json::string(preopen.directory.access == policy::Access::kWrite ? "read-write"
                                                                            : "read-only"));
  set_true(entry, "share", preopen.sharing == Sharing::kShared);
  return entry;
}

template <typename T, typename Print>
void set_list(Json& object, std::string_view key, const std::vector<T>& from, Print print) {
  if (from.empty()) return;
  Json array = Json::array();
  for (const T& each : from) array.push(print(each));
  object.set(key, std::move(array));
}

Json print_wall_clock(const policy::ClockGrant& clock) {
  policy::Grant grant;
  grant.clock = clock;
  const Json document = policy::lower(grant);
  const Json* table = document.find("clock");
  Json made = Json::object();
  for (const std::string_view key : {"fixed", "resolution"}) {
    if (const Json* value = table->find(key)) made.set(key, *value);
  }
  return made;
}

Json print_caps(const ManifestInstance& instance) {
  Json caps = Json::object();
  const policy::ConsoleGrant& console = instance.console;
  if (console.stdin_stream || console.stdout_stream || console.stderr_stream) {
    Json streams = Json::object();
    streams.set("stdin", Json::boolean(console.stdin_stream));
    streams.set("stdout", Json::boolean(console.stdout_stream));
    streams.set("stderr", Json::boolean(console.stderr_stream));
    caps.set("console", std::move(streams));
  }
  set_true(caps, "timer", instance.clock.monotonic);
  if (instance.clock.fixed || instance.clock.resolution) {
    caps.set("wall_clock", print_wall_clock(instance.clock));
  } else {
    set_true(caps, "wall_clock", instance.clock.wall);
  }
  set_true(caps, "cpu_clock", instance.clock.cpu);
  using Source = policy::EntropyGrant::Source;
  set_true(caps, "random", instance.entropy.source == Source::kSystem);
  if (instance.entropy.source == Source::kSeed) {
    Json random = Json::object();
    random.set("seed", Json::integer(static_cast<std::int64_t>(instance.entropy.seed)));
    caps.set("random", std::move(random));
  }
  set_list(caps, "preopens", instance.preopens, print_preopen);
  policy::Grant sockets;
  sockets.listen = instance.listen;
  sockets.connect = instance.connect;
  sockets.fetch = instance.fetch;
  for (const std::string_view key : {"listen", "connect", "fetch"}) {
    Json list = lowered(sockets, key);
    if (!list.as_array()->empty()) caps.set(key, std::move(list));
  }
  return caps;
}

Json print_limits(const policy::Limits& limits) {
  Json object = Json::object();
  for (const policy::LimitRow& row : policy::limit_rows()) {
    if (!limits.is_written(row.key)) continue;
    std::string key(row.word);
    std::replace(key.begin(), key.end(), '-', '_');
    object.set(key, Json::string(policy::print_limit(row.key, limits.get(row.key))));
  }
  return object;
}

Json print_instance(const ManifestInstance& instance) {
  Json entry = Json::object();
  entry.set("binary", Json::string(instance.binary));
  if (instance.sha256) entry.set("sha256", Json::string(instance.sha256->hex()));
  if (instance.surface == Surface::kStdout) entry.set("surface", Json::string("stdout"));
  if (!instance.args.empty()) entry.set("args", texts(instance.args));
  if (!instance.environment.empty()) {
    Json env = Json::object();
    for (const auto& [name, value] : instance.environment) env.set(name, Json::string(value));
    entry.set("env", std::move(env));
  }
  Json caps = print_caps(instance);
  if (!caps.as_object()->empty()) entry.set("caps", std::move(caps));
  Json limits = print_limits(instance.limits);
  if (!limits.as_object()->empty()) entry.set("limits", std::move(limits));
  set_true(entry, "require", instance.narrowing == Narrowing::kRefused);
  return entry;
}

}  // namespace

std::string print_manifest(const Manifest& manifest) {
  Json instances = Json::object();
  for (const ManifestInstance& each : manifest.instances) {
    instances.set(each.name, print_instance(each));
  }
  Json document = Json::object();
  document.set("version", Json::integer(1));
  document.set("instances", std::move(instances));
  return codec::print_indented(document);
}

policy::Grant grant_of(const ManifestInstance& instance, std::string_view root) {
  policy::Grant grant;
  grant.argv0 = instance.args.empty() ? instance.name : instance.args.front();
  grant.limits = instance.limits;
  grant.console = instance.console;
  grant.environment = instance.environment;
  grant.clock = instance.clock;
  grant.entropy = instance.entropy;
  for (const ManifestPreopen& preopen : instance.preopens) {
    policy::DirectoryGrant directory = preopen.directory;
    directory.host = std::string(root) + "/" + directory.host;
    grant.directories.push_back(std::move(directory));
  }
  grant.listen = instance.listen;
  grant.connect = instance.connect;
  grant.fetch = instance.fetch;
  for (policy::FetchGrant& each : grant.fetch) {
    if (each.ca) each.ca = std::string(root) + "/" + *each.ca;
  }
  return grant;
}

}  // namespace warrant::host
