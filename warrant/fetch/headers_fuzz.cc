// SPDX-License-Identifier: Apache-2.0
// Any bytes as lines of a response, as request headers and as a method: what passes holds nothing
// that could end a line, and the limits hold whatever the order.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/base/check.h"
#include "warrant/fetch/pattern.h"
#include "warrant/fetch/redact.h"
#include "warrant/fetch/request_form.h"
#include "warrant/fetch/response_head.h"

namespace cap = warrant::cap;
namespace fetch = warrant::fetch;

namespace {

bool ends_a_line(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    out.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return out;
}

void read_response(std::string_view text) {
  fetch::ResponseReader reader;
  for (const std::string_view line : lines_of(text)) {
    if (reader.line(line) != cap::Reason::kOk) return;
    WARRANT_CHECK(reader.bytes() <= fetch::kHeadBytesMax);
    WARRANT_CHECK(reader.lines() <= fetch::kHeadLinesMax + 1);
  }
  if (!reader.has_head()) return;
  WARRANT_CHECK(reader.status() >= 200 && reader.status() <= 599);
  for (const cap::ResponseHeader& each : reader.headers()) {
    WARRANT_CHECK(fetch::is_token(each.name) && !ends_a_line(each.value));
    WARRANT_CHECK(each.name != "set-cookie" && each.name != "connection");
  }
}

void check_request(std::string_view text) {
  std::vector<cap::GuestHeader> headers;
  for (const std::string_view line : lines_of(text)) {
    const std::size_t colon = std::min(line.find(':'), line.size());
    headers.push_back({line.substr(0, colon), line.substr(std::min(colon + 1, line.size()))});
  }
  const auto fault = fetch::check_headers(headers, fetch::RawAuthorization::kRefused);
  if (fault.reason != cap::Reason::kOk) return;
  for (const cap::GuestHeader& each : headers) {
    WARRANT_CHECK(fetch::is_token(each.name));
    WARRANT_CHECK(!ends_a_line(fetch::trim_blanks(each.value)));
    WARRANT_CHECK(!fetch::equals_ignoring_case(each.name, "host"));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  read_response(text);
  read_response("HTTP/1.1 200 OK\r\n" + text + "\r\n\r\n");
  check_request(text);
  if (fetch::check_method(text) == cap::Reason::kOk && fetch::find_method(text)) {
    WARRANT_CHECK(fetch::word(*fetch::find_method(text)) == text);
  }
  for (const std::string& key : fetch::shape_of_query(text).keys) {
    WARRANT_CHECK(key == "?" || (key.size() <= 32 && !ends_a_line(key)));
  }
  return 0;
}
