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

}  // namespace

bool begins_like_token(std::string_view text) noexcept {
  return std::any_of(kMarks.begin(), kMarks.end(),
                     [&](const Mark& mark) { return text.starts_with(mark.start); });
}

std::string without_tokens(std::string_view text) {
  std::string made;
  const auto redact = [&](std::size_t kept, std::size_t gone) {
    made.append(text.substr(0, kept)).append(kRedacted);
    text.remove_prefix(kept + gone);
  };
  bool in_word = false;
  while (!text.empty()) {
    constexpr std::string_view kUrl = "://";
    std::size_t length = 0;
    if (!in_word && (length = marked(text)) != 0) {
      redact(0, length);
    } else if (!in_word && (length = scheme(text)) != 0) {
      redact(length, run_of(text.substr(length), is_token68));
    } else if (text.starts_with(kUrl) && (length = user_info(text.substr(kUrl.size()))) != 0) {
      redact(kUrl.size(), length);
    } else if (text.starts_with(kPemBegin) && (length = private_key(text)) != 0) {
      redact(0, length);
    } else {
      in_word = is_word(text.front());
      made += text.front();
      text.remove_prefix(1);
      continue;
    }
    in_word = false;
  }
  return made;
}

}  // namespace warrant::audit
