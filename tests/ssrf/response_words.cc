// SPDX-License-Identifier: Apache-2.0
#include "tests/ssrf/response_words.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <utility>

namespace warrant::ssrf {
namespace {

// A number with the unit behind it in bytes; "max" and its neighbours are sizes too.
struct Size {
  std::size_t at = 0;  // where it stands
  std::uint64_t value = 0;
};

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
  bool starts_with(std::string_view word) const { return text_.starts_with(word); }
  // The first number behind `word`.
  std::optional<unsigned long> number_after(std::string_view word) const {
    std::size_t at = text_.find(word);
    if (at == std::string::npos) return std::nullopt;
    at = text_.find_first_of(kDigits, at + word.size());
    if (at == std::string::npos) return std::nullopt;
    return std::strtoul(text_.c_str() + at, nullptr, 10);
  }
  std::vector<unsigned long> numbers() const {
    std::vector<unsigned long> out;
    for (std::size_t at = text_.find_first_of(kDigits); at != std::string::npos;
         at = text_.find_first_of(kDigits, at)) {
      char* end = nullptr;
      out.push_back(std::strtoul(text_.c_str() + at, &end, 10));
      at = static_cast<std::size_t>(end - text_.c_str());
    }
    return out;
  }
  std::vector<Size> sizes() const;
  const std::string& text() const { return text_; }

