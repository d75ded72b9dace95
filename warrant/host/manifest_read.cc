// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "warrant/codec/text.h"
#include "warrant/fetch/endpoint.h"
#include "warrant/host/manifest.h"
#include "warrant/host/manifest_fields.h"
#include "warrant/policy/guest_name.h"
#include "warrant/policy/read.h"
#include "warrant/policy/units.h"

namespace warrant::host {
namespace {

using codec::Json;

constexpr std::size_t kMaxWords = 1'024;
constexpr std::size_t kMaxWordBytes = 128U << 10;
constexpr std::size_t kMaxName = 64;
constexpr std::string_view kNotYet = "is known, and not in this build yet";
// What an entry of `preopens` has beside its own words; the reader of grants reads them.
constexpr std::array<std::string_view, 9> kDirectoryOptions = {
    "xdev",   "network_fs", "symlinks", "create_symlinks", "hardlinks", "written",
    "inodes", "file_bytes", "hide"};

bool holds_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

// Why a path cannot be one beneath the root; empty when it can.
std::string_view path_problem(std::string_view path) {
  if (path.empty()) return "is empty";
  if (holds_nul(path)) return "holds a NUL byte";
  if (path.front() == '/') return "is absolute: paths are relative to --root";
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    if (path.substr(at, end - at) == "..") return "leaves the root: no \"..\"";
    at = end + 1;
  }
  return {};
}

class InstanceReader {
 public:
  InstanceReader(const Json::Member& member, Faults& faults)
      : fields_(member.value, "$.instances." + codec::escape_text(member.key, kMaxName), faults),
        faults_(faults) {
    made_.name = member.key;
  }

  ManifestInstance read() {
    made_.binary = fields_.required_string("binary");
    if (const auto why = path_problem(made_.binary); !why.empty() && fields_.value("binary")) {
      fields_.fault("binary", std::string(why));
    }
    if (const auto hex = fields_.string("sha256")) {
      auto digest = codec::Digest::parse_hex(*hex);
      if (digest) made_.sha256 = *digest;
      if (!digest) fields_.fault("sha256", "must be 64 hexadecimal digits");
    }
    read_surface();
    made_.args = fields_.strings("args");
    read_environment();
    check_words();
    if (const Json* caps = fields_.value("caps")) read_caps(*caps);
    if (const Json* limits = fields_.value("limits")) read_limits(*limits);
    read_timeout();
    if (fields_.boolean("require")) made_.narrowing = Narrowing::kRefused;
    read_isolation();
    fields_.done();
    check_surface();
    return std::move(made_);
  }

 private:
  void read_surface() {
    const auto word = fields_.string("surface");
    if (!word || *word == "preview1") return;
    if (*word == "stdout") {
      made_.surface = Surface::kStdout;
    } else {
      fields_.fault("surface", R"(must be "preview1" or "stdout")");
    }
  }

  void read_isolation() {
    const auto word = fields_.string("isolation");
    if (!word || *word == "store") return;
    fields_.fault("isolation", *word == "process" ? "\"process\" " + std::string(kNotYet)
                                                  : R"(must be "store" or "process")");
  }

  void read_environment() {
    const Json* value = fields_.value("env");
    if (value == nullptr) return;
    Fields env(*value, fields_.path_of("env"), faults_);
    if (value->as_object() == nullptr) return;
    for (const Json::Member& member : *value->as_object()) {
      const std::string name = codec::escape_text(member.key, kMaxName);
      if (member.key.empty() || holds_nul(member.key) ||
          member.key.find('=') != std::string::npos) {
        env.fault(name, "is no name of a variable: not empty, no \"=\", no NUL");
      }
      made_.environment.emplace_back(member.key, env.string(member.key).value_or(""));
    }
    std::sort(made_.environment.begin(), made_.environment.end());
  }

