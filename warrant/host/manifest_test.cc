// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace warrant::host {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

std::string one(const std::string& fields) {
  return R"({"version": 1, "instances": {"a": {"binary": "a.wasm")" +
         (fields.empty() ? "" : ", " + fields) + "}}}";
}

std::string caps(const std::string& fields) { return one(R"("caps": {)" + fields + "}"); }

// A list with one entry; `more` stands behind its fields.
std::string fetch(const std::string& more) {
  return R"("fetch": [{"origin": "https://a.example.com", "methods": ["GET"], "paths": ["/"])" +
         more + "}]";
}

void refuses(const std::string& text, const std::string& path, const std::string& what) {
  const ManifestReading reading = parse_manifest(text);
  EXPECT_FALSE(reading.manifest) << text;
  EXPECT_THAT(reading.faults, Contains(AllOf(Field(&ManifestFault::path, path),
                                             Field(&ManifestFault::what, HasSubstr(what)))))
      << text;
}

Manifest read(const std::string& text) {
  ManifestReading reading = parse_manifest(text);
  for (const ManifestFault& fault : reading.faults)
    ADD_FAILURE() << fault.path << " " << fault.what;
  return reading.manifest.value_or(Manifest{});
}

constexpr std::string_view kWhole = R"({"version": 1, "instances": {
  "wasi-fs": {
   "binary": "build/demos/wasi-fs.wasm",
   "sha256": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
   "surface": "preview1",
   "args": ["wasi-fs", "notes.txt", "", "a \"b\"\n\u00e9"], "env": {"LANG": "C", "A": ""},
   "caps": {
    "console":  {"stdin": false, "stdout": true, "stderr": true},
    "timer":    true, "wall_clock": false, "cpu_clock": true, "random": {"seed": 7},
    "preopens": [{"guest": "/data", "host": "state/wasi-fs", "rights": "read-write",
                  "share": true, "xdev": true},
                 {"guest": "/etc", "host": "conf", "rights": "read-only", "symlinks": "none",
                  "create_symlinks": "none", "hardlinks": "deny", "network_fs": true,
                  "written": "1MiB", "inodes": 7, "file_bytes": 1024}],
    "listen":   [{"tcp": "127.0.0.1:0", "peers": ["10.0.0.0/8"]}],
    "connect":  [{"udp": "127.0.0.1:7"}, {"tcp": "db.internal:8", "private": ["10.0.0.0/8"]}],
    "fetch":    [{"origin": "https://127.0.0.1:8443", "methods": ["GET", "POST"], "paths": ["/v1/"],
                  "private": ["127.0.0.1"], "ca": "conf/ca.pem", "requests": 5, "timeout": "2s",
                  "secret": {"header": "authorization", "value": "Bearer ${token}"}}]},
   "limits": {"memory": 67108864, "cpu_ms": 5000, "wall": "10s", "stdout": "1MiB"},
   "require": true, "isolation": "store"},
  "b": {"binary": "b.wasm", "surface": "stdout", "timeout": "2s", "caps": {"wall_clock":
        {"fixed": "2001-02-03T04:05:06Z", "resolution": "10ms"}}}}})";

