// SPDX-License-Identifier: Apache-2.0
// Grants, deny rules, methods, headers, redirects, answers and response heads, by their tables.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "warrant/fetch/address_text.h"
#include "warrant/fetch/answers.h"
#include "warrant/fetch/budget.h"
#include "warrant/fetch/explain.h"
#include "warrant/fetch/judge.h"
#include "warrant/fetch/reasons.h"
#include "warrant/fetch/redact.h"
#include "warrant/fetch/redirect.h"
#include "warrant/fetch/response_head.h"

namespace warrant::fetch {
namespace {

using cap::Reason;

policy::FetchGrant grant(std::string host, std::vector<std::string> methods = {"GET"},
                         std::vector<std::string> paths = {"/"}) {
  policy::FetchGrant out;
  out.host = std::move(host);
  out.methods = std::move(methods);
  out.paths = std::move(paths);
  return out;
}

Rules rules(const std::vector<policy::FetchGrant>& grants,
            const std::vector<policy::FetchDeny>& denied = {}) {
  auto loaded = load(grants, denied, {}, Author::kOperator);
  for (const auto& finding : loaded.findings) ADD_FAILURE() << finding.what;
  return loaded.rules;
}

std::string judged(const Rules& from, std::string_view url, std::string_view method = "GET") {
  const auto judgement = judge(from, {.method = method, .url = url}, nullptr, 1 << 20);
  return std::string(cap::word(judgement.reason));
}

std::string host(std::string_view text, Author author = Author::kBundle) {
  return std::string(cap::word(parse_host_pattern(text, author, AnyHost::kRefused).reason));
}

TEST(HostStrings, EachLoadCheckInItsOrder) {
  EXPECT_EQ(host(""), "empty");
  EXPECT_EQ(host("\xC3\xA9://@"), "non_ascii");
  EXPECT_EQ(host("x://@"), "url_in_host");
  EXPECT_EQ(host("a@10.0.0.0/4"), "userinfo");
  EXPECT_EQ(host("10.0.0.0/7"), "cidr_too_wide");
  EXPECT_EQ(host("2001::/31"), "cidr_too_wide");
  EXPECT_EQ(host("8.8.8.0/24"), "private_needs_operator");
  EXPECT_EQ(host("*/x"), "path_in_host");
  EXPECT_EQ(host("*"), "needs_explicit_flag");
  EXPECT_EQ(host("*.com:0"), "port");
  EXPECT_EQ(host("a.b.*.com"), "wildcard_position");
  EXPECT_EQ(host("*.*.com"), "wildcard_position");
  EXPECT_EQ(host("*.COM"), "public_suffix");
  EXPECT_EQ(host("*.github.io"), "public_suffix");
  EXPECT_EQ(host("A..b"), "not_canonical");
  EXPECT_EQ(host("*.1.2.3.4"), "host_ip_ambiguous");
  EXPECT_EQ(host("[::1]"), "private_needs_operator");
  EXPECT_EQ(host("[::1]", Author::kOperator), "ok");
  EXPECT_EQ(host("10.1.2.3", Author::kOperator), "ok");
  EXPECT_EQ(host("localhost"), "private_needs_operator");
  EXPECT_EQ(host("db", Author::kOperator), "ok");
  EXPECT_EQ(host("*.x.internal", Author::kOperator), "host_special_use");
  EXPECT_EQ(host("[2606:4700::1]:8443"), "ok");
}

TEST(PathPatterns, ExactOrBelow) {
  const auto reason = [](std::string_view text) {
    return std::string(cap::word(parse_path_pattern(text).reason));
  };
  EXPECT_EQ(reason("a/"), "path_relative");
  EXPECT_EQ(reason("/a*"), "wildcard_position");
  EXPECT_EQ(reason("/*/b"), "wildcard_position");
  EXPECT_EQ(reason("/a/%2e%2e/"), "path_dot_segment");
  EXPECT_EQ(parse_path_pattern("/a/*").pattern, parse_path_pattern("/a/").pattern);
  const PathPattern below = parse_path_pattern("/%61/").pattern;
  EXPECT_TRUE(below.matches("/a/"));
  EXPECT_TRUE(below.matches("/a//x"));
  EXPECT_FALSE(below.matches("/a"));
  EXPECT_FALSE(below.matches("/ab/x"));
  EXPECT_FALSE(parse_path_pattern("/a").pattern.matches("/a/"));
}

TEST(Grants, TheFurthestGrantNamesTheReason) {
  const Rules two = rules({grant("a.net", {"POST"}, {"/p/"}), grant("*.b.net")});
  EXPECT_EQ(judged(two, "https://c.net/"), "host_not_granted");
  EXPECT_EQ(judged(two, "https://a.net:8443/p/"), "port_not_granted");
  EXPECT_EQ(judged(two, "https://a.net/p/"), "method_not_granted");
  EXPECT_EQ(judged(two, "https://a.net/q", "POST"), "path_not_granted");
  EXPECT_EQ(judged(two, "https://a.net/p/q", "POST"), "ok");
  EXPECT_EQ(judged(two, "https://x.b.net/"), "ok");
  EXPECT_EQ(judged(two, "https://x.y.b.net/"), "host_not_granted");
  EXPECT_EQ(judged(two, "https://b.net/"), "host_not_granted");
  EXPECT_EQ(judged(two, "https://x.b.net/", "PURGE"), "method_not_granted");
}

TEST(Grants, DenyRulesComeFirstAndReachFurther) {
  policy::FetchGrant any = grant("*");
  any.any_host = true;
  policy::FetchDeny one;
  one.host = "bad.net";
  policy::FetchDeny path;
  path.host = "*.good.net";
  path.paths = {"/admin/"};
  const Rules both = rules({any, grant("8.8.8.8")}, {one, path});
  EXPECT_EQ(judged(both, "https://bad.net/"), "denied_by_rule");
  EXPECT_EQ(judged(both, "https://bad.net:99/"), "denied_by_rule");
  EXPECT_EQ(judged(both, "https://x.good.net/admin/x"), "denied_by_rule");
  EXPECT_EQ(judged(both, "https://x.good.net/a"), "ok");
  policy::FetchDeny all;
  all.host = "*";
  EXPECT_EQ(judged(rules({any, grant("8.8.8.8")}, {all}), "https://8.8.8.8/"), "denied_by_rule");
}

TEST(Grants, HttpOnlyForOneHostOfAnOperatorAndNeverWithASecret) {
  policy::FetchGrant http = grant("plain.net");
  http.scheme = "http";
  http.port = 80;
  const Rules only = rules({http});
  EXPECT_EQ(judged(only, "http://plain.net/"), "ok");
  EXPECT_EQ(judged(only, "https://plain.net/"), "host_not_granted");
  EXPECT_EQ(judged(rules({grant("a.net")}), "http://a.net/"), "scheme");
  const auto refused = [](policy::FetchGrant one, Author author) {
    return !load({&one, 1}, {}, {}, author).findings.empty();
  };
  EXPECT_TRUE(refused(http, Author::kBundle));
  http.secret = policy::SecretBinding{.header = "x-key", .value = "${k}"};
  EXPECT_TRUE(refused(http, Author::kOperator));
  policy::FetchGrant wild = grant("*.a.net");
  wild.secret = http.secret;
  EXPECT_TRUE(refused(wild, Author::kOperator));
  policy::FetchGrant none = grant("a.net", {});
  EXPECT_TRUE(refused(none, Author::kOperator));
}

TEST(Headers, PhasesComeInOrderWhateverTheGuests) {
  const auto fault = [](std::vector<cap::GuestHeader> headers) {
    return std::string(cap::word(check_headers(headers, RawAuthorization::kRefused).reason));
  };
  const std::string long_value(8'193, 'a');
  EXPECT_EQ(fault({{"host", "x"}, {"a b", ""}}), "header_name");
  EXPECT_EQ(fault({{"host", "x"}, {"a", long_value}}), "too_long");
  EXPECT_EQ(fault({{"a", "\n"}, {"TE", "x"}}), "forbidden");
  EXPECT_EQ(fault({{"a", "x\ty"}, {"b", " z "}, {"c", ""}}), "ok");
  EXPECT_EQ(fault({{std::string_view(long_value).substr(0, 257), "x"}}), "too_long");
  EXPECT_EQ(fault({{std::string_view(long_value).substr(0, 256), "x"}}), "ok");
  std::vector<cap::GuestHeader> many(9, {"a", std::string_view(long_value).substr(1)});
  EXPECT_EQ(fault(many), "too_long");
  EXPECT_EQ(fault(std::vector<cap::GuestHeader>(100, {"a", "b"})), "ok");
  for (const char* name : {"Access-Control-Request-Method", "proxy-x", "Sec-X", "X-HTTP-Methods",
                           "X-Forwarded-", "x-aws-ec2-metadata-token-ttl-seconds"}) {
    EXPECT_NE(fault({{name, "x"}}), "ok") << name;
  }
}

TEST(Redirects, LocationIsResolvedAsWritten) {
  const Url from = parse_url("https://a.net/x/y?q", Schemes::kHttps).url;
  EXPECT_EQ(resolve(from, "z"), "https://a.net:443/x/z");
  EXPECT_EQ(resolve(from, "../../z"), "https://a.net:443/z");
  EXPECT_EQ(resolve(from, "./"), "https://a.net:443/x/");
  EXPECT_EQ(resolve(from, ".."), "https://a.net:443/");
  EXPECT_EQ(resolve(from, "?n=/../"), "https://a.net:443/x/y?n=/../");
  EXPECT_EQ(resolve(from, ""), "https://a.net:443/x/y?q");
  EXPECT_EQ(resolve(from, "#f"), "https://a.net:443/x/y?q#f");
  EXPECT_EQ(resolve(from, "/a/../b"), "https://a.net:443/a/../b");  // judged, not repaired
  EXPECT_EQ(resolve(from, "//b.net/"), "https://b.net/");
  EXPECT_EQ(resolve(from, "javascript:x"), "javascript:x");
  EXPECT_EQ(next_method(cap::Method::kHead, 303).method, cap::Method::kHead);
  EXPECT_EQ(next_method(cap::Method::kPut, 302).method, cap::Method::kPut);
  EXPECT_EQ(next_method(cap::Method::kDelete, 303).method, cap::Method::kGet);
  EXPECT_EQ(next_method(cap::Method::kPost, 308).method, cap::Method::kPost);
}

TEST(Redirects, NeverFromHttpsToHttp) {
  policy::FetchGrant http = grant("plain.net");
  http.scheme = "http";
  http.port = 80;
  const Rules both = rules({http, grant("a.net")});
  const Url secure = parse_url("https://a.net/", Schemes::kHttps).url;
  EXPECT_EQ(judge_hop(both, "http://plain.net/", cap::Method::kGet, {}, secure).reason,
            Reason::kScheme);
}

std::vector<cap::IpAddress> addresses(std::initializer_list<const char*> texts) {
  std::vector<cap::IpAddress> out;
  for (const char* text : texts) out.push_back(*parse_ip(text));
  return out;
}

TEST(Answers, AllOrNoneAndTheFirstClassOfTheTable) {
  const auto reason = [](std::initializer_list<const char*> texts) {
    return std::string(cap::word(judge_answers(addresses(texts), 443, {}).reason));
  };
  EXPECT_EQ(reason({}), "dns_no_answer");
  EXPECT_EQ(reason({"8.8.8.8", "8.8.8.8"}), "public");
  EXPECT_EQ(reason({"::1", "10.0.0.1", "127.0.0.1"}), "private");
  EXPECT_EQ(reason({"fe80::1", "::1"}), "loopback");
  EXPECT_EQ(reason({"::1", "8.8.8.8"}), "mixed_answer");
  EXPECT_EQ(judge_answers(addresses({"8.8.8.8", "8.8.8.8", "8.8.4.4"}), 443, {}).pinned.size(), 2U);
}

Reason read(ResponseReader& reader, std::initializer_list<std::string_view> lines) {
  for (const std::string_view line : lines) {
    if (const Reason reason = reader.line(line); reason != Reason::kOk) return reason;
  }
  return Reason::kOk;
}

// RFC 9110 section 5.5: a value has no control but tabs inside; bytes from 0x80 on are opaque.
TEST(ResponseHead, NoControlStandsInAValueWhereverItIs) {
  for (std::size_t length = 3; length <= 20; ++length) {
    for (std::size_t at = 1; at + 1 < length; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string value(length, 'x');
        value[at] = static_cast<char>(byte);
        ResponseReader reader;
        const bool refused = (byte < 0x20 && byte != '\t') || byte == 0x7F;
        const Reason expected = refused ? Reason::kProtocol : Reason::kOk;
        ASSERT_EQ(read(reader, {"HTTP/1.1 200 OK\r\n", "a: " + value + "\r\n"}), expected)
            << byte << " at " << at << " of " << length;
      }
    }
  }
}

TEST(ResponseHead, IsReadStrictly) {
  const auto fault = [](std::string_view line) {
    ResponseReader reader;
    return std::string(cap::word(read(reader, {"HTTP/1.1 200 OK\r\n", line, "\r\n"})));
  };
  EXPECT_EQ(fault("a: b\r\n"), "ok");
  for (const std::string_view bad :
       {" folded\r\n", "a b: c\r\n", "a : b\r\n", "no colon\r\n", ": x\r\n", "a: b\rc\r\n",
        "content-length: +1\r\n", "content-length: 1, 1\r\n",
        "transfer-encoding: gzip, chunked\r\n", "content-length: 99999999999999999999\r\n"}) {
    EXPECT_EQ(fault(bad), "protocol") << bad;
  }
  for (const std::string_view status :
       {"HTTP/1.1 99 x\r\n", "HTTP/1.1 600 x\r\n", "HTTP/1.1 101 x\r\n", "HTTP/1.1 2000 x\r\n",
        "ICY 200 OK\r\n", "HTTP/1.1 200x\r\n"}) {
    ResponseReader reader;
    EXPECT_EQ(reader.line(status), Reason::kProtocol) << status;
  }
}

TEST(ResponseHead, DropsWhatNoGuestIsGivenAndCountsAll) {
  ResponseReader reader;
  EXPECT_EQ(read(reader, {"HTTP/1.1 103 Early\r\n", "Link: x\r\n", "\r\n", "HTTP/1.1 200 OK\r\n",
                          "Set-Cookie: a=b\r\n", "Connection: close, X-Hop\r\n", "x-hop: 1\r\n",
                          "ETag: 2\r\n", "Alt-Svc: h3\r\n", "\r\n"}),
            Reason::kOk);
  ASSERT_TRUE(reader.has_head());
  ASSERT_EQ(reader.headers().size(), 1U);
  EXPECT_EQ(reader.headers()[0].name, "etag");
  EXPECT_TRUE(reader.had_ignored());
  EXPECT_EQ(reader.lines(), 8U);
}

TEST(ResponseHead, LimitsAreExactWithEarlyOnesAndTrailers) {
  ResponseReader reader;
  ASSERT_EQ(reader.line("HTTP/1.1 200 OK\r\n"), Reason::kOk);
  for (int i = 0; i < 255; ++i) ASSERT_EQ(reader.line("a: b\r\n"), Reason::kOk);
  ASSERT_EQ(reader.line("\r\n"), Reason::kOk);
  EXPECT_EQ(reader.line("trailer: 256\r\n"), Reason::kOk);
  EXPECT_EQ(reader.line("trailer: 257\r\n"), Reason::kHeaderLimit);
  ResponseReader wide;
  ASSERT_EQ(wide.line("HTTP/1.1 200 OK\r\n"), Reason::kOk);
  EXPECT_EQ(wide.line("a: " + std::string(64 * 1'024, 'a')), Reason::kHeaderLimit);
}

TEST(ResponseHead, CodingIsWhatWasAskedFor) {
  const auto coding = [](std::string_view value, cap::HopRequest::Decompress asked) {
    ResponseReader reader;
    const std::string line = "content-encoding: " + std::string(value) + "\r\n";
    EXPECT_EQ(read(reader, {"HTTP/2 200\r\n", line, "\r\n"}), Reason::kOk);
    return std::string(cap::word(reader.check_coding(asked)));
  };
  using enum cap::HopRequest::Decompress;
  EXPECT_EQ(coding("identity", kOff), "ok");
  EXPECT_EQ(coding("gzip", kOff), "encoding");
  EXPECT_EQ(coding("GZIP, x-gzip", kGzip), "ok");
  EXPECT_EQ(coding("gzip, gzip, gzip", kGzip), "encoding_depth");
  EXPECT_EQ(coding("gzip, br", kGzip), "encoding");
}

TEST(Explaining, SaysWhatARunWouldDecide) {
  const Rules one = rules({grant("a.net", {"GET"}, {"/v1/"})});
  const auto word_of = [&](std::string_view url, std::vector<cap::IpAddress> found) {
    return std::string(cap::word(explain(one, "GET", url, found, {}).reason));
  };
  EXPECT_EQ(word_of("https://a.net/v1/x", {}), "ok");
  EXPECT_EQ(word_of("https://a.net/v1/x", addresses({"8.8.8.8"})), "public");
  EXPECT_EQ(word_of("https://a.net/v1/x", addresses({"8.8.8.8", "10.0.0.1"})), "mixed_answer");
  EXPECT_EQ(word_of("https://a.net/v2", addresses({"8.8.8.8"})), "path_not_granted");
  EXPECT_EQ(explain(one, "GET", "https://b.net:99/p/q", {}, {}).suggestion,
            "--fetch \"GET https://b.net:99/p/\"");
  EXPECT_EQ(explain({}, "GET", "https://b.net/", {}, {}).reason, Reason::kNotGranted);
  EXPECT_EQ(explain({}, "GET", "https://b.net/", {}, {}).suggestion,
            "--fetch \"GET https://b.net/\"");
  EXPECT_EQ(print(explain(one, "GET", "https://a.net/v1/x", {}, {}), one, "GET", "?"),
            "allow GET https://a.net:443/v1/x by grant 0 (a.net, /v1/*): ok");
}

TEST(Budgets, AnInnerOneDrawsFromBoth) {
  auto outer = std::make_shared<Budget>(cap::FetchBounds{.requests = 3, .names = 1});
  Budget inner({.requests = 1}, outer);
  inner.take_request();
  EXPECT_EQ(inner.check(), Reason::kBudgetRequests);
  EXPECT_EQ(outer->check(), Reason::kOk);
  EXPECT_EQ(outer->requests_left(), 2U);
  outer->take_name("a");
  EXPECT_TRUE(inner.has_name("a"));
  EXPECT_FALSE(inner.has_name("b"));
  outer->revoke();
  EXPECT_TRUE(inner.is_revoked());
}

TEST(Redaction, KeysAreShownOnlyWhereTheyArePlain) {
  const QueryShape shape = shape_of_query("a=1&b[0]=2&token&x%20=3&AKIAABCDEFGHIJKLMNOP=4&&=5");
  EXPECT_EQ(shape.pairs, 6U);
  EXPECT_EQ(shape.keys, (std::vector<std::string>{"a", "b[0]", "?", "?", "?", "?"}));
}

TEST(Reasons, EveryReasonOfTheNetworkHasItsFamily) {
  EXPECT_EQ(family(Reason::kHostIdna).code, "url_rejected");
  EXPECT_EQ(family(Reason::kMethodSyntax).p1, 28);
  EXPECT_EQ(family(Reason::kMethodCase).p1, 2);
  EXPECT_EQ(family(Reason::kNat64DecodedLoopback).code, "unreachable");
  EXPECT_EQ(family(Reason::kTooManyRedirects).p1, 32);
  EXPECT_EQ(family(Reason::kTruncated).wasi_http, "HTTP-response-incomplete");
  EXPECT_EQ(family(Reason::kDnsFailure).outcome, Outcome::kError);
  EXPECT_EQ(family(Reason::kGrantedPrivate).outcome, Outcome::kAllow);
  EXPECT_EQ(find_family(Reason::kEscape), nullptr);
  for (auto n = static_cast<unsigned>(Reason::kNotGranted);
       n <= static_cast<unsigned>(Reason::kMethod); ++n) {
    EXPECT_NE(find_family(static_cast<Reason>(n)), nullptr) << n;
  }
}

}  // namespace
}  // namespace warrant::fetch
