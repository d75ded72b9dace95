// SPDX-License-Identifier: Apache-2.0
#include "tests/ssrf/response_words.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace warrant::ssrf {
namespace {

class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {
    for (char& c : text_) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
  }
  bool has(std::string_view word) const { return text_.find(word) != std::string::npos; }
  template <typename... Each>
  bool has_any(Each... each) const {
    return (has(each) || ...);
  }
  // The first number behind `word`.
  std::optional<unsigned long> number_after(std::string_view word) const {
    std::size_t at = text_.find(word);
    if (at == std::string::npos) return std::nullopt;
    at = text_.find_first_of("0123456789", at + word.size());
    if (at == std::string::npos) return std::nullopt;
    return std::strtoul(text_.c_str() + at, nullptr, 10);
  }
  std::vector<unsigned long> numbers() const {
    std::vector<unsigned long> out;
    for (std::size_t at = text_.find_first_of("0123456789"); at != std::string::npos;
         at = text_.find_first_of("0123456789", at)) {
      char* end = nullptr;
      out.push_back(std::strtoul(text_.c_str() + at, &end, 10));
      at = static_cast<std::size_t>(end - text_.c_str());
    }
    return out;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

Said raw(std::string_view bytes) { return {.actions = {send(bytes), close()}}; }
Said head(std::string_view lines) {
  return raw("HTTP/1.1 200 OK\r\n" + std::string(lines) + "\r\n");
}
Said plain(std::string_view lines) {
  return raw("HTTP/1.1 200 OK\r\n" + std::string(lines) + "content-length: 2\r\n\r\nOK");
}

std::optional<std::vector<Said>> tls(const Words& words) {
  Said said = plain("");
  if (words.has("expired")) {
    said.server = "expired";
  } else if (words.has_any("self-signed", "self signed", "unknown ca", "untrusted",
                           "unknown authority")) {
    said.server = "self";
  } else if (words.has_any("other name", "wrong name", "wrong host", "name mismatch")) {
    said.server = "other";
  } else if (words.has_any("tls 1.0", "tls 1.1", "tls1.0", "tls1.1", "ssl")) {
    said.server = "old";
  } else {
    return std::nullopt;
  }
  return {{said}};
}

std::optional<std::vector<Said>> slow(const Words& words) {
  if (words.has_any("1 byte a second", "one byte a second", "byte a second", "dribble")) {
    return {
        {{.actions = {send("HTTP/1.1 200 OK\r\ncontent-length: 600\r\n\r\n"), drip("a", 600, 1)}}}};
  }
  if (words.has_any("no byte", "silent", "nothing", "never answers", "stall")) {
    return {{{.actions = {stall()}}}};
  }
  return std::nullopt;
}

// The word of a coding that stands in a Content-Encoding line.
std::optional<std::vector<Said>> coding(const Words& words) {
  const bool unasked = words.has_any("not asked", "unasked", "without asking");
  if (words.has("gzip") && !unasked) {
    Said said{.gzip = true};
    unsigned layers = 1;
    if (words.has_any("inside", "nested", "layers")) {
      layers = static_cast<unsigned>(
          words.number_after(" x").value_or(words.numbers().empty() ? 2 : words.numbers().front()));
    }
    const bool bomb = words.has("->") || words.has_any("bomb", "expan");
    said.actions = {gzipped(std::string(1'024, '\0'), bomb ? 65'536 : 1, layers), close()};
    // What does not shrink keeps clear of the ratio.
    if (!bomb)
      said.actions = {gzipped("a few bytes that hardly shrink at all", 1, layers), close()};
    return {{said}};
  }
  for (const std::string_view name : {"br", "deflate", "zstd", "compress", "gzip", "identity"}) {
    const bool named = words.has("content-encoding: " + std::string(name)) ||
                       words.has("content-encoding " + std::string(name)) ||
                       (words.has("encod") && words.has(name)) || (unasked && words.has(name));
    if (named) return {{plain("content-encoding: " + std::string(name) + "\r\n")}};
  }
  return std::nullopt;
}

std::optional<std::vector<Said>> status(const Words& words) {
  if (words.has("101")) return {{raw("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n")}};
  if (!words.text().starts_with("status")) return std::nullopt;
  std::vector<Said> out;
  for (const unsigned long code : words.numbers()) {
    const std::string line = "HTTP/1.1 " + std::to_string(code) + " Said\r\n";
    const bool bare = code == 204 || code == 304;
    out.push_back(raw(line + (bare ? "\r\n" : "content-length: 2\r\n\r\nOK")));
  }
  return out;
}

std::optional<std::vector<Said>> framing(const Words& words) {
  const std::string chunked = "transfer-encoding: chunked\r\n";
  const bool both = words.has("content-length") && words.has_any("transfer-encoding", "chunked");
  if (both && !words.has_any("without", "no content-length")) {
    return {{head("content-length: 2\r\n" + chunked + "\r\n2\r\nOK\r\n0\r\n")}};
  }
  if (words.has("content-length") && words.has_any("twice", "two", "duplicate")) {
    const bool same = words.has_any("same", "equal");
    return {{plain(same ? "content-length: 2\r\n" : "content-length: 3\r\n")}};
  }
  if (words.has("chunk") &&
      words.has_any("2^63", "overflow", "negative", "bad chunk", "chunk size")) {
    return {{head(chunked + "\r\nffffffffffffffffff\r\nOK\r\n0\r\n\r\n")}};
  }
  if (words.has_any("cut", "truncat", "closed early", "shorter")) {
    if (words.has("chunk")) return {{head(chunked + "\r\n8\r\nabc")}};
    return {{head("content-length: 100\r\n\r\nabc")}};
  }
  if (words.has("chunk") || words.has_any("endless", "infinite", "never ends")) {
    const std::string piece(1'024, 'c');
    const unsigned times =
        words.has_any("max", "endless", "infinite", "never ends", "more", "flood") ? 1'025 : 2;
    return {{{.actions = {send("HTTP/1.1 200 OK\r\n" + chunked + "\r\n"),
                          repeat("400\r\n" + piece + "\r\n", times), send("0\r\n\r\n")}}}};
  }
  if (words.has("max+1")) {
    return {{head("content-length: " + std::to_string(kBodyCap + 1) + "\r\n\r\n")}};
  }
  if (words.has("content-length max")) {
    return {{{.actions = {send("HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(kBodyCap) +
                               "\r\n\r\n"),
                          repeat("a", static_cast<unsigned>(kBodyCap))}}}};
  }
  if (const auto length = words.number_after("content-length")) {
    const auto numbers = words.numbers();
    const std::size_t bytes = numbers.size() > 1 ? numbers[1] : *length;
    return {{head("content-length: " + std::to_string(*length) + "\r\n\r\n" +
                  std::string(bytes, 'O'))}};
  }
  return std::nullopt;
}

std::optional<std::vector<Said>> fields(const Words& words) {
  if (words.has_any("http/0.9", "http 0.9")) return {{raw("just a body\n")}};
  const bool in_value = words.has_any("value", "header");
  if (words.has("nul") && in_value) return {{plain(std::string_view("x-a: b\0c\r\n", 10))}};
  if (words.has_any("fold", "continuation")) return {{plain("x-a: b\r\n c\r\n")}};
  if (words.has_any("control", "bare cr", "cr in"))
    return {
        {plain("x-a: b\x01"
               "c\r\n")}};
  if (words.has_any("no colon", "without colon")) return {{plain("x-a\r\n")}};
  if (words.has_any("bad name", "name with", "space in name", "blank in name")) {
    return {{plain("x a: b\r\n")}};
  }
  const bool many = words.has_any("header", "1xx", "early", "trailer");
  if (const auto numbers = words.numbers(); many && !numbers.empty()) {
    const auto count = static_cast<unsigned>(std::max(numbers.front(), numbers.back()));
    if (words.has_any("kib", "bytes", "kb")) {
      const std::size_t size = words.has("bytes") ? count : std::size_t{count} * 1'024;
      return {{plain("x-a: " + std::string(size, 'a') + "\r\n")}};
    }
    if (words.has_any("1xx", "early", "103", "100 continue")) {
      return {{{.actions = {repeat("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", count),
                            send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK")}}}};
    }
    return {{{.actions = {send("HTTP/1.1 200 OK\r\n"), repeat("x-a: b\r\n", count),
                          send("content-length: 2\r\n\r\nOK")}}}};
  }
  for (const std::string_view name :
       {"strict-transport-security: max-age=1", "alt-svc: h3=\":443\"", "set-cookie: a=b",
        "refresh: 0; url=https://evil.test/"}) {
    if (words.has(name.substr(0, name.find(':')))) return {{plain(std::string(name) + "\r\n")}};
  }
  return std::nullopt;
}

}  // namespace

std::vector<Said> said_by(std::string_view text) {
  const Words words(text);
  for (const auto find : {tls, slow, coding, status, fields, framing}) {
    if (auto found = find(words)) return *std::move(found);
  }
  return {};
}

}  // namespace warrant::ssrf
