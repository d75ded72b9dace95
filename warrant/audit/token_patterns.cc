// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/token_patterns.h"

#include <algorithm>
#include <array>

namespace warrant::audit {
namespace {

constexpr std::string_view kRedacted = "\xc2\xabredacted:token\xc2\xbb";
constexpr std::size_t kLeastTail = 8;       // of what follows the mark of a service
constexpr std::size_t kMostHead = 64;       // the first line of a key
constexpr std::size_t kMostUserInfo = 512;  // looked at behind "://"

struct Mark {
  std::string_view start;
  std::size_t least = kLeastTail;  // bytes of a token behind it
};
// Short marks stand in harmless words too: much must follow them.
constexpr auto kMarks = std::to_array<Mark>(
    {{"AKIA"},        {"ASIA"},     {"ghp_"},  {"gho_"},      {"ghu_"},     {"ghs_"},
     {"ghr_"},        {"glpat-"},   {"AIza"},  {"ya29."},     {"xoxb-"},    {"xoxp-"},
     {"xoxa-"},       {"xoxr-"},    {"xoxs-"}, {"xapp-"},     {"sk_live_"}, {"sk_test_"},
     {"hf_", 16},     {"hvs."},     {"hvb."},  {"rk_live_"},  {"rk_test_"}, {"whsec_"},
     {"github_pat_"}, {"npm_", 16}, {"hvr."},  {"pypi-", 16}, {"sk-", 20},  {"eyJ", 20}});
constexpr std::string_view kPemBegin = "-----BEGIN ";
constexpr std::string_view kPemEnd = "-----END ";
constexpr std::string_view kPrivateKey = "PRIVATE KEY-----";

bool is_word(char each) noexcept {
  return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
         (each >= '0' && each <= '9') || each == '_';
}
bool is_token(char each) noexcept {
  return is_word(each) || each == '-' || each == '.' || each == '=';
}
bool is_token68(char each) noexcept {
  return is_token(each) || each == '+' || each == '/' || each == '~';
}

template <typename Is>
std::size_t run_of(std::string_view text, Is is) noexcept {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is) - text.begin());
}

std::size_t marked(std::string_view text) noexcept {
  for (const Mark& mark : kMarks) {
    if (!text.starts_with(mark.start)) continue;
    const std::size_t tail = run_of(text.substr(mark.start.size()), is_token);
    if (tail >= mark.least) return mark.start.size() + tail;
  }
  return 0;
}

// "Bearer VALUE": how much of it stands before the value; 0: it is none. Plain words are no values.
std::size_t scheme(std::string_view text) noexcept {
  for (const std::string_view word : {"Bearer ", "bearer ", "Basic ", "basic "}) {
    if (!text.starts_with(word)) continue;
    const std::string_view value =
        text.substr(word.size(), run_of(text.substr(word.size()), is_token68));
    const bool plain = std::all_of(value.begin(), value.end(), [](char each) {
      return (each >= 'a' && each <= 'z') || each == '.';
    });
    if (value.size() >= kLeastTail && !plain) return word.size();
  }
  return 0;
}

std::size_t user_info(std::string_view text) noexcept {
  const std::size_t end = text.substr(0, kMostUserInfo).find_first_of("@/?# \t\r\n\"'");
  if (end == std::string_view::npos || text[end] != '@') return 0;
  return text.substr(0, end).find(':') == std::string_view::npos ? 0 : end;
}

// To the end of the key, or of the text where it was cut.
std::size_t private_key(std::string_view text) noexcept {
  const std::string_view head = text.substr(0, kMostHead);
  if (head.substr(0, head.find('\n')).find(kPrivateKey) == std::string_view::npos) return 0;
  const std::size_t end = text.find(kPemEnd);
  if (end == std::string_view::npos) return text.size();
  return std::min(text.find('\n', end), text.size());
}

// A token at the front of a text: what stays before it, and what goes. Size 0: there is none.
struct Found {
  std::size_t kept = 0;
  std::size_t gone = 0;
  std::size_t size() const noexcept { return kept + gone; }
};

// One that begins a word.
Found word_at(std::string_view text) noexcept {
  if (const std::size_t length = marked(text); length != 0) return {0, length};
  const std::size_t kept = scheme(text);
  if (kept == 0) return {};
  return {kept, run_of(text.substr(kept), is_token68)};
}

// One that stands anywhere.
Found mark_at(std::string_view text) noexcept {
  constexpr std::string_view kUrl = "://";
  if (text.starts_with(kPemBegin)) return {0, private_key(text)};
  if (!text.starts_with(kUrl)) return {};
  const std::size_t gone = user_info(text.substr(kUrl.size()));
  return {gone == 0 ? 0 : kUrl.size(), gone};
}

}  // namespace

bool begins_like_token(std::string_view text) noexcept {
  return std::any_of(kMarks.begin(), kMarks.end(),
                     [&](const Mark& mark) { return text.starts_with(mark.start); });
}

std::string without_tokens(std::string_view text) {
  std::string made;
  bool in_word = false;
  while (!text.empty()) {
    Found found = in_word ? Found{} : word_at(text);
    if (found.size() == 0) found = mark_at(text);
    if (found.size() != 0) {
      made.append(text.substr(0, found.kept)).append(kRedacted);
      text.remove_prefix(found.size());
      in_word = false;
      continue;
    }
    in_word = is_word(text.front());
    made += text.front();
    text.remove_prefix(1);
  }
  return made;
}

}  // namespace warrant::audit