TEST(Manifest, SaysEverythingThatWasWritten) {
  const Manifest manifest = read(std::string(kWhole));
  ASSERT_THAT(manifest.instances, SizeIs(2));
  EXPECT_EQ(manifest.instances[0].name, "b");
  EXPECT_EQ(manifest.instances[0].surface, Surface::kStdout);
  EXPECT_EQ(manifest.instances[0].limits.duration(policy::LimitKey::kWall),
            Nanoseconds{2'000'000'000});
  EXPECT_TRUE(manifest.instances[0].clock.wall && manifest.instances[0].clock.fixed);
  EXPECT_EQ(manifest.instances[0].clock.resolution, Nanoseconds{10'000'000});
  const ManifestInstance& fs = manifest.instances[1];
  EXPECT_EQ(fs.binary, "build/demos/wasi-fs.wasm");
  EXPECT_EQ(fs.sha256->hex().substr(0, 8), "00010203");
  EXPECT_THAT(fs.args, ElementsAre("wasi-fs", "notes.txt", "", "a \"b\"\n\xc3\xa9"));
  EXPECT_THAT(fs.environment, ElementsAre(testing::Pair("A", ""), testing::Pair("LANG", "C")));
  EXPECT_FALSE(fs.console.stdin_stream);
  EXPECT_TRUE(fs.console.stdout_stream && fs.console.stderr_stream);
  EXPECT_TRUE(fs.clock.monotonic && fs.clock.cpu && !fs.clock.wall);
  EXPECT_EQ(fs.entropy.seed, 7U);
  ASSERT_THAT(fs.preopens, SizeIs(2));
  EXPECT_EQ(fs.preopens[0].directory.access, policy::Access::kWrite);
  EXPECT_EQ(fs.preopens[1].directory.access, policy::Access::kRead);
  EXPECT_EQ(fs.preopens[1].directory.symlinks, policy::Symlinks::kNone);
  EXPECT_EQ(fs.preopens[1].directory.create_symlinks, policy::CreateSymlinks::kNone);
  EXPECT_EQ(fs.preopens[1].directory.hardlinks, policy::Hardlinks::kDeny);
  EXPECT_TRUE(fs.preopens[1].directory.network_fs && !fs.preopens[1].directory.xdev);
  EXPECT_EQ(fs.preopens[1].directory.written, 1U << 20);
  EXPECT_EQ(fs.preopens[1].directory.inodes, 7U);
  EXPECT_EQ(fs.preopens[1].directory.file_bytes, 1'024U);
  EXPECT_EQ(fs.listen[0].address, "127.0.0.1:0");
  EXPECT_THAT(fs.listen[0].peers, ElementsAre("10.0.0.0/8"));
  EXPECT_EQ(fs.connect[0].transport, policy::Transport::kUdp);
  EXPECT_EQ(fs.connect[1].address, "db.internal:8");
  EXPECT_THAT(fs.connect[1].private_hosts, ElementsAre("10.0.0.0/8"));
  ASSERT_THAT(fs.fetch, SizeIs(1));
  EXPECT_EQ(fs.fetch[0].host, "127.0.0.1");
  EXPECT_EQ(fs.fetch[0].port, 8443);
  EXPECT_THAT(fs.fetch[0].methods, ElementsAre("GET", "POST"));
  EXPECT_THAT(fs.fetch[0].private_hosts, ElementsAre("127.0.0.1"));
  EXPECT_EQ(fs.fetch[0].secret->value, "Bearer ${token}");
  EXPECT_EQ(fs.fetch[0].ca, "conf/ca.pem");
  EXPECT_EQ(fs.limits.get(policy::LimitKey::kMemory), 67'108'864U);
  EXPECT_EQ(fs.limits.duration(policy::LimitKey::kCpu), Nanoseconds{5'000'000'000});
  EXPECT_EQ(fs.narrowing, Narrowing::kRefused);
}

TEST(Manifest, PrintedIsReadBackEqual) {
  const Manifest manifest = read(std::string(kWhole));
  EXPECT_EQ(read(print_manifest(manifest)), manifest);
  EXPECT_EQ(read(print_manifest(read(one("")))), read(one("")));
}

TEST(Manifest, GrantsNothingThatIsNotWritten) {
  const policy::Grant grant = grant_of(read(one("")).instances[0], "/r");
  policy::Grant nothing;
  nothing.argv0 = "a";
  EXPECT_EQ(grant, nothing);
}

TEST(Manifest, HostPathsAreBeneathTheRoot) {
  const auto grant =
      grant_of(read(caps(R"("preopens": [{"guest": "/d", "host": "s/x", "rights": "read-only"}])"))
                   .instances[0],
               "/r");
  EXPECT_EQ(grant.directories[0].host, "/r/s/x");
  const auto fetching = grant_of(read(caps(fetch(R"(, "ca": "conf/ca.pem")"))).instances[0], "/r");
  EXPECT_EQ(fetching.fetch[0].ca, "/r/conf/ca.pem");
}

TEST(ManifestRefuses, FetchesAsAGrantWouldWithTheirPath) {
  const std::string at = "$.instances.a.caps.fetch";
  refuses(caps(R"("fetch": {})"), at, "list");
  refuses(caps(R"("fetch": [7])"), at + "[0]", "table");
  refuses(caps(fetch(R"(, "orign": "x")")), at + "[0].orign", "did you mean origin?");
  refuses(caps(fetch(R"(, "proxy": "x")")), at + "[0].proxy", "reserved");
  refuses(caps(fetch(R"(, "timeout": 5)")), at + "[0].timeout", "");
  refuses(caps(R"("fetch": [{"origin": "https://a.example.com", "methods": ["GET"]}])"), at + "[0]",
          "paths");
  refuses(caps(fetch(R"(, "ca": "/etc/ca.pem")")), at + "[0].ca", "absolute");
  refuses(caps(fetch(R"(, "ca": "../ca.pem")")), at + "[0].ca", "leaves the root");
  refuses(one(R"("surface": "stdout", "caps": {)" + fetch("") + "}"), "$.instances.a.surface",
          "no network");
}

TEST(ManifestRefuses, DirectoriesAndSocketsAsAGrantWouldWithTheirPath) {
  const auto preopen = [](const std::string& more) {
    return caps(R"("preopens": [{"guest": "/d", "host": "d", "rights": "read-only")" + more + "}]");
  };
  const std::string at = "$.instances.a.caps.preopens[0]";
  refuses(preopen(R"(, "symlinks": "some")"), at + ".symlinks", "none, follow");
  refuses(preopen(R"(, "inodes": -1)"), at + ".inodes", "");
  refuses(preopen(R"(, "written": "x")"), at + ".written", "size");
  refuses(preopen(R"(, "xdev": 1)"), at + ".xdev", "");
  refuses(preopen(R"(, "hide": ["x"])"), at + ".hide", "not in this build");
  refuses(preopen(R"(, "access": "write")"), at, "unknown key \"access\"");
  refuses(caps(R"("listen": [{"tcp": "127.0.0.1:0", "peer": []}])"),
          "$.instances.a.caps.listen[0].peer", "did you mean peers?");
  refuses(caps(R"("listen": [{"tcp": "127.0.0.1:0", "peers": []}])"),
          "$.instances.a.caps.listen.peers", "empty");
  refuses(caps(R"("listen": [{}])"), "$.instances.a.caps.listen[0]", "tcp");
  refuses(caps(R"("connect": [{"tcp": "a:1", "udp": "a:1"}])"), "$.instances.a.caps.connect",
          "either tcp or udp");
}

TEST(ManifestRefuses, WhatIsNoDocument) {
  refuses("", "$", "");
  refuses("[1]", "$", "an object");
  refuses(R"({"version": 1, "version": 1, "instances": {}})", "$", "version");
  refuses(std::string(kMaxManifestBytes + 1, ' '), "$", "64 KiB");
  refuses(R"({"version": 2, "instances": {"a": {"binary": "x"}}})", "$.version", "must be 1");
  refuses(R"({"instances": {"a": {"binary": "x"}}})", "$.version", "missing");
  refuses(R"({"version": 1})", "$.instances", "missing");
  refuses(R"({"version": 1, "instances": {}})", "$.instances", "1 to 64");
}

TEST(ManifestRefuses, UnknownKeysWithTheNearestKnownOne) {
  refuses(R"({"version": 1, "instance": {}, "instances": {"a": {"binary": "x"}}})", "$",
          "did you mean \"instances\"?");
  refuses(one(R"("arg": [])"), "$.instances.a", "did you mean \"args\"?");
  refuses(caps(R"("clock": true)"), "$.instances.a.caps", "unknown key \"clock\"");
  refuses(caps(R"("console": {"stdot": true})"), "$.instances.a.caps.console", "\"stdout\"");
  refuses(one(R"("limits": {"memry": 1})"), "$.instances.a.limits", "\"memory\"");
}

TEST(ManifestRefuses, WrongTypesWithTheirPath) {
  refuses(R"({"version": 1, "instances": {"a": []}})", "$.instances.a", "an object");
  refuses(one(R"("args": "x")"), "$.instances.a.args", "a list");
  refuses(one(R"("args": ["x", 1])"), "$.instances.a.args[1]", "a string");
  refuses(one(R"("env": {"A": 1})"), "$.instances.a.env.A", "a string");
  refuses(caps(R"("timer": 1)"), "$.instances.a.caps.timer", "true or false");
  refuses(caps(R"("wall_clock": 1)"), "$.instances.a.caps.wall_clock", "true or false");
  refuses(caps(R"("wall_clock": {"fixed": "then"})"), "$.instances.a.caps.wall_clock.fixed", "");
  refuses(caps(R"("wall_clock": {"resolution": 5})"), "$.instances.a.caps.wall_clock.resolution",
          "");
  refuses(caps(R"("wall_clock": {"wall": true})"), "$.instances.a.caps.wall_clock",
          "unknown key \"wall\"");
  refuses(caps(R"("random": {"seed": -1})"), "$.instances.a.caps.random.seed", "whole number");
  refuses(one(R"("limits": {"wall": 10})"), "$.instances.a.limits.wall", "unit");
  refuses(one(R"("limits": {"memory": "lots"})"), "$.instances.a.limits.memory", "64MiB");
  refuses(one(R"("limits": {"wall": "1s", "wall_ms": 1})"), "$.instances.a.limits.wall_ms",
          "twice");
  refuses(one(R"("limits": {"wall": "1s"}, "timeout": "1s")"), "$.instances.a.timeout", "already");
  refuses(one(R"("sha256": "12")"), "$.instances.a.sha256", "64 hexadecimal");
  refuses(one(R"("surface": "all")"), "$.instances.a.surface", "preview1");
}

TEST(ManifestRefuses, WhatIsOverABound) {
  std::string many;
  for (int i = 0; i < 65; ++i) {
    many += (i == 0 ? "" : ", ") + ("\"i" + std::to_string(i) + R"(": {"binary": "x"})");
  }
  refuses(R"({"version": 1, "instances": {)" + many + "}}", "$.instances", "1 to 64");
  std::string preopens;
  std::string sockets;
  for (int i = 0; i < 17; ++i) {
    const std::string number = std::to_string(i);
    preopens += (i == 0 ? "" : ", ") + (R"({"guest": "/)" + number + R"(", "host": "h)" + number +
                                        R"(", "rights": "read-only"})");
    if (i < 9) sockets += (i == 0 ? "" : ", ") + (R"({"tcp": "127.0.0.1:)" + number + "\"}");
  }
  refuses(caps("\"preopens\": [" + preopens + "]"), "$.instances.a.caps.preopens", "may have 16");
  refuses(caps("\"listen\": [" + sockets + "]"), "$.instances.a.caps.listen", "may have 8");
  refuses(caps("\"connect\": [" + sockets + "]"), "$.instances.a.caps.connect", "may have 8");
  std::string words;
  for (int i = 0; i < 1'025; ++i) words += (i == 0 ? "\"" : ", \"") + std::string("x\"");
  refuses(one("\"args\": [" + words + "]"), "$.instances.a.args", "1024 entries");
  const std::string half(32U << 10, 'x');
  EXPECT_TRUE(parse_manifest(one("\"args\": [\"" + half + "\"]")).manifest);
  refuses(one(R"("args": ["a\u0000b"])"), "$.instances.a.args", "NUL");
  refuses(one(R"("env": {"A": "a\u0000b"})"), "$.instances.a.env", "NUL");
  refuses(one(R"("env": {"A=B": "x"})"), "$.instances.a.env.A=B", "no name");
}

TEST(ManifestRefuses, PathsThatLeaveTheRoot) {
  const auto preopen = [](const std::string& host) {
    return caps(R"("preopens": [{"guest": "/d", "rights": "read-only", "host": ")" + host + "\"}]");
  };
  const std::string path = "$.instances.a.caps.preopens[0].host";
  refuses(preopen("../x"), path, "leaves the root");
  refuses(preopen("x/../../y"), path, "leaves the root");
  refuses(preopen("x/.."), path, "leaves the root");
  refuses(preopen("/etc"), path, "absolute");
  refuses(preopen(""), path, "empty");
  refuses(R"({"version": 1, "instances": {"a": {"binary": "../a.wasm"}}})", "$.instances.a.binary",
          "leaves the root");
  EXPECT_TRUE(parse_manifest(preopen("..x/y..")).manifest);
}

TEST(ManifestRefuses, WhatNothingHereEnforces) {
  refuses(caps(R"("script": {})"), "$.instances.a.caps.script", "not in this build yet");
  refuses(one(R"("isolation": "process")"), "$.instances.a.isolation", "not in this build yet");
  refuses(R"({"version": 1, "handoff": [], "instances": {"a": {"binary": "x"}}})", "$.handoff",
          "not in this build yet");
  refuses(caps(R"("preopens": [{"guest": "/d", "host": "d", "rights": "overlay"}])"),
          "$.instances.a.caps.preopens[0].rights", "not in this build yet");
}

TEST(ManifestRefuses, OverlappingPreopensOfOtherRights) {
  const auto two = [](const std::string& first, const std::string& second) {
    return caps(R"("preopens": [{"guest": "/a", "host": "d", "rights": ")" + first +
                R"("}, {"guest": "/b", "host": "d/x", "rights": ")" + second + "\"}]");
  };
  refuses(two("read-only", "read-write"), "$.instances.a.caps.preopens[1]", "other rights");
  EXPECT_TRUE(parse_manifest(two("read-only", "read-only")).manifest);
}

std::string pair(const std::string& a, const std::string& b) {
  return R"({"version": 1, "instances": {"a": {"binary": "x", "caps": {)" + a +
         R"(}}, "b": {"binary": "x", "caps": {)" + b + "}}}}";
}

TEST(ManifestRefuses, OneStateDirectoryForTwoWriters) {
  const auto state = [](const std::string& host, const std::string& more) {
    return R"("preopens": [{"guest": "/d", "host": ")" + host + R"(", "rights": "read-write")" +
           more + "}]";
  };
  refuses(pair(state("s", ""), state("s/x", "")), "$.instances.b.caps.preopens[0]", "share");
  refuses(pair(state("s", R"(, "share": true)"), state("s", "")), "$.instances.b.caps.preopens[0]",
          "share");
  const std::string shared = state("s", R"(, "share": true)");
  EXPECT_TRUE(parse_manifest(pair(shared, shared)).manifest);
  EXPECT_TRUE(parse_manifest(pair(state("s", ""), state("t", ""))).manifest);
}

TEST(ManifestRefuses, OneListenAddressForTwo) {
  const auto listen = [](const std::string& at) { return R"("listen": [{"tcp": ")" + at + "\"}]"; };
  refuses(pair(listen("127.0.0.1:80"), listen("127.0.0.1:80")), "$.instances.b.caps.listen[0].tcp",
          "as well");
  EXPECT_TRUE(parse_manifest(pair(listen("127.0.0.1:0"), listen("127.0.0.1:0"))).manifest);
  refuses(pair(listen("0.0.0.0:80"), listen("127.0.0.1:80")), "$.instances.b.caps.listen[0].tcp",
          "as well");
  refuses(pair(listen("[::1]:80"), listen("[0:0::1]:80")), "$.instances.b.caps.listen[0].tcp",
          "as well");
  EXPECT_TRUE(parse_manifest(pair(listen("127.0.0.1:80"), listen("127.0.0.2:80"))).manifest);
  EXPECT_TRUE(parse_manifest(pair(listen("0.0.0.0:80"), listen("[::]:80"))).manifest);
}

TEST(ManifestRefuses, DirectoriesAndSocketsUnderTheSurfaceStdout) {
  refuses(one(R"("surface": "stdout", "caps": {"listen": [{"tcp": "127.0.0.1:0"}]})"),
          "$.instances.a.surface", "no sockets");
}

TEST(ManifestRefuses, EverythingAtOnce) {
  const auto reading = parse_manifest(one(R"("arg": [], "surface": "x", "caps": {"timer": 0})"));
  EXPECT_THAT(reading.faults, SizeIs(3));
  for (const ManifestFault& fault : reading.faults) {
    EXPECT_EQ(fault.instance, "a");
    EXPECT_THAT(fault.path, StartsWith("$.instances.a"));
    EXPECT_NE(fault.at.line, 0U);
  }
}

}  // namespace
}  // namespace warrant::host
