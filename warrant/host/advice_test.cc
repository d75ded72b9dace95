// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/advice.h"

#include <gtest/gtest.h>

namespace warrant::host {
namespace {

using audit::Event;
using audit::Kind;
using cap::Reason;

policy::Grant terms_with(std::string host, std::string guest) {
  policy::Grant terms;
  terms.directories.push_back({.guest = std::move(guest), .host = std::move(host)});
  return terms;
}

Event read_only(std::string_view path) {
  return {.kind = Kind::kFs,
          .decision = audit::Decision::kDeny,
          .reason = Reason::kReadOnly,
          .operation = "path_open",
          .grant = cap::GrantIndex{0},
          .path = path};
}

TEST(Advice, NamesTheDirectoryAndTheModeThatWouldAllowAWrite) {
  const Advice advice = advise(read_only("notes.txt"), terms_with(".", "/work"));
  EXPECT_EQ(advice.what, "path_open notes.txt");
  EXPECT_EQ(advice.why, "/work is granted read only");
  EXPECT_EQ(advice.flag, "--dir .::/work:write");
  EXPECT_EQ(advice.grant, R"([[directory]] guest = "/work", host = ".", access = "write")");
}

TEST(Advice, QuotesANameThatIsMoreThanOneWord) {
  const auto what = [](std::string_view path) {
    return advise(read_only(path), terms_with(".", "/work")).what;
  };
  EXPECT_EQ(what("my notes.txt"), R"(path_open "my notes.txt")");
  EXPECT_EQ(what("a,b"), R"(path_open "a,b")");
  EXPECT_EQ(what("a\"  entropy is not granted  \"b"),
            R"(path_open "a\"  entropy is not granted  \"b")");
  EXPECT_EQ(what("a\\"), R"(path_open a\\)");
  EXPECT_EQ(what("a \\"), R"(path_open "a \\")");
}

TEST(Advice, SaysWhichMovesOfLinksAreRefused) {
  Event moved = read_only("d/p");
  moved.reason = Reason::kLinkTarget;
  moved.operation = "path_symlink";
  EXPECT_EQ(advise(moved, terms_with(".", "/work")).why, "the link would point out of /work");
  policy::Grant without = terms_with(".", "/work");
  without.directories.front().create_symlinks = policy::CreateSymlinks::kNone;
  EXPECT_EQ(advise(moved, without).why,
            R"(no links may be made in /work (create-symlinks = "none"))");
  moved.operation = "path_rename";
  const std::string why = advise(moved, terms_with(".", "/work")).why;
  EXPECT_NE(why.find("a link in it, would point out of /work"), std::string::npos) << why;
  EXPECT_NE(why.find("more than 65536 entries"), std::string::npos) << why;
}

TEST(Advice, QuotesWhatAShellWouldRun) {
  const Advice advice = advise(read_only("x"), terms_with("/tmp/a; rm -rf $HOME", "/work"));
  EXPECT_EQ(advice.flag, "--dir '/tmp/a; rm -rf $HOME::/work:write'");
}

TEST(Advice, OffersNoLineWithBytesThatCannotBeShown) {
  EXPECT_EQ(advise(read_only("x"), terms_with("/tmp/\x1b[31m", "/work")).flag, "");
  EXPECT_EQ(advise(read_only("x"), terms_with("/tmp/\xff", "/work")).flag, "");
}

Event fetch(Reason reason, std::string_view fields) {
  return {.kind = Kind::kFetch,
          .decision = audit::Decision::kDeny,
          .reason = reason,
          .operation = "fetch",
          .fields = fields};
}

// cli.md section 3: "fetch GET api.example.com   no origin covers it   --fetch https://…".
TEST(Advice, NamesTheOriginThatWouldAllowAFetch) {
  constexpr std::string_view kGet =
      R"("method":"GET","scheme":"https","host":"api.example.com","port":443,"path":"")";
  const Advice advice = advise(fetch(Reason::kHostNotGranted, kGet), {});
  EXPECT_EQ(advice.what, "fetch GET api.example.com");
  EXPECT_EQ(advice.why, "no origin covers it");
  EXPECT_EQ(advice.flag, "--fetch https://api.example.com");
  EXPECT_EQ(advice.grant,
            R"([[fetch]] origin = "https://api.example.com", methods = ["GET"], paths = ["/"])");
  constexpr std::string_view kPost =
      R"("method":"POST","scheme":"https","host":"127.0.0.1","port":8443,"path":"")";
  EXPECT_EQ(advise(fetch(Reason::kNotGranted, kPost), {}).flag,
            "--fetch 'POST https://127.0.0.1:8443'");
}

TEST(Advice, OffersNoOriginWhereNoneWouldHelp) {
  constexpr std::string_view kGet =
      R"("method":"GET","scheme":"https","host":"api.example.com","port":443,"path":"")";
  EXPECT_EQ(advise(fetch(Reason::kAddressPrivate, kGet), {}).flag, "");
  EXPECT_EQ(advise(fetch(Reason::kDeniedByRule, kGet), {}).flag, "");
  EXPECT_EQ(advise(fetch(Reason::kNotGranted, R"("url_len":3)"), {}).flag, "");
  EXPECT_EQ(advise(fetch(Reason::kNotGranted, R"("method":"GET","ho)"), {}).flag, "");
}

TEST(Advice, EscapesTheGuestsBytes) {
  const Advice advice = advise(read_only("a\x1b]0;owned\x07\n"), terms_with(".", "/work"));
  EXPECT_EQ(advice.what.find('\x1b'), std::string::npos);
  EXPECT_EQ(advice.what.find('\n'), std::string::npos);
}

TEST(Advice, NoGrantOpensTheWayOut) {
  Event escape = read_only("../../etc/passwd");
  escape.reason = Reason::kEscape;
  const Advice advice = advise(escape, terms_with(".", "/work"));
  EXPECT_EQ(advice.why, "the path leads out of /work");
  EXPECT_EQ(advice.flag, "");
}

TEST(Advice, DoublesALimitUpToItsCeiling) {
  policy::Grant terms = terms_with(".", "/work");
  Event full = read_only("x");
  full.reason = Reason::kQuotaBytes;
  EXPECT_EQ(advise(full, terms).flag, "--written 128MiB");
  terms.limits.write(policy::LimitKey::kWritten, 1ULL << 40);
  EXPECT_EQ(advise(full, terms).flag, "");
}

TEST(Advice, NamesThePeerThatWouldBeLetIn) {
  policy::Grant terms;
  terms.listen.push_back({.address = "127.0.0.1:80", .peers = {"10.0.0.0/8"}});
  const Event peer{.kind = Kind::kNet,
                   .decision = audit::Decision::kDeny,
                   .reason = Reason::kPeerNotAllowed,
                   .operation = "sock_accept",
                   .grant = cap::GrantIndex{0},
                   .path = "[2001:db8::1]:4711"};
  EXPECT_EQ(advise(peer, terms).flag, "--listen 127.0.0.1:80=10.0.0.0/8,2001:db8::1");
}

TEST(Advice, AClosedStreamIsNotBlamedOnTheGrant) {
  policy::Grant terms;
  terms.console.stdin_stream = true;
  const Event closed{.kind = Kind::kConsole,
                     .decision = audit::Decision::kDeny,
                     .reason = Reason::kConsoleNotGranted,
                     .operation = "fd_read",
                     .path = "stdin"};
  EXPECT_EQ(advise(closed, terms).flag, "");
  EXPECT_EQ(advise(closed, {}).flag, "leave out --no-stdin");
}

TEST(Advice, ClocksAndEntropyHaveTheirFlags) {
  const Event clock{.kind = Kind::kClock,
                    .decision = audit::Decision::kDeny,
                    .reason = Reason::kClockNotGranted,
                    .operation = "clock_time_get",
                    .path = "realtime"};
  EXPECT_EQ(advise(clock, {}).flag, "--clock=wall");
  const Event entropy{.kind = Kind::kEntropy,
                      .decision = audit::Decision::kDeny,
                      .reason = Reason::kEntropyNotGranted,
                      .operation = "random_get"};
  EXPECT_EQ(advise(entropy, {}).flag, "--random");
}

}  // namespace
}  // namespace warrant::host
