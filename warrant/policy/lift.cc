// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/lift.h"

#include <algorithm>

#include "warrant/policy/guest_name.h"
#include "warrant/policy/intersect.h"
#include "warrant/policy/text_checks.h"

namespace warrant::policy {
namespace {

using codec::Json;

constexpr std::size_t kMaxLabels = 16;
constexpr Nanoseconds kMaxDnsCache{30'000'000'000};

template <typename T>
void take(T& to, std::optional<T> value) {
  if (value) to = *std::move(value);
}

class Lifter {
 public:
  Lifter(Unwritten unwritten, const Reading& reading, Findings& findings)
      : unwritten_(unwritten), reading_(reading), findings_(findings) {}

  void lift(FieldsView root, Grant& grant) {
    lift_single(root, grant);
    lift_limits(root.table("limits"), grant.limits);
    lift_console(root.table("console"), grant.console);
    lift_environment(root.find("environment"), grant);
    lift_clock(root.table("clock"), root.find("clock"), grant.clock);
    lift_entropy(root.table("entropy"), root.find("entropy"), grant.entropy);
    lift_network(root.table("network"), root.find("network"), grant.network);
    const FieldsView netfetch = root.table("netfetch");
    grant.netfetch = {netfetch.duration("timeout"), netfetch.size("response"),
                      netfetch.number("requests"), netfetch.size("total"),
                      netfetch.number("parallel")};
    grant.process_run = root.table("process").texts("run");
    const FieldsView audit = root.table("audit");
    take(grant.audit.flush, audit.word<Flush>("flush", kFlushWords));
    take(grant.audit.path, audit.word<PathRecord>("path", kPathWords));
    for (const Json* each : root.list("directory")) lift_directory(*each, grant);
    for (const Json* each : root.list("listen")) lift_listen(*each, grant);
    for (const Json* each : root.list("connect")) lift_connect(*each, grant);
    for (const Json* each : root.list("fetch")) lift_one_fetch(*each, grant);
    for (const Json* each : root.list("fetch_deny")) {
      const FieldsView fields(each);
      grant.fetch_deny.push_back({*fields.text("host"), fields.texts("paths"), origin(*each)});
    }
    normalize(grant);
  }

 private:
  Origin origin(const Json& value) const { return {reading_.source, value.position()}; }

  void fail(const Json& at, std::string what, std::string fix, std::string_view reason = "value") {
    findings_.push_back({std::move(what), std::move(fix), origin(at), reason});
  }

  void lift_single(FieldsView root, Grant& grant) {
    grant.id = root.text("id");
    take(grant.require, root.flag("require"));
    if (root.has("module")) {
      grant.modules.emplace();
      for (const std::string& text : root.texts("module")) {
        const auto digest = codec::Digest::parse_hex(std::string_view(text).substr(7));
        WARRANT_CHECK(digest.has_value());
        grant.modules->push_back(*digest);
      }
    }
    grant.bundle = root.text("bundle");
    grant.expires = root.time("expires");
    grant.not_before = root.time("not_before");
    if (grant.expires && grant.not_before && *grant.not_before >= *grant.expires) {
      fail(*root.find("expires"),
           "expires is not after not-before: there is no time when this counts",
           "write a later time in expires");
    }
    if (const auto uses = root.number("uses")) {
      grant.uses = Uses{*uses, reading_.document};
      if (!grant.id && unwritten_ == Unwritten::kNarrowest) {
        fail(*root.find("uses"), "uses needs an id, by which they are counted",
             "write id = \"…\", 16 to 64 characters that no other document has");
      }
    }
    grant.cwd = root.text("cwd");
    grant.argv0 = root.text("argv0");
    grant.optional_imports = root.texts("optional_imports");
    grant.runner = root.text("runner");
    grant.hardening = root.word<Hardening>("hardening", kHardeningWords);
    if (const Json* label = root.find("label")) {
      for (const Json::Member& member : *label->as_object()) {
        grant.label.emplace_back(member.key, *member.value.as_string());
        if (const auto fault = check_label(member.key)) {
          fail(*label, "the name of a label " + *fault, "use a short name");
        }
      }
      if (grant.label.size() > kMaxLabels)
        fail(*label, "there are more than 16 labels", "drop some");
    }
  }

  void lift_limits(FieldsView fields, Limits& limits) {
    for (const LimitRow& row : limit_rows()) {
      const std::string key = json_key(row.word);
      if (!fields.has(key)) continue;
      switch (row.unit) {
        case LimitUnit::kDuration:
          limits.write(row.key, count(*fields.duration(key)));
          break;
        case LimitUnit::kBytes:
          limits.write(row.key, *fields.size(key));
          break;
        case LimitUnit::kCount:
          limits.write(row.key, *fields.number(key));
          break;
      }
    }
  }

  static void lift_console(FieldsView fields, ConsoleGrant& console) {
    console = {true, true, true};
    take(console.stdin_stream, fields.flag("stdin"));
    take(console.stdout_stream, fields.flag("stdout"));
    take(console.stderr_stream, fields.flag("stderr"));
    take(console.excess, fields.word<Excess>("excess", kExcessWords));
  }

  void lift_environment(const Json* table, Grant& grant) {
    if (table == nullptr) return;
    for (const Json::Member& member : *table->as_object()) {
      const std::string* text = member.value.as_string();
      if (const auto fault = check_variable_name(member.key)) {
        fail(member.value, "environment: a name " + *fault, "write NAME = \"value\"");
      } else if (text != nullptr) {
        grant.environment.emplace_back(member.key, *text);
      } else if (const Json* host = member.value.find("host")) {
        grant.host_environment.push_back({member.key, *host->as_string(), origin(member.value)});
      }
    }
  }

  void lift_clock(FieldsView fields, const Json* at, ClockGrant& clock) {
    take(clock.wall, fields.flag("wall"));
    take(clock.monotonic, fields.flag("monotonic"));
    take(clock.cpu, fields.flag("cpu"));
    clock.resolution = fields.duration("resolution");
    clock.fixed = fields.time("fixed");
    if (clock.fixed && !clock.wall && unwritten_ == Unwritten::kNarrowest) {
      fail(*at, "clock.fixed needs wall = true: it says where that clock starts",
           "write wall = true");
    }
    if (clock.resolution && count(*clock.resolution) == 0) {
      fail(*at, "clock.resolution is 0", "leave it out for exact clocks");
    }
  }

  void lift_entropy(FieldsView fields, const Json* at, EntropyGrant& entropy) {
    using Source = EntropyGrant::Source;
    take(entropy.source, fields.word<Source>("source", kEntropyWords));
    const auto seed = fields.number("seed");
    if (!seed) return;
    if (fields.has("source")) {
      fail(*at, "entropy has both a source and a seed", "write one of them");
    }
    entropy = {Source::kSeed, *seed};
  }

  void lift_network(FieldsView fields, const Json* at, NetworkOptions& network) {
    if (const auto ipv6 = fields.text("ipv6")) network.ipv6 = *ipv6 == "on";
    if (const auto nat64 = fields.text("nat64")) network.decode_nat64 = *nat64 == "decode";
    network.nat64_prefixes = fields.texts("nat64_prefixes");
    network.extra_deny = fields.texts("extra_deny");
    take(network.dns_cache, fields.duration("dns_cache"));
    if (network.dns_cache > kMaxDnsCache) {
      fail(*at, "network.dns-cache is more than 30s", "write 30s or less");
    }
    if (!network.nat64_prefixes.empty() && !network.decode_nat64 &&
        unwritten_ == Unwritten::kNarrowest) {
      fail(*at, "network.nat64-prefixes needs nat64 = \"decode\"", "write it");
    }
  }

  void lift_directory(const Json& value, Grant& grant) {
    const FieldsView fields(&value);
    DirectoryGrant entry = unwritten_ == Unwritten::kWidest ? widest_directory() : DirectoryGrant{};
    entry.guest = fields.text("guest").value_or("");
    entry.host = fields.text("host").value_or("");
    take(entry.access, fields.word<Access>("access", kAccessWords));
    take(entry.xdev, fields.flag("xdev"));
    take(entry.network_fs, fields.flag("network_fs"));
    take(entry.symlinks, fields.word<Symlinks>("symlinks", kSymlinksWords));
    take(entry.create_symlinks,
         fields.word<CreateSymlinks>("create_symlinks", kCreateSymlinksWords));
    take(entry.hardlinks, fields.word<Hardlinks>("hardlinks", kHardlinksWords));
    entry.written = fields.size("written");
    entry.inodes = fields.number("inodes");
    entry.file_bytes = fields.size("file_bytes");
    entry.hide = fields.texts("hide");
    entry.origin = origin(value);
    if (!entry.hide.empty() && entry.access != Access::kOverlay) {
      fail(value, "directory.hide needs access = \"overlay\"", "nothing else can hide a name");
    }
    const auto twin = std::find_if(
        grant.directories.begin(), grant.directories.end(), [&](const DirectoryGrant& other) {
          return normal_guest_name(other.guest) == normal_guest_name(entry.guest);
        });
    if (twin != grant.directories.end() && unwritten_ == Unwritten::kNarrowest) {
      fail(value,
           "two directories are named " + entry.guest + "; the other is at " + twin->origin.print(),
           "give one of them another guest name", "conflict");
    }
    grant.directories.push_back(std::move(entry));
  }

  void lift_listen(const Json& value, Grant& grant) {
    const FieldsView fields(&value);
    ListenGrant entry{*fields.text("tcp"), fields.texts("peers"), origin(value)};
    if (fields.has("peers") && entry.peers.empty()) {
      fail(value, "listen.peers is empty: nobody could connect",
           "leave it out for this machine alone, or name addresses");
    }
    if (!fields.has("peers") && unwritten_ == Unwritten::kWidest) entry.peers = any_peers();
    grant.listen.push_back(std::move(entry));
  }

  void lift_connect(const Json& value, Grant& grant) {
    const FieldsView fields(&value);
    if (fields.has("tcp") == fields.has("udp")) {
      fail(value, "a [[connect]] has either tcp or udp",
           "write one of them, and one [[connect]] for each socket");
      return;
    }
    const bool tcp = fields.has("tcp");
    grant.connect.push_back({tcp ? Transport::kTcp : Transport::kUdp,
                             *fields.text(tcp ? "tcp" : "udp"), fields.texts("private"),
                             origin(value)});
  }

  void lift_one_fetch(const Json& value, Grant& grant) {
    FetchGrant entry = lift_fetch(FieldsView(&value), unwritten_);
    entry.origin = origin(value);
    if (entry.methods.empty()) {
      fail(value, "fetch.methods is empty; it never means all", "name them, as in [\"GET\"]");
    }
    if (entry.paths.empty()) {
      fail(value, "fetch.paths is empty; it never means all", "write [\"/\"] for any path");
    }
    grant.fetch.push_back(std::move(entry));
  }

  Unwritten unwritten_;
  const Reading& reading_;
  Findings& findings_;
};

}  // namespace

void lift_terms(FieldsView root, Unwritten unwritten, const Reading& reading, Grant& grant,
                Findings& findings) {
  Lifter(unwritten, reading, findings).lift(root, grant);
}

FetchGrant lift_fetch(FieldsView fields, Unwritten unwritten) {
  FetchGrant entry = unwritten == Unwritten::kWidest ? widest_fetch() : FetchGrant{};
  SplitOrigin split = *split_origin(*fields.text("origin"));
  entry.scheme = std::move(split.scheme);
  entry.host = std::move(split.host);
  entry.port = split.port;
  if (fields.has("methods")) entry.methods = fields.texts("methods");
  if (fields.has("paths")) entry.paths = fields.texts("paths");
  take(entry.any_host, fields.flag("any_host"));
  entry.private_hosts = fields.texts("private");
  take(entry.redirect, fields.word<Redirect>("redirect", kRedirectWords));
  if (const auto redirects = fields.number("redirects")) {
    entry.redirects = static_cast<std::uint32_t>(*redirects);
  }
  take(entry.decompress, fields.word<Decompress>("decompress", kDecompressWords));
  take(entry.raw_authorization, fields.flag("raw_authorization"));
  take(entry.browser_unpinned, fields.flag("browser_unpinned"));
  entry.ca = fields.text("ca");
  for (std::size_t i = 0; i < kFetchBoundCount; ++i) {
    const auto bound = static_cast<FetchBound>(i);
    const std::string_view key = kFetchBoundKeys[i];
    if (!fields.has(key)) continue;
    if (bound >= FetchBound::kDns) {
      entry.bounds[bound] = count(*fields.duration(key));
    } else if (bound == FetchBound::kRequestBody || bound == FetchBound::kResponse ||
               bound == FetchBound::kTotal) {
      entry.bounds[bound] = fields.size(key);
    } else {
      entry.bounds[bound] = fields.number(key);
    }
  }
  if (fields.has("secret")) {
    const FieldsView secret = fields.table("secret");
    SecretBinding binding{*secret.text("header"), *secret.text("value")};
    take(binding.attach, secret.word<Attach>("attach", kAttachWords));
    take(binding.echo, secret.word<Echo>("echo", kEchoWords));
    entry.secret = std::move(binding);
  }
  return entry;
}

DirectoryGrant widest_directory() {
  return {.access = Access::kWrite,
          .xdev = true,
          .network_fs = true,
          .symlinks = Symlinks::kFollow,
          .create_symlinks = CreateSymlinks::kRelative,
          .hardlinks = Hardlinks::kAllow};
}

FetchGrant widest_fetch() {
  FetchGrant widest;
  widest.methods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  widest.paths = {"/"};
  widest.redirects = 10;
  widest.decompress = Decompress::kGzip;
  return widest;
}

std::vector<std::string> any_peers() { return {"0.0.0.0/0", "::/0"}; }

}  // namespace warrant::policy
