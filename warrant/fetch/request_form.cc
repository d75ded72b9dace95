// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/request_form.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "warrant/fetch/pattern.h"

namespace warrant::fetch {
namespace {

using cap::Reason;

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// Of each byte of a token, in lower case; 0 where it stands in none.
constexpr auto kTokenBytes = [] {
  std::array<char, 256> bytes{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")) {
    bytes[static_cast<unsigned char>(c)] = c;
  }
  for (char c = 'A'; c <= 'Z'; ++c) {
    bytes[static_cast<unsigned char>(c)] = static_cast<char>(c - 'A' + 'a');
  }
  return bytes;
}();

char token_byte(char c) noexcept { return kTokenBytes[static_cast<unsigned char>(c)]; }

bool starts_ignoring_case(std::string_view text, std::string_view prefix) noexcept {
  return text.size() >= prefix.size() &&
         equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

struct Row {
  std::string_view name;  // "*" at its end: a prefix
  Reason reason;
};

constexpr Row kClasses[] = {
    {"accept-charset", Reason::kForbidden},
    {"accept-encoding", Reason::kForbidden},
    {"access-control-request-*", Reason::kForbidden},
    {"connection", Reason::kForbidden},
    {"content-length", Reason::kForbidden},
    {"cookie2", Reason::kForbidden},
    {"date", Reason::kForbidden},
    {"dnt", Reason::kForbidden},
    {"expect", Reason::kForbidden},
    {"host", Reason::kForbidden},
    {"http2-settings", Reason::kForbidden},
    {"keep-alive", Reason::kForbidden},
    {"origin", Reason::kForbidden},
    {"referer", Reason::kForbidden},
    {"set-cookie", Reason::kForbidden},
    {"te", Reason::kForbidden},
    {"trailer", Reason::kForbidden},
    {"transfer-encoding", Reason::kForbidden},
    {"upgrade", Reason::kForbidden},
    {"via", Reason::kForbidden},
    {"proxy-*", Reason::kForbidden},
    {"sec-*", Reason::kForbidden},
    {"authorization", Reason::kSecretOnly},
    {"cookie", Reason::kSecretOnly},
    {"x-http-method*", Reason::kMethodOverride},
    {"x-method-override", Reason::kMethodOverride},
    {"x-original-url", Reason::kPathOverride},
    {"x-rewrite-url", Reason::kPathOverride},
    {"forwarded", Reason::kSpoof},
    {"x-forwarded-*", Reason::kSpoof},
    {"x-real-ip", Reason::kSpoof},
    {"metadata-flavor", Reason::kMetadata},
    {"x-aws-ec2-metadata-token*", Reason::kMetadata},
};

constexpr std::string_view kSurvivors[] = {"accept",       "accept-language", "content-language",
                                           "content-type", "range",           "user-agent"};

constexpr std::string_view kNeverGranted[] = {"CONNECT", "TRACE", "TRACK"};

bool is_value(std::string_view value) noexcept {
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return (c >= 0x20 && c <= 0x7E) || c == '\t'; });
}

// Names of all, then sizes, classes and values: one order, whatever the guest's.
enum class Step : std::uint8_t { kName, kSize, kClass, kValue };

HeaderFault check_step(const cap::GuestHeader& header, Step step, RawAuthorization raw) noexcept {
  const std::string_view value = trim_blanks(header.value);
  switch (step) {
    case Step::kName:
      if (!is_token(header.name)) return {Reason::kHeaderName};
      return {header.name.size() > kHeaderNameMax ? Reason::kHeaderTooLong : Reason::kOk};
    case Step::kSize:
      return {value.size() > kHeaderValueMax ? Reason::kHeaderTooLong : Reason::kOk};
    case Step::kClass: {
      const HeaderClass found = class_of_header(header.name);
      // A credential comes from a reference, or raw where a grant may turn out to allow it.
      const bool is_reference = header.kind == cap::GuestHeader::Kind::kReference;
      const bool may_be_raw =
          raw == RawAuthorization::kAllowed && equals_ignoring_case(header.name, "authorization");
      const bool excused = found.reason == Reason::kSecretOnly && (is_reference || may_be_raw);
      if (excused) return {};
      return {found.reason, 0, found.entry};
    }
    case Step::kValue:
      return {is_value(value) ? Reason::kOk : Reason::kHeaderValue};
  }
  return {};
}

}  // namespace

bool is_token(std::string_view text) noexcept {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return token_byte(c) != '\0'; });
}

bool lower_token(std::string_view text, std::string& out) {
  out.resize(text.size());
  bool good = !text.empty();
  for (std::size_t i = 0; i < text.size(); ++i) {
    out[i] = token_byte(text[i]);
    good = good && out[i] != '\0';
  }
  return good;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim_blanks(std::string_view value) noexcept {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!value.empty() && is_blank(value.front())) value.remove_prefix(1);
  while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
  return value;
}

cap::Reason check_method(std::string_view method) noexcept {
  if (!is_token(method)) return Reason::kMethodSyntax;
  constexpr std::size_t kLongest = 7;
  if (method.size() > kLongest) return Reason::kOk;
  char buffer[kLongest];
  std::transform(method.begin(), method.end(), buffer, upper);
  const std::string_view known(buffer, method.size());
  const bool never = std::find(std::begin(kNeverGranted), std::end(kNeverGranted), known) !=
                     std::end(kNeverGranted);
  if (!never && !find_method(known)) return Reason::kOk;
  if (known != method) return Reason::kMethodCase;
  return never ? Reason::kMethodForbidden : Reason::kOk;
}

HeaderClass class_of_header(std::string_view name) noexcept {
  for (const Row& row : kClasses) {
    const bool is_prefix = row.name.ends_with('*');
    const bool hit = is_prefix ? starts_ignoring_case(name, row.name.substr(0, row.name.size() - 1))
                               : equals_ignoring_case(name, row.name);
    if (hit) return {row.reason, row.name};
  }
  return {};
}

HeaderFault check_headers(std::span<const cap::GuestHeader> headers,
                          RawAuthorization raw) noexcept {
  if (headers.size() > kHeadersMax) return {Reason::kTooMany, kHeadersMax};
  std::size_t bytes = 0;
  for (const cap::GuestHeader& each : headers) bytes += each.name.size() + each.value.size();
  for (const Step step : {Step::kName, Step::kSize, Step::kClass, Step::kValue}) {
    if (step == Step::kSize && bytes > kHeadersBytesMax) {
      return {Reason::kHeaderTooLong, kHeadersMax};
    }
    for (std::size_t i = 0; i < headers.size(); ++i) {
      HeaderFault fault = check_step(headers[i], step, raw);
      if (fault.reason == Reason::kOk) continue;
      fault.index = i;
      return fault;
    }
  }
  return {};
}

bool survives_origin(std::string_view name) noexcept {
  return std::any_of(std::begin(kSurvivors), std::end(kSurvivors), [&](std::string_view survivor) {
    return equals_ignoring_case(name, survivor);
  });
}

bool describes_body(std::string_view name) noexcept {
  return starts_ignoring_case(name, "content-");
}

}  // namespace warrant::fetch
