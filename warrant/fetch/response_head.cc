// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/response_head.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <limits>

#include "warrant/fetch/request_form.h"

namespace warrant::fetch {
namespace {

using cap::Reason;

constexpr std::string_view kDropped[] = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "te",
    "proxy-connection",
    "proxy-authorization",
    "trailer",
    "upgrade",
    "transfer-encoding",
    "set-cookie",
    "set-cookie2",
    "alt-svc",
    "strict-transport-security",
};

constexpr std::size_t kHeadersUsual = 16;

bool is_one_of(std::string_view name, std::span<const std::string_view> names) noexcept {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool is_control(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7F;
}

// Whether any of eight bytes is below 0x20, a tab among them, or 0x7F.
bool may_have_control(std::string_view eight) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  std::uint64_t word = 0;
  std::memcpy(&word, eight.data(), sizeof word);
  const std::uint64_t apart = word ^ (0x7F * kOnes);
  const std::uint64_t low = (word - 0x20 * kOnes) & ~word;
  return ((low | ((apart - kOnes) & ~apart)) & (0x80 * kOnes)) != 0;
}

bool has_control(std::string_view value) noexcept {
  while (value.size() >= 8) {
    const std::string_view eight = value.substr(0, 8);
    if (may_have_control(eight) && std::any_of(eight.begin(), eight.end(), is_control)) {
      return true;
    }
    value.remove_prefix(8);
  }
  return std::any_of(value.begin(), value.end(), is_control);
}

// Calls take() with each element of a comma list, trimmed and in lower case.
template <typename Take>
void for_each_element(std::string_view list, Take take) {
  for (;;) {
    const std::size_t comma = list.find(',');
    const std::string_view element = trim_blanks(list.substr(0, comma));
    if (!element.empty()) take(lower(element));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace

cap::Reason ResponseReader::line(std::string_view line) {
  bytes_ += line.size();
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!line.empty()) ++lines_;
  // The one status line that every response has is none of its header lines.
  if (lines_ > kHeadLinesMax + 1 || bytes_ > kHeadBytesMax) return Reason::kHeaderLimit;
  if (state_ == State::kStatus) return status_line(line);
  if (!line.empty()) return field(line);
  return state_ == State::kFields ? end() : Reason::kOk;
}

cap::Reason ResponseReader::status_line(std::string_view line) {
  if (!line.starts_with("HTTP/") || has_control(line)) return Reason::kProtocol;
  const std::size_t space = std::min(line.find(' '), line.size());
  const std::string_view version = line.substr(5, space - 5);
  const std::string_view code = line.substr(std::min(space + 1, line.size()));
  const std::size_t end = std::min(code.find(' '), code.size());
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (version != "1.0" && version != "1.1" && version != "2" && version != "2.0" &&
      version != "3") {
    return Reason::kProtocol;
  }
  if (end != 3 || !std::all_of(code.begin(), code.begin() + 3, is_digit)) return Reason::kProtocol;
  start_over();
  for (const char digit : code.substr(0, 3)) {
    status_ = static_cast<std::uint16_t>(status_ * 10 + (digit - '0'));
  }
  if (status_ < 100 || status_ > 599 || status_ == 101) return Reason::kProtocol;
  state_ = State::kFields;
  return Reason::kOk;
}

void ResponseReader::start_over() {
  status_ = 0;
  headers_.clear();
  locations_.clear();
  connection_.clear();
  length_.reset();
  chunked_ = ignored_ = refresh_ = other_coding_ = false;
  gzip_layers_ = 0;
}

cap::Reason ResponseReader::field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return Reason::kProtocol;
  // A folded line begins with a blank, which stands in no name.
  std::string name;
  if (!lower_token(line.substr(0, colon), name)) return Reason::kProtocol;
  const std::string_view value = trim_blanks(line.substr(colon + 1));
  if (has_control(value)) return Reason::kProtocol;
  if (state_ == State::kAfter) return Reason::kOk;  // a trailer: checked, never delivered
  if (const Reason reason = known_field(name, value); reason != Reason::kOk) return reason;
  if (is_one_of(name, kDropped)) return Reason::kOk;
  if (headers_.empty()) headers_.reserve(kHeadersUsual);
  headers_.push_back({std::move(name), std::string(value)});
  return Reason::kOk;
}

cap::Reason ResponseReader::known_field(std::string_view name, std::string_view value) {
  if (name == "content-length") return content_length(value);
  if (name == "content-encoding") content_encoding(value);
  if (name == "location") locations_.emplace_back(value);
  if (name == "refresh") refresh_ = true;
  if (name == "alt-svc" || name == "strict-transport-security") ignored_ = true;
  if (name == "connection") {
    for_each_element(value, [&](std::string each) { connection_.push_back(std::move(each)); });
  }
  if (name == "transfer-encoding") {
    if (chunked_ || lower(value) != "chunked") return Reason::kProtocol;
    chunked_ = true;
  }
  return Reason::kOk;
}

cap::Reason ResponseReader::content_length(std::string_view value) {
  std::uint64_t number = 0;
  if (value.empty()) return Reason::kProtocol;
  for (const char digit : value) {
    if (digit < '0' || digit > '9') return Reason::kProtocol;
    const auto amount = static_cast<std::uint64_t>(digit - '0');
    if (number > (std::numeric_limits<std::uint64_t>::max() - amount) / 10)
      return Reason::kProtocol;
    number = number * 10 + amount;
  }
  if (length_ && *length_ != number) return Reason::kProtocol;
  length_ = number;
  return Reason::kOk;
}

void ResponseReader::content_encoding(std::string_view value) {
  for_each_element(value, [&](const std::string& each) {
    if (each == "gzip" || each == "x-gzip") {
      ++gzip_layers_;
    } else if (each != "identity") {
      other_coding_ = true;
    }
  });
}

cap::Reason ResponseReader::end() {
  if (status_ < 200) {
    state_ = State::kStatus;
    return Reason::kOk;
  }
  state_ = State::kAfter;
  if (!connection_.empty()) {
    std::erase_if(headers_, [&](const cap::ResponseHeader& each) {
      return std::find(connection_.begin(), connection_.end(), each.name) != connection_.end();
    });
  }
  return chunked_ && length_ ? Reason::kProtocol : Reason::kOk;
}

std::string_view value_of(std::span<const cap::ResponseHeader> headers,
                          std::string_view name) noexcept {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const auto& each) { return each.name == name; });
  return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

cap::Reason ResponseReader::check_coding(cap::HopRequest::Decompress decompress) const noexcept {
  if (other_coding_) return Reason::kEncoding;
  if (gzip_layers_ == 0) return Reason::kOk;
  if (decompress == cap::HopRequest::Decompress::kOff) return Reason::kEncoding;
  return gzip_layers_ > 2 ? Reason::kEncodingDepth : Reason::kOk;
}

void ResponseReader::forget_coding() {
  if (gzip_layers_ == 0) return;
  length_.reset();
  std::erase_if(headers_, [](const cap::ResponseHeader& each) {
    return each.name == "content-encoding" || each.name == "content-length";
  });
}

}  // namespace warrant::fetch