  void check_words() {
    std::size_t bytes = 0;
    bool nul = false;
    for (const std::string& each : made_.args) {
      bytes += each.size() + 1;
      nul = nul || holds_nul(each);
    }
    if (nul) fields_.fault("args", "holds a NUL byte, where every program would stop reading");
    nul = false;
    for (const auto& [name, text] : made_.environment) {
      bytes += name.size() + text.size() + 2;
      nul = nul || holds_nul(text);
    }
    if (nul) fields_.fault("env", "holds a NUL byte, where every program would stop reading");
    if (made_.args.size() + made_.environment.size() > kMaxWords || bytes > kMaxWordBytes) {
      fields_.fault("args", "and env together are more than 1024 entries or 128 KiB");
    }
  }

  void read_caps(const Json& value) {
    Fields caps(value, fields_.path_of("caps"), faults_);
    if (const Json* console = caps.value("console")) {
      Fields streams(*console, caps.path_of("console"), faults_);
      made_.console = {streams.boolean("stdin"), streams.boolean("stdout"),
                       streams.boolean("stderr")};
      streams.done();
    }
    made_.clock.monotonic = caps.boolean("timer");
    read_wall_clock(caps);
    made_.clock.cpu = caps.boolean("cpu_clock");
    read_random(caps);
    std::size_t index = 0;
    for (const Json& each : caps.array("preopens", kMaxPreopens)) {
      read_preopen(each, caps.path_of("preopens") + "[" + std::to_string(index++) + "]");
    }
    if (caps.array("listen", kMaxSockets).data() != nullptr) {
      made_.listen = read_as_grant(caps, "listen").listen;
    }
    if (caps.array("connect", kMaxSockets).data() != nullptr) {
      made_.connect = read_as_grant(caps, "connect").connect;
    }
    read_fetch(caps);
    caps.refuse("script", kNotYet);
    caps.done();
  }

  // The entries of `key` are those of a grant, and its reader reads them.
  policy::Grant read_as_grant(Fields& caps, std::string_view key) {
    const Json& list = *caps.value(key);
    return read_as(list, key, {std::string(key), caps.path_of(key), list.position()});
  }

  struct Place {
    std::string there;  // "directory[0]" in a finding
    std::string path;   // is this here
    codec::Position at;
  };

  // `value` as what stands at `key` of a grant.
  policy::Grant read_as(const Json& value, std::string_view key, const Place& place) {
    Json grant = Json::object();
    grant.set("version", Json::integer(1));
    grant.set(key, value);
    auto parsed = policy::parse_grant(grant, {.spelling = policy::Spelling::kJson});
    for (const policy::Finding& each : parsed.findings) {
      // "fetch[0].orign is no key": behind the place the key is the rest of the path.
      const bool named = each.what.starts_with(place.there);
      const std::size_t from = named ? place.there.size() : 0;
      const std::size_t end = std::min(named ? each.what.find_first_of(" :") : 0, each.what.size());
      const std::size_t rest = std::min(each.what.find_first_not_of(": ", end), each.what.size());
      std::string what = codec::escape_text(each.what.substr(rest));
      if (!each.fix.empty()) what += "; " + codec::escape_text(each.fix);
      faults_.add(place.path + codec::escape_text(each.what.substr(from, end - from)),
                  std::move(what), each.origin.at.line == 0 ? place.at : each.origin.at);
    }
    return std::move(parsed.value).value_or(policy::Grant{});
  }

  void read_fetch(Fields& caps) {
    if (caps.value("fetch") == nullptr) return;
    made_.fetch = read_as_grant(caps, "fetch").fetch;
    for (std::size_t i = 0; i < made_.fetch.size(); ++i) {
      const std::optional<std::string>& ca = made_.fetch[i].ca;
      const auto why = ca ? path_problem(*ca) : std::string_view();
      if (why.empty()) continue;
      faults_.add(caps.path_of("fetch") + "[" + std::to_string(i) + "].ca", std::string(why),
                  caps.value("fetch")->position());
    }
  }

