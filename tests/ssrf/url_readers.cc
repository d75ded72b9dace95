// SPDX-License-Identifier: Apache-2.0
// url_readers: reads URLs from stdin, one a line in hex, and says how this project and libcurl read
// each; for three_way_test.py.
//
// A line of the answer has fields with tabs between: the reason of ours; where it is ok, host,
// port, path, query and the string that would be sent; then host, port, path and query as libcurl
// reads the URL as it was given, and the same of the string that would be sent. "-" alone: refused.
#include <curl/curl.h>
#include <dlfcn.h>

#include <cstdio>
#include <iostream>
#include <string>

#include "warrant/fetch/url.h"

namespace warrant::ssrf {
namespace {

struct CurlUrls {
  decltype(&curl_url) make = nullptr;
  decltype(&curl_url_cleanup) drop = nullptr;
  decltype(&curl_url_set) set = nullptr;
  decltype(&curl_url_get) get = nullptr;
  decltype(&curl_free) free = nullptr;

  bool load() {
    void* const library = dlopen("libcurl.so.4", RTLD_NOW);
    if (library == nullptr) return false;
    const auto find = [&](auto& function, const char* name) {
      function =
          reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
      return function != nullptr;
    };
    return find(make, "curl_url") && find(drop, "curl_url_cleanup") && find(set, "curl_url_set") &&
           find(get, "curl_url_get") && find(free, "curl_free");
  }
};

std::string part(const CurlUrls& curl, CURLU* url, CURLUPart what, unsigned flags) {
  char* text = nullptr;
  if (curl.get(url, what, &text, flags) != CURLUE_OK) return {};
  std::string out = text;
  curl.free(text);
  return out;
}

// "-", or host, port, path and query with tabs between.
std::string read_by_curl(const CurlUrls& curl, const std::string& text) {
  if (text.find('\0') != std::string::npos) return "-";
  CURLU* const url = curl.make();
  std::string out = "-";
  if (curl.set(url, CURLUPART_URL, text.c_str(), CURLU_PATH_AS_IS) == CURLUE_OK) {
    out = part(curl, url, CURLUPART_HOST, 0) + "\t" +
          part(curl, url, CURLUPART_PORT, CURLU_DEFAULT_PORT) + "\t" +
          part(curl, url, CURLUPART_PATH, 0) + "\t" + part(curl, url, CURLUPART_QUERY, 0);
  }
  curl.drop(url);
  return out;
}

std::string unhex(const std::string& line) {
  std::string out;
  for (std::size_t at = 0; at + 1 < line.size(); at += 2) {
    out += static_cast<char>(std::stoi(line.substr(at, 2), nullptr, 16));
  }
  return out;
}

int run() {
  CurlUrls curl;
  if (!curl.load()) {
    std::fprintf(stderr, "libcurl.so.4 has no URL interface here\n");
    return 77;
  }
  std::string line;
  while (std::getline(std::cin, line)) {
    const std::string text = unhex(line);
    const auto parsed = fetch::parse_url(text, fetch::Schemes::kHttps);
    std::string out(cap::word(parsed.reason));
    if (parsed.reason == cap::Reason::kOk) {
      const std::string sent = fetch::print(parsed.url);
      out += "\t" + parsed.url.host.text + "\t" + std::to_string(parsed.url.port) + "\t" +
             parsed.url.path + "\t" + parsed.url.query + "\t" + sent;
      out += "\t" + read_by_curl(curl, text) + "\t" + read_by_curl(curl, sent);
    }
    std::printf("%s\n", out.c_str());
  }
  return 0;
}

}  // namespace
}  // namespace warrant::ssrf

int main() { return warrant::ssrf::run(); }
