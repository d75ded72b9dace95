// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/run_request.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace warrant::cli {
namespace {

using policy::Access;
using policy::LimitKey;

std::optional<std::string> host_variable(const std::string& name) {
  if (name == "SET") return "from the host";
  return std::nullopt;
}

ParsedRun parse(std::initializer_list<const char*> words) {
  const std::vector<std::string> list(words.begin(), words.end());
  return parse_run(list, host_variable);
}

RunRequest good(std::initializer_list<const char*> words) {
  ParsedRun parsed = parse(words);
  EXPECT_TRUE(parsed.request) << parsed.error.what;
  return parsed.request.value_or(RunRequest{});
}

std::string bad(std::initializer_list<const char*> words) {
  const ParsedRun parsed = parse(words);
  EXPECT_FALSE(parsed.request);
  EXPECT_FALSE(parsed.error.hint.empty());
  return parsed.error.what + "; " + parsed.error.hint;
}

TEST(RunWords, WithoutFlagsOnlyTheConsoleIsGranted) {
  const RunRequest request = good({"a.wasm"});
  EXPECT_TRUE(request.grant.console.stdin_stream);
  EXPECT_TRUE(request.grant.console.stdout_stream);
  EXPECT_TRUE(request.grant.console.stderr_stream);
  policy::Grant rest = request.grant;
  rest.console = {};
  EXPECT_EQ(rest, policy::Grant{});
}

TEST(RunWords, EverythingAfterTheFileIsTheGuests) {
  const RunRequest request =
      good({"--wall", "1s", "a.wasm", "--wall", "2s", "--grant", "b", "[1,2]", "--", "-q", ""});
  EXPECT_EQ(request.file, "a.wasm");
  EXPECT_EQ(request.guest_words,
            (std::vector<std::string>{"--wall", "2s", "--grant", "b", "[1,2]", "--", "-q", ""}));
  EXPECT_EQ(request.grant.limits.get(LimitKey::kWall), 1'000'000'000U);
}

TEST(RunWords, ADoubleDashMayStandBeforeTheFile) {
  EXPECT_EQ(good({"-q", "--", "-strange.wasm", "x"}).file, "-strange.wasm");
}

TEST(RunWords, ARepeatedListFlagTakesOneValueEach) {
  const RunRequest request = good({"--dir", "a", "--dir", "b", "x.wasm", "c"});
  EXPECT_EQ(request.grant.directories.size(), 2U);
  EXPECT_EQ(request.file, "x.wasm");
  EXPECT_EQ(request.guest_words.size(), 1U);
}

TEST(RunWords, AValueMayLookLikeAFlagOrAList) {
  const RunRequest request = good({"--argv0", "[1,2]", "--env", "A=--wall", "x.wasm"});
  EXPECT_EQ(request.grant.argv0, "[1,2]");
  EXPECT_EQ(request.grant.environment.front().second, "--wall");
}

TEST(RunWords, OptionalValuesNeedTheirEqualsSign) {
  const RunRequest request = good({"--clock", "x.wasm"});
  EXPECT_TRUE(request.grant.clock.wall && request.grant.clock.monotonic);
  EXPECT_FALSE(request.grant.clock.cpu);
  EXPECT_EQ(request.file, "x.wasm");
  EXPECT_TRUE(good({"--clock=cpu", "x.wasm"}).grant.clock.cpu);
  EXPECT_EQ(good({"--random=7", "x.wasm"}).grant.entropy.seed, 7U);
}

TEST(RunWords, BasicIsClockAndRandom) {
  EXPECT_EQ(good({"--basic", "x.wasm"}).grant, good({"--clock", "--random", "x.wasm"}).grant);
}

TEST(RunWords, UnknownFlagsNameTheNearest) {
  EXPECT_NE(bad({"--wal", "1s", "x.wasm"}).find("did you mean --wall"), std::string::npos);
}

TEST(RunWords, AFlagIsNotAbbreviated) {
  EXPECT_NE(bad({"--mem", "1MiB", "x.wasm"}).find("unknown flag --mem"), std::string::npos);
}

TEST(RunWords, AFlagOfLaterSaysSo) {
  EXPECT_NE(bad({"--spawn", "jq", "x.wasm"}).find("not in this build yet"), std::string::npos);
}

TEST(RunWords, BadValuesAreNamed) {
  EXPECT_NE(bad({"--wall", "10", "x.wasm"}).find("--wall: \"10\""), std::string::npos);
  EXPECT_NE(bad({"--memory", "lots", "x.wasm"}).find("--memory"), std::string::npos);
  EXPECT_NE(bad({"--wall"}).find("needs a value"), std::string::npos);
  EXPECT_NE(bad({"--time=1", "x.wasm"}).find("takes no value"), std::string::npos);
  EXPECT_NE(bad({"--clock=sun", "x.wasm"}).find("no clock"), std::string::npos);
  EXPECT_NE(bad({"--random=x", "x.wasm"}).find("no seed"), std::string::npos);
  EXPECT_NE(bad({"--denials=maybe", "x.wasm"}).find("auto, always, never"), std::string::npos);
  EXPECT_NE(bad({}).find("no FILE"), std::string::npos);
}

TEST(RunWords, AScalarSetTwiceWithTwoValuesIsAnError) {
  EXPECT_NE(bad({"--wall", "1s", "--wall", "2s", "x.wasm"}).find("twice"), std::string::npos);
  EXPECT_NE(bad({"--cwd", "/a", "--cwd", "/b", "x.wasm"}).find("twice"), std::string::npos);
  good({"--wall", "1s", "--wall", "1000ms", "x.wasm"});
}

TEST(EnvFlag, TakesTheHostsValueOnlyWhenItIsSet) {
  EXPECT_EQ(good({"--env", "SET", "x.wasm"}).grant.host_environment.front().variable, "SET");
  EXPECT_NE(bad({"--env", "UNSET", "x.wasm"}).find("not set"), std::string::npos);
  EXPECT_EQ(good({"--env", "A=b=c\nd", "x.wasm"}).grant.environment.front().second, "b=c\nd");
  EXPECT_NE(bad({"--env", "=x", "x.wasm"}).find("no name"), std::string::npos);
}

policy::DirectoryGrant dir(const char* value) {
  return good({"--dir", value, "x.wasm"}).grant.directories.front();
}

TEST(DirFlag, ReadsHostGuestModeAndOptions) {
  EXPECT_EQ(dir("data"), (policy::DirectoryGrant{.guest = "data", .host = "data"}));
  EXPECT_EQ(dir(".::/work:write"),
            (policy::DirectoryGrant{.guest = "/work", .host = ".", .access = Access::kWrite}));
  EXPECT_EQ(
      dir("/a:read,xdev,network-fs"),
      (policy::DirectoryGrant{.guest = "/a", .host = "/a", .xdev = true, .network_fs = true}));
  EXPECT_EQ(dir("/a:b/c").host, "/a:b/c");
  EXPECT_EQ(dir("../up::/up").host, "../up");
}

TEST(DirFlag, AModeThatIsNoneIsAnErrorNotAPath) {
  EXPECT_NE(bad({"--dir", "data:ro", "x.wasm"}).find(":read"), std::string::npos);
  EXPECT_NE(bad({"--dir", "data:rw", "x.wasm"}).find(":write"), std::string::npos);
  bad({"--dir", "data:READ", "x.wasm"});
  bad({"--dir", "data:read,exec", "x.wasm"});
  bad({"--dir", "", "x.wasm"});
  bad({"--dir", "::/work", "x.wasm"});
  bad({"--dir", "data::", "x.wasm"});
  bad({"--dir", "data::/n:write:read", "x.wasm"});
  EXPECT_NE(bad({"--dir", "notes:/n", "x.wasm"}).find("notes::/n"), std::string::npos);
}

TEST(DirFlag, AHostThatClimbsNeedsAGuestName) {
  EXPECT_NE(bad({"--dir", "../up", "x.wasm"}).find("::/work"), std::string::npos);
  good({"--dir", "a..b", "x.wasm"});
}

TEST(ListenFlag, ListsItsPeers) {
  const auto listen =
      good({"--listen", "127.0.0.1:0=10.0.0.0/8,::1", "x.wasm"}).grant.listen.front();
  EXPECT_EQ(listen.address, "127.0.0.1:0");
  EXPECT_EQ(listen.peers, (std::vector<std::string>{"10.0.0.0/8", "::1"}));
}

}  // namespace
}  // namespace warrant::cli
