// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/read.h"

#include <gtest/gtest.h>

#include "warrant/base/bytes.h"
#include "warrant/policy/print.h"

namespace warrant::policy {
namespace {

template <typename T>
std::string told(const Parsed<T>& parsed) {
  std::string text;
  for (const Finding& each : parsed.findings) {
    text += print_line(each) + " | " + each.fix + " | " + std::string(each.reason) + "\n";
  }
  return text;
}

Parsed<Grant> grant(std::string_view text, Rooms rooms = rooms_of_this_build()) {
  auto tree = read_json(text, "g.json");
  if (!tree.value) return {{}, std::move(tree.findings)};
  return parse_grant(*tree.value, {.source = "g.json",
                                   .spelling = Spelling::kJson,
                                   .document = codec::sha256(bytes_of(text)),
                                   .rooms = rooms});
}

Parsed<Ceiling> ceiling(std::string_view text) {
  auto tree = read_json(text, "c.json");
  if (!tree.value) return {{}, std::move(tree.findings)};
  return parse_ceiling(*tree.value, {.source = "c.json", .spelling = Spelling::kJson});
}

Parsed<Config> config(std::string_view text, Rooms rooms = rooms_of_this_build()) {
  auto tree = read_json(text, "k.json");
  if (!tree.value) return {{}, std::move(tree.findings)};
  return parse_config(*tree.value,
                      {.source = "k.json", .spelling = Spelling::kJson, .rooms = rooms});
}

std::string with(std::string_view rest) { return "{\"version\":1," + std::string(rest) + "}"; }

std::string only_fault(std::string_view rest) {
  const auto parsed = grant(with(rest), every_room());
  if (parsed.value) return "read";
  if (parsed.findings.size() != 1) return "many: " + told(parsed);
  return parsed.findings.front().what;
}

TEST(GrantDocument, OfNothingButItsVersionGrantsTheConsoleAlone) {
  const auto parsed = grant(R"({"version":1})");
  ASSERT_TRUE(parsed.value) << told(parsed);
  Grant wanted;
  wanted.console = {true, true, true};
  EXPECT_EQ(*parsed.value, wanted);
}

TEST(GrantDocument, SaysWhatItsKeysSay) {
  const auto parsed = grant(R"({"version":1,
    "limits":{"wall":"10s","memory":"64MiB","stdout":1048576,"open_files":128,"cpu_ms":1500},
    "environment":{"LANG":"C.UTF-8","HOME":{"host":"PWD"}},
    "clock":{"wall":true,"monotonic":true,"resolution":"1ms"},
    "entropy":{"seed":7},
    "directory":[{"guest":"/work","host":".","access":"write","symlinks":"none","written":"1KiB"}],
    "listen":[{"tcp":"127.0.0.1:8080"}],
    "connect":[{"tcp":"db.internal:5432"}],
    "console":{"stdin":false},
    "label":{"tenant":"x"},
    "expires":"2026-12-01T00:00:00Z"})");
  ASSERT_TRUE(parsed.value) << told(parsed);
  const Grant& got = *parsed.value;
  EXPECT_EQ(got.limits.get(LimitKey::kWall), 10'000'000'000U);
  EXPECT_EQ(got.limits.get(LimitKey::kCpu), 1'500'000'000U);
  EXPECT_EQ(got.limits.get(LimitKey::kMemory), 67'108'864U);
  EXPECT_EQ(got.limits.get(LimitKey::kStdout), 1'048'576U);
  EXPECT_FALSE(got.limits.is_written(LimitKey::kFuel));
  EXPECT_EQ(got.environment.front(), (std::pair<std::string, std::string>{"LANG", "C.UTF-8"}));
  ASSERT_EQ(got.host_environment.size(), 1U);
  EXPECT_EQ(got.host_environment[0].variable, "PWD");
  EXPECT_TRUE(got.clock.wall && got.clock.monotonic && !got.clock.cpu);
  EXPECT_EQ(got.clock.resolution, Nanoseconds{1'000'000});
  EXPECT_EQ(got.entropy, (EntropyGrant{EntropyGrant::Source::kSeed, 7}));
  ASSERT_EQ(got.directories.size(), 1U);
  EXPECT_EQ(got.directories[0].symlinks, Symlinks::kNone);
  EXPECT_EQ(got.directories[0].written, 1'024U);
  EXPECT_FALSE(got.console.stdin_stream);
  EXPECT_TRUE(got.console.stdout_stream);
  EXPECT_EQ(print_timestamp(*got.expires), "2026-12-01T00:00:00Z");
}

TEST(GrantDocument, TellsEveryFaultAtOnceWithItsPlace) {
  const auto parsed = grant(
      "{\"version\":1,\n\"limts\":{},\n\"limits\":{\"wal\":\"1s\",\"memory\":\"1MB\"},\n"
      "\"directory\":[{\"guest\":\"../x\",\"access\":\"rw\"}]}");
  ASSERT_FALSE(parsed.value);
  const std::string text = told(parsed);
  EXPECT_EQ(parsed.findings.size(), 6U) << text;
  EXPECT_NE(text.find("g.json:2:1: limts is no key of a grant | did you mean limits?"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("g.json:3:11: limits.wal is no key of a grant | did you mean wall?"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("limits.memory is no size"), std::string::npos) << text;
  EXPECT_NE(text.find("directory[0].guest"), std::string::npos) << text;
  EXPECT_NE(text.find("directory[0].access: \"rw\" is not one of read, write"), std::string::npos)
      << text;
  EXPECT_NE(text.find("directory[0]: there is no host"), std::string::npos) << text;
}

// grants.md section 8, the rows of one document.
TEST(BadInput, EmptyFile) { EXPECT_FALSE(grant("").value); }

TEST(BadInput, ByteOrderMark) {
  EXPECT_NE(told(grant("\xef\xbb\xbf{\"version\":1}")).find("byte order mark"), std::string::npos);
}

TEST(BadInput, Nul) {
  EXPECT_NE(told(grant(std::string_view("{\"version\":1}\0", 14))).find("NUL"), std::string::npos);
  EXPECT_NE(only_fault(R"("argv0":"a\u0000b")").find("NUL"), std::string::npos);
}

TEST(BadInput, NotUtf8) { EXPECT_FALSE(grant("{\"version\":1,\"argv0\":\"\xff\"}").value); }

TEST(BadInput, TwoMebibytes) {
  EXPECT_NE(told(grant("{\"version\":1}" + std::string(2U << 20, ' '))).find("1MiB"),
            std::string::npos);
  EXPECT_TRUE(grant("{\"version\":1}" + std::string((1U << 20) - 13, ' ')).value);
  EXPECT_FALSE(grant("{\"version\":1}" + std::string((1U << 20) - 12, ' ')).value);
}

TEST(BadInput, Depth33) {
  const auto nested = [](std::size_t depth) {
    return "{\"version\":1,\"x\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(grant(nested(31)).findings.front().reason, "unknown_key");
  EXPECT_EQ(grant(nested(32)).findings.front().reason, "syntax");
}

TEST(BadInput, DuplicateKey) {
  EXPECT_EQ(grant(R"({"version":1,"version":1})").findings.front().reason, "syntax");
  EXPECT_EQ(only_fault(R"("limits":{"wall":"1s","wall_ms":1000})"),
            "limits.wall_ms is written twice, as wall and wall_ms");
}

TEST(BadInput, UnknownKeyOneLetterOff) {
  const auto parsed = grant(with(R"("lable":{})"));
  ASSERT_FALSE(parsed.value);
  EXPECT_EQ(parsed.findings.front().fix, "did you mean label?");
  EXPECT_EQ(grant(with(R"("optional-imports":[])")).findings.front().fix,
            "did you mean optional_imports?");
}

TEST(BadInput, WrongType) {
  EXPECT_EQ(only_fault(R"("require":"yes")"), "require is a text, not true or false");
  EXPECT_EQ(only_fault(R"("limits":[])"), "limits is a list, not a table");
  EXPECT_EQ(only_fault(R"("directory":{})"),
            "directory is a table, not a list of tables: [[directory]]");
  EXPECT_EQ(only_fault(R"("directory":["/a"])"), "directory[0] is a text, not a table");
  EXPECT_EQ(only_fault(R"("argv0":null)"), "argv0 is nothing, not a text");
  EXPECT_EQ(only_fault(R"("optional_imports":"env.x")"),
            "optional_imports is a text, not a list of texts");
  EXPECT_EQ(only_fault(R"("environment":{"A":1})"),
            "environment.A is a number, not a text, or { host = \"OTHER\" }");
  EXPECT_FALSE(grant("[]").value);
  EXPECT_FALSE(grant("1").value);
}

TEST(BadInput, ANumberIsASizeInBytes) {
  const auto parsed = grant(with(R"("limits":{"memory":65536})"));
  ASSERT_TRUE(parsed.value) << told(parsed);
  EXPECT_EQ(parsed.value->limits.get(LimitKey::kMemory), 65'536U);
}

TEST(BadInput, ABareNumberIsNoDuration) {
  const auto parsed = grant(with(R"("limits":{"wall":10})"));
  ASSERT_FALSE(parsed.value);
  EXPECT_EQ(parsed.findings.front().what, "limits.wall has no unit");
  EXPECT_NE(parsed.findings.front().fix.find("limits.wall_ms"), std::string::npos);
  EXPECT_EQ(only_fault(R"("limits":{"wall_ms":"1s"})"),
            "limits.wall_ms is a text, not a whole number of milliseconds");
  EXPECT_EQ(only_fault(R"("limits":{"memory_ms":1})"), "limits.memory_ms is no key of a grant");
}

TEST(BadInput, NegativeOverflowAndFractions) {
  for (const char* bad : {"-1", "1.5", "9007199254740992", "1e300"}) {
    EXPECT_NE(only_fault("\"limits\":{\"poll\":" + std::string(bad) + "}"), "read") << bad;
    EXPECT_NE(only_fault("\"limits\":{\"memory\":" + std::string(bad) + "}"), "read") << bad;
    EXPECT_NE(only_fault("\"entropy\":{\"seed\":" + std::string(bad) + "}"), "read") << bad;
    EXPECT_NE(only_fault("\"limits\":{\"wall_ms\":" + std::string(bad) + "}"), "read") << bad;
  }
  EXPECT_EQ(grant(with(R"("limits":{"poll":1e400})")).findings.front().reason, "syntax");
  EXPECT_EQ(only_fault(R"("uses":0,"id":"0123456789abcdef")"), "uses: 0 is out of range");
  EXPECT_EQ(only_fault(R"("limits":{"wall":"99999999999999999999d"})"),
            "limits.wall: \"99999999999999999999d\" is no duration");
}

TEST(BadInput, Version2) {
  EXPECT_EQ(grant(R"({"version":2})").findings.front().what, "version 2 is not known here");
  EXPECT_EQ(grant(R"({})").findings.front().what, "there is no version");
  EXPECT_EQ(grant(R"({"version":"1"})").findings.size(), 1U);
}

TEST(BadInput, TwoGuestsOfOneName) {
  EXPECT_NE(only_fault(R"("directory":[{"guest":"/w","host":"a"},{"guest":"/w/.","host":"b"}])")
                .find("two directories are named"),
            std::string::npos);
}

TEST(BadInput, GuestNames) {
  for (const char* name : {"..", "/a/../b", "", "a\\u0000"}) {
    EXPECT_NE(only_fault("\"directory\":[{\"guest\":\"" + std::string(name) + "\",\"host\":\".\"}]")
                  .find("directory[0].guest"),
              std::string::npos)
        << name;
  }
}

TEST(BadInput, HostsThatAShellWouldExpand) {
  for (const char* host : {"~/x", "~", "$HOME"}) {
    EXPECT_NE(
        only_fault("\"directory\":[{\"guest\":\"/w\",\"host\":\"" + std::string(host) + "\"}]")
            .find("is not expanded by anybody"),
        std::string::npos)
        << host;
  }
}

TEST(BadInput, ASecretInClear) {
  const auto in_grant = grant(with(R"("fetch":[{"origin":"https://a.example.com","methods":["GET"],
      "paths":["/"],"secret":{"header":"authorization","value":"Bearer ghp_abcdef"}}])"),
                              every_room());
  ASSERT_FALSE(in_grant.value);
  EXPECT_NE(told(in_grant).find("never stands in a grant"), std::string::npos);
  const auto in_config =
      config(R"({"version":1,"secrets":{"key":"hunter2hunter2"}})", every_room());
  ASSERT_FALSE(in_config.value);
  EXPECT_NE(told(in_config).find("a reference such as { file ="), std::string::npos);
  EXPECT_EQ(told(in_config).find("hunter2"), std::string::npos);
}

TEST(NotInThisBuild, IsSaidByName) {
  for (const char* text :
       {R"("process":{"run":["jq"]})", R"("bundle":"a/b")", R"("limits":{"host_memory":1})",
        R"("directory":[{"guest":"/w","host":".","access":"overlay"}])"}) {
    const auto parsed = grant(with(text));
    ASSERT_FALSE(parsed.value) << text;
    ASSERT_EQ(parsed.findings.size(), 1U) << told(parsed);
    EXPECT_EQ(parsed.findings.front().reason, "not_enforceable");
    EXPECT_NE(parsed.findings.front().what.find("not in this build"), std::string::npos);
  }
}

TEST(NotInThisBuild, ReservedWordsSaySo) {
  for (const char* text : {R"("gpu":{})", R"("mount":[])"}) {
    EXPECT_NE(only_fault(text).find("reserved"), std::string::npos) << text;
  }
  EXPECT_NE(only_fault(R"("fetch":[{"origin":"https://a.example.com","methods":["GET"],
                           "paths":["/"],"proxy":"http://x"}])")
                .find("reserved"),
            std::string::npos);
}

TEST(Words, ARunnerOrAHardeningThatIsNoneIsRefused) {
  EXPECT_EQ(only_fault(R"("runner":"native")"), "read");
  EXPECT_EQ(only_fault(R"("runner":"docker")"),
            "runner: \"docker\" is not one of native, wasmtime-cli, browser");
  EXPECT_EQ(only_fault(R"("hardening":"none")"),
            "hardening: \"none\" is not one of off, basic, strict");
}

TEST(Words, ASourceOfEntropyThatIsASeedIsToldItsKey) {
  const auto parsed = grant(with(R"("entropy":{"source":"seed"})"));
  ASSERT_EQ(parsed.findings.size(), 1U) << told(parsed);
  EXPECT_EQ(parsed.findings.front().what, "entropy.source: \"seed\" is not one of none, system");
  EXPECT_NE(parsed.findings.front().fix.find("seed = N"), std::string::npos);
}

TEST(SeveralKeys, AreHeldAgainstEachOther) {
  EXPECT_NE(only_fault(R"("uses":1)").find("uses needs an id"), std::string::npos);
  EXPECT_NE(only_fault(R"("entropy":{"source":"system","seed":1})").find("both"),
            std::string::npos);
  EXPECT_NE(only_fault(R"("clock":{"fixed":"2026-01-01T00:00:00Z"})").find("needs wall"),
            std::string::npos);
  EXPECT_NE(only_fault(R"("connect":[{}])").find("either tcp or udp"), std::string::npos);
  EXPECT_NE(only_fault(R"("connect":[{"tcp":"a:1","udp":"a:1"}])").find("either tcp or udp"),
            std::string::npos);
  EXPECT_NE(only_fault(R"("listen":[{"tcp":"127.0.0.1:1","peers":[]}])").find("nobody"),
            std::string::npos);
  EXPECT_NE(only_fault(R"("listen":[{"tcp":"localhost:1"}])").find("is a name"), std::string::npos);
  EXPECT_NE(only_fault(R"("listen":[{"tcp":"::1:80"}])").find("brackets"), std::string::npos);
  EXPECT_NE(only_fault(R"("connect":[{"tcp":"127.1:80"}])").find("some readers only"),
            std::string::npos);
  EXPECT_NE(only_fault(R"("expires":"2026-01-01T00:00:00Z","not_before":"2026-01-01T00:00:00Z")")
                .find("no time when this counts"),
            std::string::npos);
  EXPECT_NE(only_fault(R"("directory":[{"guest":"/w","host":".","access":"read","hide":["a"]}])")
                .find("overlay"),
            std::string::npos);
}

TEST(SeveralKeys, AnEmptyListNeverMeansAll) {
  const auto entry = [](std::string_view methods, std::string_view paths) {
    return only_fault("\"fetch\":[{\"origin\":\"https://a.example.com\",\"methods\":" +
                      std::string(methods) + ",\"paths\":" + std::string(paths) + "}]");
  };
  EXPECT_EQ(entry(R"(["GET"])", R"(["/"])"), "read");
  EXPECT_NE(entry("[]", R"(["/"])").find("never means all"), std::string::npos);
  EXPECT_NE(entry(R"(["GET"])", "[]").find("never means all"), std::string::npos);
  EXPECT_NE(entry(R"(["get"])", R"(["/"])").find("is not one of GET"), std::string::npos);
}

TEST(CeilingDocument, TellsAWrittenNothingFromAnUnwrittenKey) {
  const auto parsed = ceiling(R"({"version":1,"clock":{"wall":false},"listen":[],
      "environment":{"LANG":{},"A":"1"},"limits":{"memory":"1MiB"},"unsigned":"never",
      "module":"sha256:0000000000000000000000000000000000000000000000000000000000000000"})");
  ASSERT_TRUE(parsed.value) << told(parsed);
  EXPECT_TRUE(parsed.value->wrote("clock.wall"));
  EXPECT_FALSE(parsed.value->wrote("clock.cpu"));
  EXPECT_TRUE(parsed.value->wrote("listen"));
  EXPECT_FALSE(parsed.value->wrote("connect"));
  EXPECT_EQ(parsed.value->any_environment, std::vector<std::string>{"LANG"});
  EXPECT_EQ(parsed.value->restrictions.unsigned_modules, Unsigned::kNever);
  EXPECT_EQ(parsed.value->widest.modules->size(), 1U);
}

TEST(CeilingDocument, KnowsItsOwnKeysOnly) {
  EXPECT_FALSE(ceiling(R"({"version":1,"label":{}})").value);
  EXPECT_FALSE(ceiling(R"({"version":1,"argv0":"x"})").value);
  EXPECT_FALSE(grant(R"({"version":1,"deny_net":true})").value);
  EXPECT_FALSE(ceiling(R"({"version":1,"module":[]})").value);
}

TEST(ConfigDocument, SaysWhereThingsAre) {
  const auto parsed = config(R"({"version":1,"log":{"dir":"/l","keep":"90d","max":"1GiB"},
                                 "cache":{"dir":"/c"}})",
                             every_room());
  ASSERT_TRUE(parsed.value) << told(parsed);
  EXPECT_EQ(parsed.value->log_dir, "/l");
  EXPECT_EQ(parsed.value->log_keep, Nanoseconds{90ULL * 86'400 * 1'000'000'000});
  EXPECT_EQ(parsed.value->log_max, 1ULL << 30);
  EXPECT_EQ(parsed.value->cache_dir, "/c");
  ASSERT_NE(parsed.value->origins.find("log.keep"), nullptr);
  EXPECT_EQ(parsed.value->origins.find("log.keep")->print(), "k.json:1:32");
  EXPECT_FALSE(config(R"({"version":1,"log":{"dir":"rel"}})").value);
}

TEST(ConfigDocument, SecretsAreReferences) {
  const auto parsed = config(R"({"version":1,"secrets":{
      "a":{"file":"/run/a"},"b":{"env":"B"},"c":{"cred":"c"},
      "d":{"command":["/bin/pass","show"],"timeout":"5s"}}})",
                             every_room());
  ASSERT_TRUE(parsed.value) << told(parsed);
  ASSERT_EQ(parsed.value->secrets.size(), 4U);
  EXPECT_EQ(parsed.value->secrets[3].timeout, Nanoseconds{5'000'000'000});
  const auto bad = [](std::string_view source) {
    return !config("{\"version\":1,\"secrets\":{\"a\":" + std::string(source) + "}}", every_room())
                .value;
  };
  EXPECT_TRUE(bad("{}"));
  EXPECT_TRUE(bad(R"({"file":"/a","env":"B"})"));
  EXPECT_TRUE(bad(R"({"file":"rel"})"));
  EXPECT_TRUE(bad(R"({"command":["pass"]})"));
  EXPECT_TRUE(bad(R"({"command":[]})"));
  EXPECT_TRUE(bad(R"({"command":["/bin/pass"],"timeout":"61s"})"));
  EXPECT_TRUE(bad(R"({"file":"/a","timeout":"1s"})"));
}

TEST(RequestDocument, NeedsAReasonForEachEntry) {
  const auto request = [](std::string_view text) {
    const auto tree = read_json(text, "r.json");
    return parse_request(*tree.value,
                         {.source = "r.json", .spelling = Spelling::kJson, .rooms = every_room()});
  };
  const auto good = request(R"({"directory":[{"guest":"/work","access":"read","why":"sources"}],
      "clock":{"wall":true,"why":"dates"},"environment":{"LANG":{"why":"text"}}})");
  ASSERT_TRUE(good.value) << told(good);
  EXPECT_EQ(good.value->environment, std::vector<std::string>{"LANG"});
  EXPECT_EQ(good.value->why.size(), 3U);
  EXPECT_FALSE(request(R"({"directory":[{"guest":"/work"}]})").value);
  EXPECT_FALSE(request(R"({"directory":[{"guest":"/work","host":"/x","why":"y"}]})").value);
  EXPECT_FALSE(request(R"({"clock":{"wall":true}})").value);
}

}  // namespace
}  // namespace warrant::policy
