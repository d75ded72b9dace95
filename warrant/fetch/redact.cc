// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/redact.h"

#include <algorithm>
#include <iterator>

#include "warrant/audit/token_patterns.h"
#include "warrant/fetch/request_form.h"

namespace warrant::fetch {
namespace {

constexpr std::size_t kKeyMax = 32;
constexpr std::size_t kKeysMax = 32;

constexpr std::string_view kRequestNames[] = {"accept",        "accept-language",   "content-type",
                                              "if-none-match", "if-modified-since", "range",
                                              "user-agent",    "authorization"};
constexpr std::string_view kResponseNames[] = {"content-type",  "content-length", "etag",
                                               "last-modified", "location",       "retry-after",
                                               "cache-control", "server-timing"};

template <typename Words>
bool is_one_of(std::string_view word, const Words& words) noexcept {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

bool is_plain_key(std::string_view key) noexcept {
  return !key.empty() && key.size() <= kKeyMax && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("_.[]-").find(c) != std::string_view::npos;
  });
}

}  // namespace

QueryShape shape_of_query(std::string_view query) {
  QueryShape out;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view piece = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (piece.empty()) continue;
    ++out.pairs;
    if (out.keys.size() == kKeysMax) continue;
    const std::size_t equals = piece.find('=');
    const std::string_view key = piece.substr(0, equals);
    const bool shown =
        equals != std::string_view::npos && is_plain_key(key) && !audit::begins_like_token(key);
    out.keys.emplace_back(shown ? key : "?");
  }
  return out;
}

std::string_view listed_request_header(std::string_view name) noexcept {
  const auto* found =
      std::find_if(std::begin(kRequestNames), std::end(kRequestNames),
                   [&](std::string_view listed) { return equals_ignoring_case(name, listed); });
  return found == std::end(kRequestNames) ? std::string_view() : *found;
}

bool is_listed_response_header(std::string_view lower_name) noexcept {
  return is_one_of(lower_name, kResponseNames);
}

}  // namespace warrant::fetch
