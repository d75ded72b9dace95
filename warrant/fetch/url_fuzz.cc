// SPDX-License-Identifier: Apache-2.0
// Any bytes are a URL or none; what is one has a normal form that is itself, and libcurl's parser
// sees the same host, port, path and query in it. Any bytes are a host string and a path pattern or
// none; whatever Location says, the next hop is judged from text.
#include <curl/curl.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "warrant/base/check.h"
#include "warrant/fetch/judge.h"
#include "warrant/fetch/redirect.h"

namespace cap = warrant::cap;
namespace fetch = warrant::fetch;

namespace {

std::string part(CURLU* url, CURLUPart which, unsigned flags) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK || text == nullptr) return {};
  std::string out = text;
  curl_free(text);
  return out;
}

void check_against_curl(const std::string& text, const fetch::Url& url) {
  CURLU* other = curl_url();
  WARRANT_CHECK(curl_url_set(other, CURLUPART_URL, text.c_str(), CURLU_PATH_AS_IS) == CURLUE_OK);
  WARRANT_CHECK(part(other, CURLUPART_PORT, CURLU_DEFAULT_PORT) == std::to_string(url.port));
  WARRANT_CHECK(part(other, CURLUPART_PATH, 0) == url.path);
  WARRANT_CHECK(part(other, CURLUPART_QUERY, 0) == url.query);
  // libcurl shortens IPv6 literals; ours are compared as bits.
  if (url.host.is_name()) WARRANT_CHECK(part(other, CURLUPART_HOST, 0) == url.host.text);
  WARRANT_CHECK(part(other, CURLUPART_USER, 0).empty());
  curl_url_cleanup(other);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const auto parsed = fetch::parse_url(text, fetch::Schemes::kHttpsAndHttp);
  if (parsed.reason == cap::Reason::kOk) {
    const std::string normal = fetch::print(parsed.url);
    const auto again = fetch::parse_url(normal, fetch::Schemes::kHttpsAndHttp);
    // A port that was written out can make a long one too long; nothing else can go wrong.
    if (again.reason != cap::Reason::kUrlTooLong) {
      WARRANT_CHECK(again.reason == cap::Reason::kOk && again.url == parsed.url);
      WARRANT_CHECK(fetch::print(again.url) == normal);
      check_against_curl(normal, parsed.url);
    }
  }
  const auto host =
      fetch::parse_host_pattern(text, fetch::Author::kOperator, fetch::AnyHost::kAllowed);
  if (host.reason == cap::Reason::kOk) {
    const auto same = fetch::parse_host_pattern(fetch::print(host.pattern),
                                                fetch::Author::kOperator, fetch::AnyHost::kAllowed);
    WARRANT_CHECK(same.reason == cap::Reason::kOk && same.pattern == host.pattern);
  }
  const auto path = fetch::parse_path_pattern(text);
  if (path.reason == cap::Reason::kOk) {
    WARRANT_CHECK(fetch::parse_path_pattern(fetch::print(path.pattern)).pattern == path.pattern);
  }
  static const fetch::Url from =
      fetch::parse_url("https://a.example.net/x/y?q", fetch::Schemes::kHttps).url;
  const std::string next = fetch::resolve(from, text);
  WARRANT_CHECK(next.size() <= text.size() + fetch::print(from).size());
  return 0;
}