  // true, or where it starts and how it steps: for runs that are to be repeated.
  void read_wall_clock(Fields& caps) {
    const Json* value = caps.value("wall_clock");
    if (value == nullptr) return;
    if (value->as_object() == nullptr) {
      made_.clock.wall = caps.boolean("wall_clock");
      return;
    }
    const std::string path = caps.path_of("wall_clock");
    Fields fields(*value, path, faults_);
    Json clock = Json::object();
    clock.set("wall", Json::boolean(true));
    for (const std::string_view key : {"fixed", "resolution"}) {
      if (const Json* each = fields.value(key)) clock.set(key, *each);
    }
    fields.done();
    const policy::Grant read = read_as(clock, "clock", {"clock", path, value->position()});
    made_.clock.wall = true;
    made_.clock.fixed = read.clock.fixed;
    made_.clock.resolution = read.clock.resolution;
  }

  void read_random(Fields& caps) {
    const Json* value = caps.value("random");
    if (value == nullptr) return;
    using Source = policy::EntropyGrant::Source;
    if (value->as_object() == nullptr) {
      made_.entropy.source = caps.boolean("random") ? Source::kSystem : Source::kNone;
      return;
    }
    Fields source(*value, caps.path_of("random"), faults_);
    const Json* seed = source.value("seed");
    const auto number = seed != nullptr ? seed->as_integer() : std::nullopt;
    if (number && *number >= 0) {
      made_.entropy = {Source::kSeed, static_cast<std::uint64_t>(*number)};
    } else {
      source.fault("seed", "must be a whole number from 0 to 2^53-1");
    }
    source.done();
  }

  void read_preopen(const Json& value, const std::string& path) {
    Fields fields(value, path, faults_);
    ManifestPreopen made;
    made.directory.guest = fields.required_string("guest");
    made.directory.host = fields.required_string("host");
    if (const auto why = policy::check_guest_name(made.directory.guest)) {
      fields.fault("guest", std::string(*why));
    }
    if (const auto why = path_problem(made.directory.host); !why.empty() && fields.value("host")) {
      fields.fault("host", std::string(why));
    }
    const std::string rights = fields.required_string("rights");
    if (rights == "read-write") {
      made.directory.access = policy::Access::kWrite;
    } else if (rights == "overlay") {
      fields.fault("rights", "\"overlay\" " + std::string(kNotYet));
    } else if (rights != "read-only" && fields.value("rights") != nullptr) {
      fields.fault("rights", R"(must be "read-only", "read-write" or "overlay")");
    }
    read_options(value, fields, path, made.directory);
    if (fields.boolean("share")) made.sharing = Sharing::kShared;
    fields.done();
    made_.preopens.push_back(std::move(made));
  }

  static void take_options(policy::DirectoryGrant from, policy::DirectoryGrant& to) {
    from.guest = std::move(to.guest);
    from.host = std::move(to.host);
    from.access = to.access;
    from.origin = {};
    to = std::move(from);
  }

  // As an entry of a grant whose own words are good, so that only the options can be at fault.
  void read_options(const Json& value, Fields& fields, const std::string& path,
                    policy::DirectoryGrant& to) {
    Json entry = Json::object();
    entry.set("guest", Json::string("/d"));
    entry.set("host", Json::string("d"));
    for (const std::string_view key : kDirectoryOptions) {
      if (const Json* option = fields.value(key)) entry.set(key, *option);
    }
    Json list = Json::array();
    list.push(std::move(entry));
    policy::Grant read = read_as(list, "directory", {"directory[0]", path, value.position()});
    if (read.directories.size() == 1) take_options(std::move(read.directories[0]), to);
  }

  // "memory", "open_files", "wall_ms": `-` is `_`, and a duration may be a number of milliseconds.
  void read_limits(const Json& value) {
    Fields fields(value, fields_.path_of("limits"), faults_);
    std::vector<std::string> spelled;  // outlive the reading: fields keeps views of them
    spelled.reserve(policy::kLimitCount * 2);
    for (const policy::LimitRow& row : policy::limit_rows()) {
      std::string key(row.word);
      std::replace(key.begin(), key.end(), '-', '_');
      spelled.push_back(key);
      read_limit(fields, row, spelled.back());
      if (row.unit != policy::LimitUnit::kDuration) continue;
      spelled.push_back(key + "_ms");
      read_milliseconds(fields, row, spelled.back());
    }
    fields.done();
  }

