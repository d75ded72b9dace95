// SPDX-License-Identifier: Apache-2.0
// URLs, hosts and A-labels: the rows of egress.md sections 2 to 4, in their order.
#include "warrant/fetch/url.h"

#include <gtest/gtest.h>

#include <string>

#include "warrant/fetch/a_label.h"
#include "warrant/fetch/public_suffix.h"

namespace warrant::fetch {
namespace {

using cap::Reason;

std::string why(std::string_view url, Schemes schemes = Schemes::kHttps) {
  return std::string(cap::word(parse_url(url, schemes).reason));
}
std::string normal(std::string_view url) { return print(parse_url(url, Schemes::kHttps).url); }

TEST(UrlForm, TheFirstRowThatFailsNamesTheReason) {
  EXPECT_EQ(why("ftp://" + std::string(8'193, '\\')), "too_long");
  EXPECT_EQ(why("ftp:\\\\@x"), "backslash");
  EXPECT_EQ(why("ftp://x\x80\\"), "non_ascii");
  EXPECT_EQ(why("ftp//x\x7F"), "control");
  EXPECT_EQ(why("?a:b"), "syntax");
  EXPECT_EQ(why("1https://x"), "scheme");
  EXPECT_EQ(why(":x"), "scheme");
  EXPECT_EQ(why("https:x@"), "syntax");
  EXPECT_EQ(why("https://@"), "userinfo");
  EXPECT_EQ(why("https://[::1"), "host_syntax");
  EXPECT_EQ(why("https://fe80::1:2"), "host_syntax");
  EXPECT_EQ(why("https://:1"), "syntax");
  EXPECT_EQ(why("https://[v1.a]"), "host_syntax");
  EXPECT_EQ(why("https://[fe80::1%251]:x"), "host_zone_id");
  EXPECT_EQ(why("https://a..b%2e"), "host_percent");
  EXPECT_EQ(why("https://-a.xn--a"), "host_syntax");
  EXPECT_EQ(why("https://xn--a.-a"), "host_idna");
  EXPECT_EQ(why("https://xn--a!.b"), "host_syntax");
  EXPECT_EQ(why("https://1.2.3.:x"), "host_trailing_dot");
  EXPECT_EQ(why("https://a.0x:x"), "host_ip_ambiguous");
  EXPECT_EQ(why("https://a.b:/%"), "port");
  EXPECT_EQ(why("https://a.b:+1"), "port");
  EXPECT_EQ(why("https://a.b/{%"), "path_bad_percent");
  EXPECT_EQ(why("https://a.b/{%00"), "path_chars");
  EXPECT_EQ(why("https://a.b/%1f%252e"), "path_encoded_control");
  EXPECT_EQ(why("https://a.b/%252e%2f"), "path_double_encoding");
  EXPECT_EQ(why("https://a.b/%25u002e"), "path_double_encoding");
  EXPECT_EQ(why("https://a.b/%5c%ff"), "path_encoded_slash");
  EXPECT_EQ(why("https://a.b/%ed%a0%80/.."), "path_bad_utf8");
  EXPECT_EQ(why("https://a.b/%c2%85/.."), "path_encoded_control");
  EXPECT_EQ(why("https://a.b/a/%2e%2E%3bx?{"), "path_dot_segment");
  EXPECT_EQ(why("https://a.b/a?{"), "query_chars");
  EXPECT_EQ(why("https://a.b/a#{|}"), "ok");
}

TEST(UrlForm, LengthsAreExact) {
  const std::string base = "https://a.b/";
  EXPECT_EQ(why(base + std::string(8'192 - base.size(), 'a')), "ok");
  EXPECT_EQ(why(base + std::string(8'193 - base.size(), 'a')), "too_long");
  const std::string label(63, 'a');
  const std::string four = label + "." + label + "." + label + ".";
  EXPECT_EQ(why("https://" + four + std::string(61, 'b') + "/"), "ok");
  EXPECT_EQ(why("https://" + four + std::string(62, 'b') + "/"), "host_syntax");
  EXPECT_EQ(why("https://" + label + "a.b"), "host_syntax");
}

TEST(UrlForm, TheNormalFormIsWhatIsSent) {
  EXPECT_EQ(normal("HTTPS://API.Example.COM"), "https://api.example.com:443/");
  EXPECT_EQ(normal("https://a.b:8443/x?"), "https://a.b:8443/x?");
  EXPECT_EQ(normal("https://a.b/%41%7e%2d%c3%a9%3A?%41#f"), "https://a.b:443/A~-%C3%A9%3A?%41");
  EXPECT_EQ(normal("https://[2606:4700::AbC]/"), "https://[2606:4700::abc]:443/");
  EXPECT_EQ(normal("https://a.b//x//"), "https://a.b:443//x//");
}

TEST(UrlForm, HttpIsAUrlOnlyWhereAGrantSaysSo) {
  EXPECT_EQ(why("http://a.b/"), "scheme");
  EXPECT_EQ(why("http://a.b/", Schemes::kHttpsAndHttp), "ok");
  EXPECT_EQ(parse_url("http://a.b/", Schemes::kHttpsAndHttp).url.port, 80);
}

TEST(ALabel, RoundTripsAndHoldsNothingHidden) {
  // bücher, fass with sharp s, Cyrillic a + pi, 中文
  for (const char* good : {"xn--bcher-kva", "xn--fa-hia", "xn--pi-6kc", "xn--fiq228c"}) {
    EXPECT_TRUE(is_a_label(good)) << good;
  }
  for (const char* bad :
       {"xn--", "xn--a", "xn--api-", "xn---", "xn--0", "xn--99999999", "xn--zzzzzzzzzzzz", "api"}) {
    EXPECT_FALSE(is_a_label(bad)) << bad;
  }
  // U+00AD soft hyphen and U+200D joiner behind "a", U+FF0E full-width full stop alone.
  for (const char* hidden : {"xn--a-vca", "xn--a-ugn", "xn--5g7c"}) {
    EXPECT_FALSE(is_a_label(hidden)) << hidden;
  }
}

TEST(NameKinds, SuffixesCountAtLabelBoundaries) {
  EXPECT_EQ(kind_of("x.localhost"), NameKind::kSpecialUse);
  EXPECT_EQ(kind_of("xlocalhost"), NameKind::kSingleLabel);
  EXPECT_EQ(kind_of("notlocal.net"), NameKind::kOrdinary);
  EXPECT_EQ(kind_of("a.b.cluster.local"), NameKind::kSpecialUse);
  EXPECT_EQ(kind_of("example.com"), NameKind::kOrdinary);
  EXPECT_EQ(kind_of("x.example"), NameKind::kSpecialUse);
}

TEST(PublicSuffix, BothSectionsWildcardsAndExceptions) {
  for (const char* yes : {"com", "co.uk", "github.io", "ck", "x.ck", "nosuchtld", "kawasaki.jp",
                          "x.kawasaki.jp", "compute.amazonaws.com", "xn--p1ai", "zw"}) {
    EXPECT_TRUE(is_public_suffix(yes)) << yes;
  }
  for (const char* no :
       {"example.com", "www.ck", "city.kawasaki.jp", "a.nosuchtld", "a.github.io", "", "om"}) {
    EXPECT_EQ(is_public_suffix(no), std::string_view(no) == "om") << no;
  }
}

}  // namespace
}  // namespace warrant::fetch