 private:
  static constexpr std::string_view kDigits = "0123456789";
  std::string text_;
};

std::vector<Size> Words::sizes() const {
  constexpr std::pair<std::string_view, unsigned> kUnits[] = {
      {"k", 10}, {"m", 20}, {"g", 30}, {"t", 40}};
  std::vector<Size> out;
  for (std::size_t at = 0; at < text_.size();) {
    if (text_.compare(at, 3, "max") == 0) {
      const bool more =
          text_.compare(at + 3, 2, "+1") == 0 || text_.compare(at + 3, 4, " + 1") == 0;
      const bool less = text_.compare(at + 3, 2, "-1") == 0;
      out.push_back({at, kBodyCap + (more ? 1 : 0) - (less ? 1 : 0)});
      at += 5;
      continue;
    }
    if (kDigits.find(text_[at]) == std::string_view::npos) {
      ++at;
      continue;
    }
    char* end = nullptr;
    const std::size_t from = at;
    std::uint64_t value = std::strtoull(text_.c_str() + at, &end, 10);
    at = static_cast<std::size_t>(end - text_.c_str());
    std::string_view rest = std::string_view(text_).substr(at);
    if (rest.starts_with(' ')) rest.remove_prefix(1);
    for (const auto& [letter, bits] : kUnits) {
      const bool unit = rest.starts_with(std::string(letter) + "ib") ||
                        rest.starts_with(std::string(letter) + "b");
      if (unit && value < (1ULL << 20)) value <<= bits;
    }
    out.push_back({from, value});
  }
  return out;
}

Said raw(std::string_view bytes) { return {.actions = {send(bytes), close()}}; }
Said head(std::string_view lines) {
  return raw("HTTP/1.1 200 OK\r\n" + std::string(lines) + "\r\n");
}
Said plain(std::string_view lines) {
  return raw("HTTP/1.1 200 OK\r\n" + std::string(lines) + "content-length: 2\r\n\r\nOK");
}
Said at_server(std::string_view server) {
  Said said = plain("");
  said.server = server;
  return said;
}

using Found = std::optional<std::vector<Said>>;

Found tls(const Words& words) {
  const bool named =
      words.has_any("tls", "ssl", "cert", "self-signed", "self signed", "plain http");
  if (!named) return std::nullopt;
  if (words.has("expired")) return {{at_server("expired")}};
  if (words.has_any("not yet", "future", "not valid before")) return {{at_server("early")}};
  if (words.has_any("self-signed", "self signed", "unknown ca", "untrusted", "unknown authority",
                    "unknown issuer", "unknown root", "no chain", "other ca", "wrong ca")) {
    return {{at_server("self")}};
  }
  if (words.has_any("other name", "another name", "wrong name", "wrong host", "name mismatch",
                    "other host", "another host", "for the name", "mismatch", "no san")) {
    return {{at_server("other")}};
  }
  if (words.has_any("1.0", "1.1", "sslv3", "ssl 3", "tls < 1.2", "too old")) {
    return {{at_server("old")}};
  }
  if (words.has_any("garbage", "plain http", "no tls", "without tls")) return {{at_server("bare")}};
  if (words.has_any("stall", "silent", "hang", "never")) return {{at_server("mute")}};
  if (words.has_any("1.2", "1.3")) return {{at_server("good")}};
  return std::nullopt;
}

// Frames after the request, by hand: what is wrong is wrong in one of them.
Found http2(const Words& words) {
  if (!words.has_any("h2", "http/2")) return std::nullopt;
  const std::string settings(std::string_view("\0\0\0\4\0\0\0\0\0", 9));
  const std::string answer(std::string_view("\0\0\1\1\4\0\0\0\1\x88", 10));
  const std::string reset(std::string_view("\0\0\4\3\0\0\0\0\1\0\0\0\2", 13));
  const std::string away(std::string_view("\0\0\x8\7\0\0\0\0\0\0\0\0\0\0\0\0\1", 17));
  const std::string data(std::string_view("\0\0\2\0\1\0\0\0\1OK", 11));
  std::string script = settings + answer + data;
  if (words.has("goaway")) {
    script = settings + away;
  } else if (words.has_any("rst", "reset", "refused")) {
    const bool later = words.has_any("body", "after the head", "mid");
    script = settings + (later ? answer : "") + reset;
  } else if (words.has_any("error", "bad", "garbage", "broken", "violation")) {
    // DATA on a stream that nobody opened.
    script = settings + std::string(std::string_view("\0\0\2\0\1\0\0\0\x9OK", 11));
  }
  return {{{.server = "h2", .actions = {send(script)}}}};
}

Found slow(const Words& words) {
  const std::string begun = "HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n";
  const bool in_head = words.has_any("header", "head ", "status line");
  if (words.has_any("a second", "per second", "b/s", "/s", "dribble", "drip")) {
    const auto sizes = words.sizes();
    const std::uint64_t rate = sizes.empty() || words.has("one byte") ? 1 : sizes.front().value;
    const std::string piece(static_cast<std::size_t>(std::min<std::uint64_t>(rate, 4'096)), 'a');
    // What is fast enough ends, so that it does not outlast the whole request.
    const unsigned times = rate >= 100 ? 12 : 600;
    const std::string length = std::to_string(piece.size() * times);
    const std::string start = "HTTP/1.1 200 OK\r\ncontent-length: " + length + "\r\n";
    if (in_head && !words.has("after"))
      return {{{.actions = {send("HTTP/1.1 200 OK\r\nx-a: "), drip(piece, times, 1)}}}};
    return {{{.actions = {send(start + "\r\n"), drip(piece, times, 1)}}}};
  }
  const bool halts = words.has_any("stall", "hang", "halt", "silence", "stop", "nothing after");
  const bool begins = words.has_any("body", "after the head", "after head", "mid", "first byte");
  if (halts && begins && !words.has("no byte")) {
    return {{{.actions = {send(begun + "abc"), stall()}}}};
  }
  if (halts && in_head) return {{{.actions = {send("HTTP/1.1 200 OK\r\nx-a: b\r\n"), stall()}}}};
  if (words.has("first byte after")) {
    const auto wait = static_cast<unsigned>(words.number_after("after").value_or(20));
    Said said = plain("");
    said.actions.insert(said.actions.begin(), drip("", 1, wait));
    return {{said}};
  }
  if (words.has_any("no byte", "silent", "nothing", "never answers", "never responds", "stall")) {
    return {{{.actions = {stall()}}}};
  }
  return std::nullopt;
}

Found gzip(const Words& words) {
  Said said{.gzip = true};
  const std::string small = "a few bytes that hardly shrink at all";
  const std::string line = "content-encoding: gzip\r\n";
  if (words.has_any("corrupt", "garbage", "is not gzip", "not gzip", "broken", "invalid")) {
    said.actions = plain(line).actions;
    return {{said}};
  }
  if (words.has_any("cut", "truncat")) {
    said.actions = head(line + "content-length: 100\r\n\r\n\x1f\x8b\x08").actions;
    return {{said}};
  }
  unsigned layers = 1;
  const bool nested = words.has_any("inside", "nested", "layers", "in gzip", "gzip x", "deep");
  if (nested || words.has("gzip, gzip")) {
    layers = static_cast<unsigned>(
        words.number_after(" x").value_or(words.numbers().empty() ? 2 : words.numbers().front()));
  }
  const bool bomb = words.has_any("->", "bomb", "expan", "ratio", "inflat");
  said.actions = {
      bomb ? gzipped(std::string(1'024, '\0'), 65'536, layers) : gzipped(small, 1, layers),
      close()};
  return {{said}};
}

// The word of a coding that stands in a Content-Encoding line.
Found coding(const Words& words) {
  if (words.starts_with("transfer-encoding")) return std::nullopt;
  const bool unasked = words.has_any("not asked", "unasked", "without asking", "not requested");
  const bool asked = !unasked && words.has_any("was asked", "gzip asked", "asked for gzip");
  constexpr std::string_view kOther[] = {"br", "deflate", "zstd", "compress", "identity"};
  const auto names = [&](std::string_view name) {
    return words.has("content-encoding: " + std::string(name)) ||
           words.has("content-encoding " + std::string(name)) ||
           ((words.has("encod") || unasked || asked) && words.has(name));
  };
  const auto other = std::find_if(std::begin(kOther), std::end(kOther), names);
  if (words.has("gzip") && !unasked && !(asked && other != std::end(kOther)) &&
      !words.has("gzip, br")) {
    return gzip(words);
  }
  const std::size_t colon = words.text().find("content-encoding:");
  std::string value;
  if (colon != std::string::npos) {
    value = words.text().substr(colon + 17, words.text().find(" when", colon) - colon - 17);
    value.erase(0, value.find_first_not_of(' '));
  } else if (other != std::end(kOther)) {
    value = *other;
  } else if (words.has("gzip")) {
    value = words.has("x-gzip") ? "x-gzip" : "gzip";
  } else {
    return std::nullopt;
  }
  Said said = plain("content-encoding: " + value + "\r\n");
  said.gzip = asked;
  return {{said}};
}

Found status(const Words& words) {
  if (words.starts_with("101") || words.has("switching")) {
    return {{raw("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n")}};
  }
  if (words.has_any("http/0.9", "http 0.9")) return {{raw("just a body\n")}};
  if (words.has("http/3")) return {{raw("HTTP/3.0 200 OK\r\ncontent-length: 2\r\n\r\nOK")}};
  if (words.has("http/1.0")) return {{raw("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nOK")}};
  const bool bytes =
      words.has_any("byte", "kib", "mib", "header", "continue", "early", "trailer", "1xx");
  const std::size_t digits = words.text().find_first_not_of("0123456789");
  const bool bare = words.text().size() >= 3 && !bytes && words.numbers().size() == 1 &&
                    std::min(digits, words.text().size()) == 3;
  if (!words.starts_with("status") && !bare) return std::nullopt;
  std::vector<Said> out;
  // As they are written: "099" is a code of three digits.
  const std::string& text = words.text();
  for (std::size_t at = text.find_first_of("0123456789"); at != std::string::npos;) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789", at), text.size());
    const bool negative = at > 0 && text[at - 1] == '-';
    const std::string code = (negative ? "-" : "") + text.substr(at, end - at);
    const bool no_body = code == "204" || code == "304";
    out.push_back(
        raw("HTTP/1.1 " + code + " Said\r\n" + (no_body ? "\r\n" : "content-length: 2\r\n\r\nOK")));
    at = text.find_first_of("0123456789", end);
  }
  if (out.empty()) out.push_back(raw("HTTP/1.1 abc Said\r\ncontent-length: 2\r\n\r\nOK"));
  return out;
}

// Bodies whose length is told twice, or by no number.
Found lengths(const Words& words) {
  const std::string chunked = "transfer-encoding: chunked\r\n";
  if (words.has("transfer-encoding: gzip") || words.has("transfer-encoding gzip")) {
    return {{head("transfer-encoding: gzip, chunked\r\n\r\n2\r\nOK\r\n0\r\n")}};
  }
  if (!words.has("content-length") || words.has_any("no content-length", "without content-length"))
    return std::nullopt;
  if (words.has_any("transfer-encoding", "chunked") && !words.has("without")) {
    return {{head("content-length: 2\r\n" + chunked + "\r\n2\r\nOK\r\n0\r\n")}};
  }
  if (words.has_any("twice", "two", "duplicate", "different")) {
    const bool same = words.has_any("same", "equal", "identical");
    return {{plain(same ? "content-length: 2\r\n" : "content-length: 3\r\n")}};
  }
  if (words.has_any("negative", "content-length -", "content-length: -")) {
    return {{head("content-length: -1\r\n\r\nOK")}};
  }
  if (words.has(", ") && words.numbers().size() == 2 && !words.has("bytes")) {
    const auto two = words.numbers();
    return {{head("content-length: " + std::to_string(two[0]) + ", " + std::to_string(two[1]) +
                  "\r\n\r\nOK")}};
  }
  if (words.has("overflow") || words.has("99999999999999999999")) {
    return {{head("content-length: 99999999999999999999\r\n\r\nOK")}};
  }
  if (words.sizes().empty() && words.has_any("hex", "0x", "letters", "no number", "not a number",
                                             "abc", "garbage", "junk", "bad", "invalid", "empty")) {
    return {{head("content-length: abc\r\n\r\nOK")}};
  }
  return std::nullopt;
}

Found chunks(const Words& words) {
  if (!words.has("chunk")) return std::nullopt;
  const std::string begun = "transfer-encoding: chunked\r\n\r\n";
  if (words.has_any("2^63", "overflow", "2^64", "too large")) {
    return {{head(begun + "ffffffffffffffffff\r\nOK\r\n0\r\n\r\n")}};
  }
  if (words.has_any("negative", "bad chunk", "chunk size", "not hex", "broken chunk", "garbage")) {
    return {{head(begun + "-2\r\nOK\r\n0\r\n\r\n"), head(begun + "zz\r\nOK\r\n0\r\n\r\n")}};
  }
  if (words.has_any("cut", "truncat", "closed", "close", "shorter", "without the last", "no last",
                    "before the last", "never ended", "missing")) {
    return {{head(begun + "8\r\nabc")}};
  }
  if (words.has("extension")) return {{head(begun + "2;a=b\r\nOK\r\n0\r\n")}};
  if (words.has("trailer") && words.numbers().empty()) {
    return {{head(begun + "2\r\nOK\r\n0\r\nx-t: 1\r\n")}};
  }
  const auto sizes = words.sizes();
  std::uint64_t size = sizes.empty() ? 2 : sizes.front().value;
  const bool endless = words.has_any("endless", "infinite", "never ends", "more", "flood", "over",
                                     "longer", "exceed", "with limit", "above");
  if (endless) size = std::max(size, kBodyCap + 1);
  const auto whole = static_cast<unsigned>(std::min(size, 2 * kBodyCap) / 1'024);
  const auto rest = static_cast<std::size_t>(size % 1'024);
  Actions out = {send("HTTP/1.1 200 OK\r\n" + begun)};
  if (whole > 0) out.push_back(repeat("400\r\n" + std::string(1'024, 'c') + "\r\n", whole));
  if (rest > 0) {
    constexpr std::string_view kHex = "0123456789abcdef";
    const std::string length = {kHex[rest >> 8U], kHex[(rest >> 4U) & 15U], kHex[rest & 15U]};
    out.push_back(send(length + "\r\n" + std::string(rest, 'c') + "\r\n"));
  }
  out.push_back(send("0\r\n\r\n"));
  return {{{.actions = out}}};
}

Said body_of(std::uint64_t declared, std::uint64_t sent) {
  const std::string first =
      "HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(declared) + "\r\n\r\n";
  Said said{.actions = {send(first)}};
  const auto bytes = static_cast<unsigned>(std::min(sent, 2 * kBodyCap));
  if (bytes > 0) said.actions.push_back(repeat("O", bytes));
  said.actions.push_back(close());
  return said;
}

Found bodies(const Words& words) {
  const auto sizes = words.sizes();
  const bool cut = words.has_any("cut", "truncat", "closed early", "shorter", "rst in", "reset in",
                                 "incomplete", "closes in", "connection lost", "half");
  if (words.has_any("empty reply", "without a response", "no response", "before the status",
                    "before any", "closes at once", "closed at once") &&
      !words.has("body")) {
    return {{{.actions = {close()}}}};
  }
  if (words.has("content-length") && !words.has_any("no content-length", "without")) {
    const std::uint64_t declared = sizes.empty() ? 100 : sizes.front().value;
    const std::uint64_t usual =
        cut || declared > kBodyCap ? std::min<std::uint64_t>(declared / 2, 3) : declared;
    return {{body_of(declared, sizes.size() > 1 ? sizes[1].value : usual)}};
  }
  if (cut) return {{body_of(100, 3)}};
  if (words.has_any("more than declared", "longer than declared", "extra bytes")) {
    return {{body_of(2, 5)}};
  }
  if (words.has("empty body")) return {{body_of(0, 0)}};
  const bool open =
      words.has_any("close-delimited", "until close", "no content-length", "no length",
                    "without content-length", "without length", "then close");
  const bool endless = words.has_any("endless", "infinite", "never ends");
  if (open || endless) {
    const std::uint64_t size = endless ? 2 * kBodyCap : sizes.empty() ? 2 : sizes.front().value;
    const auto bytes = static_cast<unsigned>(std::min(size, 2 * kBodyCap));
    return {{{.actions = {send("HTTP/1.1 200 OK\r\n\r\n"), repeat("O", bytes), close()}}}};
  }
  if (!sizes.empty() && words.has_any("body", "byte", "max")) {
    return {{body_of(sizes.front().value, sizes.front().value)}};
  }
  if (words.has_any("garbage", "no status line")) return {{raw("\x01\x02garbage\r\n\r\n")}};
  return std::nullopt;
}

// One header line that is wrong, or odd.
Found lines(const Words& words) {
  const bool in_name = words.has("name");
  if (words.has_any("nul ", "nul-", "\\0")) {
    return {{plain(in_name ? std::string_view("x\0a: b\r\n", 8)
                           : std::string_view("x-a: b\0c\r\n", 10))}};
  }
  if (words.has_any("fold", "continuation line")) return {{plain("x-a: b\r\n c\r\n")}};
  if (words.has_any("bare cr", "cr in", "carriage")) return {{plain("x-a: b\rc\r\n")}};
  if (words.has_any("esc in", "escape")) return {{plain("x-a: b\x1b[0m\r\n")}};
  if (words.has_any("del in", "0x7f")) return {{plain("x-a: b\x7f\r\n")}};
  if (words.has_any("control", "0x01", "0x1f", "bell")) {
    return {
        {plain("x-a: b\x01"
               "c\r\n")}};
  }
  if (words.has_any("tab in")) return {{plain("x-a: b\tc\r\n")}};
  if (words.has_any("no colon", "without colon", "without a colon")) return {{plain("x-a\r\n")}};
  if (words.has_any("before colon", "before the colon")) return {{plain("x-a : b\r\n")}};
  if (words.has_any("empty header name", "empty name")) return {{plain(": b\r\n")}};
  if (words.has_any("bad name", "name with", "in header name", "in name", "not a token",
                    "in a name", "bad header name", "invalid header name", "non-token")) {
    return {{plain("x a: b\r\n")}};
  }
  if (words.has_any("empty header value", "empty value")) return {{plain("x-a:\r\n")}};
  if (words.has_any("upper-case", "upper case")) return {{plain("X-A: B\r\n")}};
  for (const std::string_view name :
       {"strict-transport-security: max-age=1", "alt-svc: h3=\":443\"", "set-cookie: a=b",
        "refresh: 0; url=https://evil.test/", "connection: close", "hsts", "cookie"}) {
    const std::string_view known = name.substr(0, name.find(':'));
    if (!words.has(known == "connection" ? "connection: " : known)) continue;
    const bool short_name = name.find(':') == std::string_view::npos;
    return {{plain(short_name ? "strict-transport-security: max-age=1\r\nset-cookie: a=b\r\n"
                              : std::string(name) + "\r\n")}};
  }
  return std::nullopt;
}

// So many lines, or so long ones, before the body or behind it.
Found amounts(const Words& words) {
  const bool early = words.has_any("1xx", "early", "103", "100 continue", "100-continue");
  if (!early && !words.has_any("header", "trailer")) return std::nullopt;
  const auto sizes = words.sizes();
  std::uint64_t count = 0;
  for (const Size& each : sizes) {
    // Of "103 Early Hints x1000" the code is no amount.
    if ((each.value != 103 && each.value != 100) || sizes.size() == 1)
      count = std::max(count, each.value);
  }
  const bool code_alone = early && sizes.size() <= 1 && words.has_any("103", "100");
  if (code_alone || words.has("then 200")) count = 1;
  const bool endless = words.has_any("endless", "infinite", "never ends", "flood");
  if (endless) count = 10'000;
  if (count == 0) return std::nullopt;
  const auto many = static_cast<unsigned>(std::min<std::uint64_t>(count, 2'000'000));
  const bool by_size = words.has_any("kib", "mib", " kb", "bytes", "64k");
  if (words.has("trailer")) {
    const std::string begun =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n";
    return {{{.actions = {send(begun),
                          by_size ? send("x-a: " + std::string(many, 'a') + "\r\n")
                                  : repeat("x-a: b\r\n", many),
                          send("\r\n")}}}};
  }
  if (early) {
    return {{{.actions = {
                  repeat(words.has("continue") ? "HTTP/1.1 100 Continue\r\n\r\n"
                                               : "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n",
                         many),
                  send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK")}}}};
  }
  if (by_size) return {{plain("x-a: " + std::string(many, 'a') + "\r\n")}};
  // The one that tells the length is one of them.
  return {{{.actions = {send("HTTP/1.1 200 OK\r\n"), repeat("x-a: b\r\n", many - 1),
                        send("content-length: 2\r\n\r\nOK")}}}};
}

}  // namespace

std::vector<Said> said_by(std::string_view text) {
  const Words words(text);
  for (const auto find :
       {tls, http2, slow, coding, status, lines, lengths, amounts, chunks, bodies}) {
    if (auto found = find(words)) return *std::move(found);
  }
  return {};
}

}  // namespace warrant::ssrf