  void read_limit(Fields& fields, const policy::LimitRow& row, const std::string& key) {
    const Json* value = fields.value(key);
    if (value == nullptr) return;
    const bool duration = row.unit == policy::LimitUnit::kDuration;
    std::optional<std::uint64_t> number;
    if (const std::string* text = value->as_string()) number = policy::parse_limit(row.key, *text);
    const auto plain = value->as_integer();
    if (plain && *plain >= 0 && !duration) number = static_cast<std::uint64_t>(*plain);
    if (!number) {
      fields.fault(key, duration ? R"(must be a time with its unit, as "10s")"
                                 : R"(must be a whole number, or a size as "64MiB")");
      return;
    }
    made_.limits.write(row.key, *number);
  }

  void read_milliseconds(Fields& fields, const policy::LimitRow& row, const std::string& key) {
    const Json* value = fields.value(key);
    if (value == nullptr) return;
    constexpr std::int64_t kMost = 366LL * 86'400'000;
    const auto number = value->as_integer();
    if (!number || *number < 0 || *number > kMost) {
      fields.fault(key, "must be a whole number of milliseconds");
    } else if (made_.limits.is_written(row.key)) {
      fields.fault(key, "is written twice, with and without _ms");
    } else {
      made_.limits.write(row.key, static_cast<std::uint64_t>(*number) * 1'000'000);
    }
  }

  void read_timeout() {
    const auto text = fields_.string("timeout");
    if (!text) return;
    const auto number = policy::parse_limit(policy::LimitKey::kWall, *text);
    if (!number) {
      fields_.fault("timeout", R"(must be a time with its unit, as "10s")");
    } else if (made_.limits.is_written(policy::LimitKey::kWall)) {
      fields_.fault("timeout", "is the limit wall, which is written already");
    } else {
      made_.limits.write(policy::LimitKey::kWall, *number);
    }
  }

  void check_surface() {
    if (made_.surface != Surface::kStdout) return;
    if (made_.preopens.empty() && made_.listen.empty() && made_.connect.empty() &&
        made_.fetch.empty()) {
      return;
    }
    fields_.fault("surface", R"("stdout" has no directories, no sockets and no network)");
  }

  Fields fields_;
  Faults& faults_;
  ManifestInstance made_;
};

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

bool nested(const policy::DirectoryGrant& a, const policy::DirectoryGrant& b) {
  return policy::lies_in(a.host, b.host) || policy::lies_in(b.host, a.host);
}

std::string preopen_path(const ManifestInstance& instance, std::size_t index) {
  return "$.instances." + instance.name + ".caps.preopens[" + std::to_string(index) + "]";
}

bool is_any(const cap::IpAddress& address) {
  return std::all_of(address.bytes().begin(), address.bytes().end(),
                     [](std::uint8_t each) { return each == 0; });
}

// One port of one address; 0.0.0.0 and [::] are every address of their family.
bool is_one_claim(const cap::Endpoint& a, const cap::Endpoint& b) {
  return a.port == b.port && a.address.family() == b.address.family() &&
         (a.address == b.address || is_any(a.address) || is_any(b.address));
}

// What two entries cannot both have: inside one instance other rights on one tree, between two
// instances the same tree read-write or the same address.
class Together {
 public:
  explicit Together(Faults& faults) : faults_(faults) {}

  void check(const Manifest& manifest) {
    for (const ManifestInstance& instance : manifest.instances) {
      faults_.in_instance(instance.name);
      for (std::size_t i = 0; i < instance.preopens.size(); ++i) check_preopen(instance, i);
      for (std::size_t i = 0; i < instance.listen.size(); ++i) check_listen(instance, i);
      seen_.push_back(&instance);
    }
  }

