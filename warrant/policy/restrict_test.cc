// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/support/documents.h"
#include "warrant/policy/print.h"
#include "warrant/policy/read.h"
#include "warrant/policy/warrant.h"

namespace warrant::policy {
namespace {

using test::Dice;
using test::Texts;

// A world where names tell what lies in what.
class NamedWorld final : public Ancestry {
 public:
  bool lies_in(const std::string& inner, const std::string& outer) const override {
    return inner == outer || inner.starts_with(outer + "/");
  }
};

Ceiling ceiling(std::string_view rest) {
  const std::string text = "{\"version\":1," + std::string(rest) + "}";
  const auto tree = read_json(text, "ceiling.json");
  EXPECT_TRUE(tree.value) << tree.findings.front().what;
  auto parsed = parse_ceiling(
      *tree.value, {.source = "ceiling.json", .spelling = Spelling::kJson, .rooms = every_room()});
  EXPECT_TRUE(parsed.value) << parsed.findings.front().what;
  return parsed.value.value_or(Ceiling{});
}

Admitted under(const Grant& grant, std::string_view rest) {
  const Ceiling one = ceiling(rest);
  const NamedWorld world;
  return admit(grant, {.ceilings = std::span(&one, 1), .ancestry = &world, .now = Timestamp{0}});
}

Grant console_only() {
  Grant grant;
  grant.console = {true, true, true};
  return grant;
}

TEST(CeilingCut, AnEmptyCeilingTakesNothingThatItNeedNotWrite) {
  Grant grant = console_only();
  grant.clock.wall = true;
  grant.environment = {{"A", "1"}};
  grant.directories.push_back({.guest = "/w",
                               .host = "/srv",
                               .access = Access::kWrite,
                               .xdev = true,
                               .hardlinks = Hardlinks::kAllow});
  grant.limits.write(LimitKey::kMemory, 1'000);
  const Admitted admitted = under(grant, R"("limits":{})");
  ASSERT_TRUE(admitted.warrant);
  EXPECT_TRUE(admitted.narrowed.empty()) << admitted.narrowed.front().what;
  EXPECT_EQ(admitted.warrant->terms(), grant);
}

TEST(CeilingCut, NetworkFileSystemsAndWeakHardeningMustBeWritten) {
  Grant grant = console_only();
  grant.directories.push_back({.guest = "/w", .host = "/srv", .network_fs = true});
  grant.hardening = Hardening::kOff;
  ASSERT_TRUE(admit(grant).narrowed.empty());
  const Admitted cut = under(grant, R"("limits":{})");
  ASSERT_TRUE(cut.warrant);
  EXPECT_FALSE(cut.warrant->terms().directories[0].network_fs);
  EXPECT_EQ(cut.warrant->terms().hardening, Hardening::kBasic);
  EXPECT_EQ(cut.narrowed.size(), 2U);
  EXPECT_TRUE(under(grant, R"("network_fs":true,"hardening":"off")").narrowed.empty());
}

TEST(CeilingCut, LimitsAreTheLesserAndSaySoWithThePlace) {
  Grant grant = console_only();
  grant.limits.write(LimitKey::kMemory, 2ULL << 20);
  const Admitted cut = under(grant, R"("limits":{"memory":"1MiB","wall":"5s"})");
  ASSERT_TRUE(cut.warrant);
  EXPECT_EQ(cut.warrant->limits().get(LimitKey::kMemory), 1ULL << 20);
  EXPECT_EQ(cut.warrant->limits().get(LimitKey::kWall), 5'000'000'000U);
  ASSERT_EQ(cut.narrowed.size(), 1U);
  EXPECT_EQ(print_line(cut.narrowed[0]), "ceiling.json:1:24: limits.memory = 2MiB is cut to 1MiB");
}

TEST(CeilingCut, RequireRefusesInsteadOfReducing) {
  Grant grant = console_only();
  grant.require = true;
  grant.clock.wall = true;
  const Admitted cut = under(grant, R"("clock":{"wall":false})");
  EXPECT_FALSE(cut.warrant);
  ASSERT_EQ(cut.refused.size(), 1U);
  EXPECT_NE(cut.refused[0].what.find("clock.wall"), std::string::npos);
}

TEST(CeilingCut, DirectoriesLieBeneathThoseOfTheCeiling) {
  Grant grant = console_only();
  grant.directories.push_back({.guest = "/a", .host = "/srv/a", .access = Access::kWrite});
  grant.directories.push_back({.guest = "/b", .host = "/home/b", .access = Access::kRead});
  grant.directories.push_back({.guest = "/c", .host = "/srvx", .access = Access::kRead});
  const Admitted cut =
      under(grant, R"("directory":[{"host":"/srv","access":"read"},{"host":"/home"}])");
  ASSERT_TRUE(cut.warrant);
  const auto& kept = cut.warrant->terms().directories;
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].guest, "/a");
  EXPECT_EQ(kept[0].access, Access::kRead);
  EXPECT_EQ(kept[1], grant.directories[1]);
  EXPECT_EQ(cut.narrowed.size(), 2U);
}

TEST(CeilingCut, DenyNetLeavesNoSocket) {
  Grant grant = console_only();
  grant.listen.push_back({"127.0.0.1:80"});
  grant.connect.push_back({Transport::kTcp, "127.0.0.1:5"});
  grant.fetch.push_back({.host = "a.example.com", .methods = {"GET"}, .paths = {"/"}});
  const Admitted cut = under(grant, R"("deny_net":true)");
  ASSERT_TRUE(cut.warrant);
  EXPECT_TRUE(cut.warrant->terms().listen.empty());
  EXPECT_TRUE(cut.warrant->terms().connect.empty());
  EXPECT_TRUE(cut.warrant->terms().fetch.empty());
  EXPECT_EQ(cut.warrant->restrictions().net, Net::kDenied);
  EXPECT_EQ(cut.narrowed.size(), 3U);
}

TEST(CeilingCut, EnvironmentIsByNameAndValueOrByNameAlone) {
  Grant grant = console_only();
  grant.environment = {{"A", "1"}, {"B", "2"}, {"C", "3"}};
  const Admitted cut = under(grant, R"("environment":{"A":{},"B":"other"})");
  ASSERT_TRUE(cut.warrant);
  EXPECT_EQ(cut.warrant->terms().environment,
            (std::vector<std::pair<std::string, std::string>>{{"A", "1"}}));
}

TEST(CeilingCut, FetchMeetsItsPatterns) {
  Grant grant = console_only();
  grant.fetch.push_back({.host = "a.example.com", .methods = {"GET", "POST"}, .paths = {"/"}});
  grant.fetch.push_back({.host = "*", .methods = {"GET"}, .paths = {"/"}, .any_host = true});
  const Admitted cut = under(
      grant, R"("fetch":[{"origin":"https://*.example.com","methods":["GET"],"paths":["/v1/"]}])");
  ASSERT_TRUE(cut.warrant);
  const auto& kept = cut.warrant->terms().fetch;
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].host, "a.example.com");
  EXPECT_EQ(kept[0].methods, Texts{"GET"});
  EXPECT_EQ(kept[0].paths, Texts{"/v1/"});
  EXPECT_EQ(kept[1].host, "*.example.com");
  EXPECT_TRUE(under(grant, R"("fetch":[])").warrant->terms().fetch.empty());
  // Any host is allowed only where a ceiling says so.
  EXPECT_EQ(under(grant, R"("limits":{})").warrant->terms().fetch.size(), 1U);
  EXPECT_EQ(under(grant, R"("any_host":true)").warrant->terms().fetch.size(), 2U);
}

// Each key alone takes away what it says, and a ceiling that does not write it takes nothing.
TEST(CeilingCut, EachKeyOfTheNetworkIsItsOwn) {
  Grant grant = console_only();
  grant.fetch.push_back({.host = "a.example.com", .methods = {"GET"}, .paths = {"/"}});
  grant.fetch[0].decompress = Decompress::kGzip;
  const auto fetch = [&](std::string_view rest) {
    const std::string entry = R"("fetch":[{"origin":"https://a.example.com")";
    return under(grant, entry + std::string(rest) + "}]").warrant->terms().fetch.at(0);
  };
  const FetchGrant whole = fetch("");
  EXPECT_EQ(whole, grant.fetch[0]);
  EXPECT_EQ(fetch(R"(,"redirect":"error")").redirect, Redirect::kError);
  EXPECT_EQ(fetch(R"(,"redirects":1)").redirects, 1U);
  EXPECT_EQ(fetch(R"(,"decompress":"off")").decompress, Decompress::kOff);
  const std::pair<const char*, FetchBound> kCounts[] = {{"requests", FetchBound::kRequests},
                                                        {"parallel", FetchBound::kParallel},
                                                        {"denials", FetchBound::kDenials},
                                                        {"names", FetchBound::kNames},
                                                        {"request_body", FetchBound::kRequestBody},
                                                        {"response", FetchBound::kResponse},
                                                        {"total", FetchBound::kTotal}};
  for (const auto& [word, bound] : kCounts) {
    EXPECT_EQ(fetch(",\"" + std::string(word) + "\":1").bounds[bound], 1U) << word;
  }
  const std::pair<const char*, FetchBound> kTimes[] = {{"dns", FetchBound::kDns},
                                                       {"connect", FetchBound::kConnect},
                                                       {"first_byte", FetchBound::kFirstByte},
                                                       {"timeout", FetchBound::kTimeout}};
  for (const auto& [word, bound] : kTimes) {
    EXPECT_EQ(fetch(",\"" + std::string(word) + "\":\"1s\"").bounds[bound], 1'000'000'000U) << word;
  }
  grant.network.decode_nat64 = true;
  grant.network.nat64_prefixes = {"2001:db9::/96"};
  grant.network.dns_cache = Nanoseconds{2'000'000'000};
  const auto cut = [&](std::string_view rest) { return under(grant, rest).warrant->terms(); };
  EXPECT_EQ(cut(R"("limits":{})").network, grant.network);
  EXPECT_FALSE(cut(R"("network":{"ipv6":"off"})").network.ipv6);
  EXPECT_FALSE(cut(R"("network":{"nat64":"off"})").network.decode_nat64);
  EXPECT_TRUE(cut(R"("network":{"nat64_prefixes":[]})").network.nat64_prefixes.empty());
  EXPECT_EQ(cut(R"("network":{"extra_deny":["192.0.2.0/24"]})").network.extra_deny,
            Texts{"192.0.2.0/24"});
  EXPECT_EQ(cut(R"("network":{"dns_cache":"1s"})").network.dns_cache, Nanoseconds{1'000'000'000});
  EXPECT_EQ(cut(R"("netfetch":{"timeout":"1s"})").netfetch.timeout, Nanoseconds{1'000'000'000});
  EXPECT_EQ(cut(R"("netfetch":{"response":1})").netfetch.response, 1U);
  EXPECT_EQ(cut(R"("netfetch":{"requests":1})").netfetch.requests, 1U);
  EXPECT_EQ(cut(R"("netfetch":{"total":1})").netfetch.total, 1U);
  EXPECT_EQ(cut(R"("netfetch":{"parallel":1})").netfetch.parallel, 1U);
  EXPECT_EQ(cut(R"("fetch_deny":[{"host":"b.example.com"}])").fetch_deny.at(0).host,
            "b.example.com");
  EXPECT_EQ(cut(R"("fetch_deny":[{"host":"b.example.com","paths":["/x"]}])").fetch_deny.at(0).paths,
            Texts{"/x"});
}

TEST(CeilingCut, ExpiresWithinCutsALaterExpiry) {
  Grant grant = console_only();
  EXPECT_EQ(under(grant, R"("expires_within":"1h")").warrant->terms().expires,
            Timestamp{3'600'000'000'000});
  grant.expires = Timestamp{1};
  EXPECT_EQ(under(grant, R"("expires_within":"1h")").warrant->terms().expires, Timestamp{1});
  const Ceiling one = ceiling(R"("expires_within":"1h")");
  EXPECT_FALSE(admit(grant, {.ceilings = std::span(&one, 1)}).warrant);
}

TEST(CeilingCut, UnsignedNeverLeavesOnlyListedModules) {
  const Admitted none = under(console_only(), R"("unsigned":"never")");
  ASSERT_TRUE(none.warrant);
  ASSERT_TRUE(none.warrant->terms().modules);
  EXPECT_TRUE(none.warrant->terms().modules->empty());
  const Admitted one = under(console_only(), R"("unsigned":"never","module":
      "sha256:0000000000000000000000000000000000000000000000000000000000000000")");
  EXPECT_EQ(one.warrant->terms().modules->size(), 1U);
}

TEST(CeilingCut, AskingForUsesNeedsAnId) {
  EXPECT_FALSE(under(console_only(), R"("uses":3)").warrant);
  Grant grant = console_only();
  grant.id = "0123456789abcdef";
  grant.uses = Uses{5};
  EXPECT_EQ(under(grant, R"("uses":3)").warrant->terms().uses->count, 3U);
}

TEST(CeilingCut, EveryLimitIsTheLesserOne) {
  for (const LimitRow& row : limit_rows()) {
    const std::uint64_t unit = row.unit == LimitUnit::kDuration ? 1'000'000 : 1;
    Grant grant = console_only();
    grant.limits.write(row.key, 7 * unit);
    Ceiling one;
    one.widest.limits.write(row.key, 3 * unit);
    Findings narrowed;
    const NamedWorld world;
    EXPECT_EQ(restrict_to(grant, one, world, narrowed).limits.get(row.key), 3 * unit) << row.word;
    EXPECT_EQ(narrowed.size(), 1U) << row.word;
    // What nobody wrote is cut as well, and counts as written from then on.
    const Grant cut = restrict_to(console_only(), one, world, narrowed);
    EXPECT_EQ(cut.limits.get(row.key), 3 * unit) << row.word;
    EXPECT_TRUE(cut.limits.is_written(row.key)) << row.word;
  }
}

TEST(CeilingCut, OutputThatWouldBeDroppedFails) {
  const auto cut = [&](std::string_view rest) {
    return under(console_only(), rest).warrant->terms().console.excess;
  };
  EXPECT_EQ(cut(R"("console":{"excess":"fail"})"), Excess::kFail);
  EXPECT_EQ(cut(R"("console":{"excess":"drop"})"), Excess::kDrop);
}

TEST(CeilingCut, EachStreamAndClockIsItsOwn) {
  Grant all = console_only();
  all.clock = {true, true, true};
  const auto cut = [&](std::string_view rest) { return under(all, rest).warrant->terms(); };
  EXPECT_FALSE(cut(R"("console":{"stdin":false})").console.stdin_stream);
  EXPECT_FALSE(cut(R"("console":{"stdout":false})").console.stdout_stream);
  EXPECT_FALSE(cut(R"("console":{"stderr":false})").console.stderr_stream);
  EXPECT_TRUE(cut(R"("console":{"stderr":false})").console.stdin_stream);
  EXPECT_FALSE(cut(R"("clock":{"wall":false})").clock.wall);
  EXPECT_FALSE(cut(R"("clock":{"monotonic":false})").clock.monotonic);
  EXPECT_FALSE(cut(R"("clock":{"cpu":false})").clock.cpu);
  EXPECT_TRUE(cut(R"("clock":{"cpu":false})").clock.wall);
  EXPECT_EQ(cut(R"("clock":{"resolution":"2ms"})").clock.resolution, Nanoseconds{2'000'000});
  EXPECT_EQ(cut(R"("clock":{"fixed":"1970-01-01T00:00:01Z"})").clock.fixed,
            Timestamp{1'000'000'000});
  all.clock.resolution = Nanoseconds{3'000'000};
  EXPECT_EQ(cut(R"("clock":{"resolution":"4ms"})").clock.resolution, Nanoseconds{4'000'000});
  EXPECT_EQ(cut(R"("clock":{"resolution":"2ms"})").clock.resolution, Nanoseconds{3'000'000});
  all.clock.fixed = Timestamp{2'000'000'000};
  EXPECT_FALSE(cut(R"("clock":{"fixed":"1970-01-01T00:00:01Z"})").clock.wall);
  EXPECT_TRUE(cut(R"("clock":{"fixed":"1970-01-01T00:00:02Z"})").clock.wall);
}

TEST(CeilingCut, EntropyIsWhatBothHave) {
  Grant grant = console_only();
  grant.entropy = {EntropyGrant::Source::kSystem};
  const auto cut = [&](std::string_view rest) {
    return under(grant, rest).warrant->terms().entropy;
  };
  EXPECT_EQ(cut(R"("entropy":{"seed":3})"), (EntropyGrant{EntropyGrant::Source::kSeed, 3}));
  EXPECT_EQ(cut(R"("entropy":{"source":"none"})"), EntropyGrant{});
  EXPECT_EQ(cut(R"("entropy":{"source":"system"})"), grant.entropy);
  grant.entropy = {EntropyGrant::Source::kSeed, 4};
  EXPECT_EQ(cut(R"("entropy":{"seed":3})"), EntropyGrant{});
}

TEST(CeilingCut, EachOptionOfADirectoryIsItsOwn) {
  Grant grant = console_only();
  DirectoryGrant wide = {.guest = "/w",
                         .host = "/srv",
                         .access = Access::kWrite,
                         .xdev = true,
                         .network_fs = true,
                         .hardlinks = Hardlinks::kAllow,
                         .written = 9,
                         .inodes = 9,
                         .file_bytes = 9};
  grant.directories.push_back(wide);
  const auto cut = [&](const std::string& option) {
    const auto admitted =
        under(grant, "\"network_fs\":true,\"directory\":[{\"host\":\"/srv\"" + option + "}]");
    return admitted.warrant->terms().directories.at(0);
  };
  EXPECT_EQ(cut(""), wide);
  EXPECT_EQ(cut(R"(,"guest":"/elsewhere")"), wide);  // the ceiling's name does not matter
  EXPECT_EQ(cut(R"(,"access":"read")").access, Access::kRead);
  EXPECT_FALSE(cut(R"(,"xdev":false)").xdev);
  EXPECT_FALSE(cut(R"(,"network_fs":false)").network_fs);
  EXPECT_EQ(cut(R"(,"symlinks":"none")").symlinks, Symlinks::kNone);
  EXPECT_EQ(cut(R"(,"create_symlinks":"none")").create_symlinks, CreateSymlinks::kNone);
  EXPECT_EQ(cut(R"(,"hardlinks":"deny")").hardlinks, Hardlinks::kDeny);
  EXPECT_EQ(cut(R"(,"written":5)").written, 5U);
  EXPECT_EQ(cut(R"(,"inodes":5)").inodes, 5U);
  EXPECT_EQ(cut(R"(,"file_bytes":5)").file_bytes, 5U);
}

TEST(CeilingCut, AQuotaOfADirectoryIsHeldAgainstTheLimitsToo) {
  Grant grant = console_only();
  grant.directories.push_back({.guest = "/w", .host = "/srv", .inodes = 9});
  grant.directories.push_back({.guest = "/v", .host = "/srv/v"});
  const auto under_limit = under(grant, R"("limits":{"inodes":5})");
  EXPECT_EQ(under_limit.warrant->terms().directories.at(0).inodes, 5U);
  EXPECT_EQ(under_limit.warrant->terms().directories.at(1).inodes, std::nullopt);
  EXPECT_EQ(under_limit.warrant->limits().get(LimitKey::kInodes), 5U);
  // A ceiling's directory that allows more gives nothing to one that has the run's limit.
  grant.limits.write(LimitKey::kInodes, 3);
  const auto wide = under(grant, R"("directory":[{"host":"/srv/v","inodes":1000}])");
  ASSERT_EQ(wide.warrant->terms().directories.size(), 1U);
  EXPECT_EQ(wide.warrant->terms().directories.at(0).inodes, std::nullopt);
}

TEST(CeilingCut, SocketsMeetTheirAddresses) {
  Grant grant = console_only();
  grant.listen.push_back({"0.0.0.0:0", {"10.0.0.0/8"}});
  for (const std::string address : {"127.0.0.1:6", "127.0.0.1:5"}) {
    grant.connect.push_back({Transport::kTcp, address});
    grant.connect.push_back({Transport::kUdp, address});
  }
  const auto listen =
      under(grant, R"("listen":[{"tcp":"127.0.0.1:80","peers":["10.1.0.0/16"]}])").warrant->terms();
  ASSERT_EQ(listen.listen.size(), 1U);
  EXPECT_EQ(listen.listen[0], (ListenGrant{"127.0.0.1:80", {"10.1.0.0/16"}}));
  EXPECT_EQ(listen.connect.size(), 4U);
  const auto tcp = under(grant, R"("connect":[{"tcp":"127.0.0.1:5"}])").warrant->terms();
  ASSERT_EQ(tcp.connect.size(), 1U);
  EXPECT_EQ(tcp.connect[0], (ConnectGrant{Transport::kTcp, "127.0.0.1:5"}));
  const auto udp = under(grant, R"("connect":[{"udp":"127.0.0.1:5"}])").warrant->terms();
  ASSERT_EQ(udp.connect.size(), 1U);
  EXPECT_EQ(udp.connect[0], (ConnectGrant{Transport::kUdp, "127.0.0.1:5"}));
}

TEST(CeilingCut, SingleValuesAreTheStricter) {
  Grant grant = console_only();
  grant.optional_imports = {"a.*", "b.c"};
  grant.hardening = Hardening::kBasic;
  grant.expires = Timestamp{20'000'000'000};
  const auto cut = [&](std::string_view rest) { return under(grant, rest).warrant->terms(); };
  EXPECT_EQ(cut(R"("optional_imports":["a.x"])").optional_imports, Texts{"a.x"});
  EXPECT_EQ(cut(R"("runner":"native")").runner, "native");
  EXPECT_EQ(cut(R"("hardening":"strict")").hardening, Hardening::kStrict);
  EXPECT_EQ(cut(R"("hardening_minimum":"strict")").hardening, Hardening::kStrict);
  EXPECT_EQ(
      under(grant, R"("hardening_minimum":"strict")").warrant->restrictions().hardening_minimum,
      Hardening::kStrict);
  EXPECT_EQ(
      under(console_only(), R"("hardening":"strict")").warrant->restrictions().hardening_minimum,
      Hardening::kStrict);
  EXPECT_EQ(cut(R"("expires":"1970-01-01T00:00:10Z")").expires, Timestamp{10'000'000'000});
  EXPECT_EQ(cut(R"("expires":"1970-01-01T00:00:30Z")").expires, grant.expires);
  EXPECT_EQ(cut(R"("not_before":"1970-01-01T00:00:10Z")").not_before, Timestamp{10'000'000'000});
  EXPECT_EQ(cut(R"("audit":{"flush":"sync"})").audit.flush, Flush::kSync);
}

Ceiling any_ceiling(Dice& dice) {
  Ceiling made;
  made.widest = test::any_grant(dice);
  made.widest.limits = test::any_limits(dice);
  made.widest.id = std::nullopt;
  made.widest.uses = std::nullopt;
  made.any_host = dice.coin();
  made.network_fs = dice.coin();
  made.restrictions.private_hosts = dice.some(test::networks(), 0);
  normalize(made.widest);
  if (dice.seldom()) made.restrictions.net = Net::kDenied;
  for (const char* key :
       {"clock.cpu", "clock.monotonic", "clock.wall", "connect", "console.stderr", "console.stdin",
        "console.stdout", "directory", "entropy", "environment", "fetch", "listen",
        "network.dns-cache", "network.nat64", "optional-imports", "process.run"}) {
    if (dice.coin()) made.written.emplace_back(key);
  }
  return made;
}

TEST(CeilingCut, IsIdempotentAndNeverAdds) {
  Dice dice(11);
  const NamedWorld world;
  for (int round = 0; round < 2'000; ++round) {
    const Grant grant = test::any_grant(dice);
    const Ceiling one = any_ceiling(dice);
    Findings first;
    Findings second;
    const Grant once = restrict_to(grant, one, world, first);
    ASSERT_EQ(canonical_json(restrict_to(once, one, world, second)), canonical_json(once)) << round;
    ASSERT_TRUE(second.empty()) << round << " " << second.front().what;
    for (int tries = 0; tries < 10; ++tries) {
      const test::Fetching what = test::any_fetching(dice);
      ASSERT_LE(test::allows(once, what), test::allows(grant, what));
      if (one.wrote("fetch")) {
        ASSERT_LE(test::allows(once, what), test::allows(one.widest, what));
      }
    }
    ASSERT_LE(once.directories.size(), grant.directories.size());
    ASSERT_LE(once.environment.size(), grant.environment.size());
    for (const LimitRow& row : limit_rows()) {
      ASSERT_LE(once.limits.get(row.key), grant.limits.get(row.key)) << row.word;
    }
  }
}

TEST(CeilingCut, TwoCeilingsCutAlikeInEitherOrder) {
  Dice dice(12);
  const NamedWorld world;
  for (int round = 0; round < 2'000; ++round) {
    const Grant grant = test::any_grant(dice);
    const Ceiling one = any_ceiling(dice);
    const Ceiling two = any_ceiling(dice);
    Findings ignored;
    const Grant ab = restrict_to(restrict_to(grant, one, world, ignored), two, world, ignored);
    const Grant ba = restrict_to(restrict_to(grant, two, world, ignored), one, world, ignored);
    ASSERT_EQ(ab.limits, ba.limits) << round;
    ASSERT_EQ(ab.environment, ba.environment) << round;
    ASSERT_EQ(ab.clock, ba.clock) << round;
    ASSERT_EQ(ab.entropy, ba.entropy) << round;
    ASSERT_EQ(ab.hardening, ba.hardening) << round;
    ASSERT_EQ(ab.directories.size(), ba.directories.size()) << round;
    for (int tries = 0; tries < 10; ++tries) {
      const test::Fetching what = test::any_fetching(dice);
      ASSERT_EQ(test::allows(ab, what), test::allows(ba, what)) << round;
    }
  }
}

}  // namespace
}  // namespace warrant::policy
