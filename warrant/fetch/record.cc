// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/record.h"

#include <algorithm>

#include "warrant/audit/line.h"
#include "warrant/audit/token_patterns.h"
#include "warrant/base/bytes.h"
#include "warrant/fetch/reasons.h"
#include "warrant/fetch/redact.h"

namespace warrant::fetch {
namespace {

using audit::Line;

constexpr std::size_t kAddressesShown = 8;
constexpr std::size_t kFieldMax = 128;
constexpr std::uint64_t kMicro = 1'000;

void append_to(void* text, std::string_view more) noexcept {
  static_cast<std::string*>(text)->append(more);
}

void print_digest(Line& line, std::string_view name, const codec::Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, 2 * codec::Digest::kSize> text;
  auto at = text.begin();
  for (const std::byte each : digest.bytes()) {
    *at++ = kDigits[std::to_integer<unsigned>(each) >> 4U];
    *at++ = kDigits[std::to_integer<unsigned>(each) & 15U];
  }
  line.text(name, {text.data(), text.size()});
}

void print_url(Line& line, const HopRecord& record, const KeyedMac& macs, PathShown shown) {
  if (record.judgement == nullptr || !record.judgement->url) {
    line.number("url_len", record.raw_url.size());
    print_digest(line, "url_mac", macs.of(bytes_of(record.raw_url)));
    return;
  }
  const Url& url = *record.judgement->url;
  line.text("scheme", word(url.scheme));
  line.stranger("host", url.host.text);
  line.number("port", url.port);
  const PathPattern* const pattern = record.judgement->match.path;
  line.stranger("path", shown == PathShown::kFull ? audit::without_tokens(url.path)
                        : pattern == nullptr      ? std::string()
                                                  : print(*pattern));
  print_digest(line, "path_mac", macs.of(bytes_of(url.path)));
  const QueryShape query = shape_of_query(url.query);
  line.number("query_n", query.pairs);
  if (query.keys.empty()) return;
  line.key("query_keys");
  line.open('[');
  for (const std::string& each : query.keys) {
    line.next();
    line.stranger_value(each, each.size());
  }
  line.close(']');
}

void print_addresses(Line& line, std::span<const JudgedAddress> addresses) {
  if (addresses.empty()) return;
  line.number("addrs_n", addresses.size());
  line.key("addrs");
  line.open('[');
  for (const JudgedAddress& each : addresses.first(std::min(addresses.size(), kAddressesShown))) {
    line.next();
    line.open('{');
    line.text("ip", cap::print(each.address));
    line.text("class", cap::word(each.reason));
    line.close('}');
  }
  line.close(']');
}

void print_facts(Line& line, const cap::ExchangeFacts& facts) {
  if (facts.peer) line.text("peer", cap::print(*facts.peer));
  line.truth("reused", facts.reused == cap::Reused::kYes);
  if (!facts.tls.empty()) line.text("tls", facts.tls);
  if (!facts.alpn.empty()) line.text("alpn", facts.alpn);
  line.number("us_connect", count(facts.connect) / kMicro);
  line.number("us_tls", count(facts.tls_time) / kMicro);
  line.number("us_first", count(facts.first) / kMicro);
}

void print_names(Line& line, std::string_view key, std::span<const std::string_view> names) {
  if (names.empty()) return;
  line.key(key);
  line.open('[');
  for (const std::string_view name : names) line.value(name);
  line.close(']');
}

void print_messages(Line& line, const HopRecord& record) {
  line.number("req_headers_n", record.request_headers);
  line.number("req_headers_bytes", record.request_header_bytes);
  print_names(line, "req_headers", record.request_header_names);
  line.number("req_bytes", record.request_bytes);
  if (record.status == 0) return;
  line.number("status", record.status);
  line.number("resp_headers_n", record.response_headers);
  line.number("resp_headers_bytes", record.response_header_bytes);
  print_names(line, "resp_headers", record.response_header_names);
  line.number("resp_wire", record.response_wire);
  line.number("resp_bytes", record.response_bytes);
  if (record.declared) line.number("declared_bytes", *record.declared);
  if (record.body_mac) print_digest(line, "body_mac", *record.body_mac);
  if (!record.content_type.empty()) {
    line.stranger("content_type", record.content_type.substr(0, kFieldMax));
  }
  if (!record.retry_after.empty()) {
    line.stranger("retry_after", record.retry_after.substr(0, kFieldMax));
  }
}

// The index and the table entry: our text, never the guest's.
void print_header_fault(Line& line, const Judgement& judgement) {
  if (judgement.header.reason == cap::Reason::kOk) return;
  if (judgement.header.index < kHeadersMax) line.number("header_index", judgement.header.index);
  if (!judgement.header.entry.empty()) line.text("header_entry", judgement.header.entry);
}

}  // namespace

std::string print_asked(const HopRecord& record, const KeyedMac& macs, PathShown shown,
                        const audit::KnownSecrets* known) {
  std::string out;
  std::array<char, 1'024> room;
  Line line(room, &append_to, &out);
  line.guard_with(known);
  if (record.judgement != nullptr && record.judgement->method) {
    line.text("method", word(*record.judgement->method));
  }
  print_url(line, record, macs, shown);
  print_addresses(line, record.addresses);
  line.drain();
  return out;
}

std::string print_members(const HopRecord& record, const KeyedMac& macs, PathShown shown,
                          const audit::KnownSecrets* known) {
  std::string out;
  std::array<char, 2'048> room;
  Line line(room, &append_to, &out);
  line.guard_with(known);
  line.text("door", word(record.door));
  line.number("req", record.request);
  line.number("hop", record.hop);
  const Family* found = find_family(record.reason);
  if (found != nullptr && !found->code.empty()) line.text("code", found->code);
  if (!record.notes.empty()) {
    line.key("notes");
    line.open('[');
    for (const cap::Reason note : record.notes) line.value(cap::word(note));
    line.close(']');
  }
  const auto sent = record.facts == nullptr ? cap::ExchangeFacts::Sent::kNone : record.facts->sent;
  line.text("sent", word(sent));
  if (record.asked.empty()) {
    line.members(print_asked(record, macs, shown, known));
  } else {
    line.members(record.asked);
  }
  if (record.judgement != nullptr) print_header_fault(line, *record.judgement);
  if (record.facts != nullptr) {
    print_facts(line, *record.facts);
    print_messages(line, record);
  }
  line.truth("truncated", record.cut != cap::FetchCut::kNo);
  if (record.cut != cap::FetchCut::kNo) line.text("cut_by", word(record.cut));
  if (!record.secrets.empty()) {
    line.key("secrets");
    line.open('[');
    for (const std::string_view each : record.secrets) {
      line.next();
      line.stranger_value(each, each.size());
    }
    line.close(']');
  }
  line.number("us_dns", count(record.dns) / kMicro);
  line.number("us_total", count(record.total) / kMicro);
  line.key("budget_left");
  line.open('{');
  line.number("requests", record.requests_left);
  line.number("bytes", record.bytes_left);
  line.close('}');
  line.drain();
  return out;
}

audit::Decision decision_of(cap::Reason reason) noexcept {
  switch (family(reason).outcome) {
    case Outcome::kAllow:
      return audit::Decision::kAllow;
    case Outcome::kError:
      return audit::Decision::kError;
    case Outcome::kDeny:
    case Outcome::kLoad:
      return audit::Decision::kDeny;
  }
  return audit::Decision::kDeny;
}

std::string_view word(cap::FetchDoor door) noexcept {
  constexpr std::string_view kWords[] = {"openagentic_netfetch", "warrant_fetch", "yoi_https",
                                         "wasi_http", "host"};
  return kWords[static_cast<std::size_t>(door)];
}

std::string_view word(cap::ExchangeFacts::Sent sent) noexcept {
  constexpr std::string_view kWords[] = {"none", "partial", "full"};
  return kWords[static_cast<std::size_t>(sent)];
}

std::string_view word(cap::FetchCut cut) noexcept {
  constexpr std::string_view kWords[] = {"none", "response", "total", "buffer"};
  return kWords[static_cast<std::size_t>(cut)];
}

}  // namespace warrant::fetch