 private:
  void check_preopen(const ManifestInstance& instance, std::size_t index) {
    const ManifestPreopen& mine = instance.preopens[index];
    for (std::size_t i = 0; i < index; ++i) {
      const ManifestPreopen& other = instance.preopens[i];
      if (!nested(mine.directory, other.directory) ||
          mine.directory.access == other.directory.access) {
        continue;
      }
      faults_.add(preopen_path(instance, index),
                  "overlaps " + preopen_path(instance, i) + ", which has other rights", {});
    }
    if (mine.directory.access != policy::Access::kWrite) return;
    for (const ManifestInstance* earlier : seen_) {
      for (std::size_t i = 0; i < earlier->preopens.size(); ++i) {
        const ManifestPreopen& other = earlier->preopens[i];
        const bool shared = mine.sharing == Sharing::kShared && other.sharing == Sharing::kShared;
        if (shared || other.directory.access != policy::Access::kWrite ||
            !nested(mine.directory, other.directory)) {
          continue;
        }
        faults_.add(preopen_path(instance, index),
                    "is read-write in " + preopen_path(*earlier, i) +
                        " as well: both must say \"share\": true",
                    {});
      }
    }
  }

  void check_listen(const ManifestInstance& instance, std::size_t index) {
    const std::string path =
        "$.instances." + instance.name + ".caps.listen[" + std::to_string(index) + "].tcp";
    const auto parsed =
        fetch::parse_endpoint(instance.listen[index].address, fetch::PortZero::kAllowed);
    if (!parsed.endpoint || parsed.endpoint->port == 0)
      return;  // no address: told when it is opened
    for (const auto& [other, where] : addresses_) {
      if (!is_one_claim(*parsed.endpoint, other)) continue;
      faults_.add(path, "is the address of " + where + " as well", {});
      return;
    }
    addresses_.emplace_back(*parsed.endpoint, path);
  }

  Faults& faults_;
  std::vector<const ManifestInstance*> seen_;
  std::vector<std::pair<cap::Endpoint, std::string>> addresses_;
};

void read_instances(const Json& value, Manifest& manifest, Faults& faults) {
  const Json::Object* members = value.as_object();
  if (members == nullptr || members->empty() || members->size() > kMaxInstances) {
    faults.add("$.instances", "must be an object of 1 to 64 instances", value.position());
    return;
  }
  for (const Json::Member& member : *members) {
    faults.in_instance(codec::escape_text(member.key, kMaxName));
    if (!is_name(member.key)) {
      faults.add("$.instances",
                 "the name \"" + codec::escape_text(member.key, kMaxName) +
                     "\" is not 1 to 64 letters, digits, \".\", \"_\", \"-\"",
                 member.position);
    }
    manifest.instances.push_back(InstanceReader(member, faults).read());
  }
  faults.in_instance({});
  std::sort(manifest.instances.begin(), manifest.instances.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
}

}  // namespace

ManifestReading parse_manifest(std::string_view text) {
  Faults faults;
  if (text.size() > kMaxManifestBytes) {
    faults.add("$", "the manifest is larger than 64 KiB", {});
    return {std::nullopt, faults.take()};
  }
  codec::JsonDiagnosis why;
  const auto parsed = codec::parse_json(text, {}, why);
  if (!parsed) {
    faults.add("$", why.text, why.at);
    return {std::nullopt, faults.take()};
  }
  Manifest manifest;
  Fields fields(*parsed, "$", faults);
  const Json* version = fields.value("version");
  if (version == nullptr || version->as_integer() != 1) {
    fields.fault("version", version == nullptr ? "is missing: write 1" : "must be 1");
  }
  const Json* instances = fields.value("instances");
  if (instances == nullptr) {
    fields.fault("instances", "is missing");
  } else {
    read_instances(*instances, manifest, faults);
  }
  fields.refuse("handoff", kNotYet);
  fields.done();
  if (faults.count() == 0) Together(faults).check(manifest);
  if (faults.count() != 0) return {std::nullopt, faults.take()};
  return {std::move(manifest), {}};
}

}  // namespace warrant::host
