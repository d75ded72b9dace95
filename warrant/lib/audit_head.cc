// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "warrant/base/bytes.h"
#include "warrant/codec/json.h"
#include "warrant/lib/audit_log.h"

namespace warrant {
namespace {

constexpr std::string_view kKind = "warrant.audit.head";

std::string hex(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::byte each : bytes) {
    text += kDigits[std::to_integer<unsigned>(each) >> 4U];
    text += kDigits[std::to_integer<unsigned>(each) & 15U];
  }
  return text;
}

bool unhex(std::string_view text, std::span<std::byte> to) {
  const auto digit = [](char each) -> int {
    if (each >= '0' && each <= '9') return each - '0';
    if (each >= 'a' && each <= 'f') return each - 'a' + 10;
    return -1;
  };
  if (text.size() != to.size() * 2) return false;
  for (std::size_t at = 0; at < to.size(); ++at) {
    const int high = digit(text[2 * at]);
    const int low = digit(text[2 * at + 1]);
    if (high < 0 || low < 0) return false;
    to[at] = static_cast<std::byte>(high * 16 + low);
  }
  return true;
}

// What is signed: the document without its signature, in canonical form.
std::string signed_text(const codec::Json& page) { return codec::print_canonical(page); }

}  // namespace

std::string print_head(const AuditHead& head, const codec::SigningKey& key) {
  codec::Json page = codec::Json::object();
  page.set("version", codec::Json::integer(1));
  page.set("kind", codec::Json::string(kKind));
  page.set("n", codec::Json::integer(static_cast<std::int64_t>(head.n)));
  page.set("head", codec::Json::string(head.head));
  page.set("t", codec::Json::integer(static_cast<std::int64_t>(head.t)));
  page.set("key", codec::Json::string(hex(key.public_key().bytes)));
  const codec::Signature signature = key.sign(bytes_of(signed_text(page)));
  page.set("signature", codec::Json::string(hex(signature.bytes)));
  return codec::print_canonical(page) + "\n";
}

std::optional<AuditHead> parse_head(std::string_view text, std::string& signer) {
  codec::JsonDiagnosis why;
  const auto page = codec::parse_json(text, {}, why);
  if (!page || page->as_object() == nullptr) return std::nullopt;
  const auto string = [&](std::string_view key) -> std::string {
    const codec::Json* found = page->find(key);
    return found != nullptr && found->as_string() != nullptr ? *found->as_string() : std::string();
  };
  const auto number = [&](std::string_view key) -> std::optional<std::int64_t> {
    const codec::Json* found = page->find(key);
    return found == nullptr ? std::nullopt : found->as_integer();
  };
  codec::PublicKey key;
  codec::Signature signature;
  if (number("version") != 1 || string("kind") != kKind || !unhex(string("key"), key.bytes) ||
      !unhex(string("signature"), signature.bytes)) {
    return std::nullopt;
  }
  codec::Json bare = codec::Json::object();
  for (const codec::Json::Member& member : *page->as_object()) {
    if (member.key != "signature") bare.set(member.key, member.value);
  }
  if (!codec::verify(key, bytes_of(signed_text(bare)), signature)) return std::nullopt;
  const auto n = number("n");
  const auto t = number("t");
  if (!n || *n < 0 || !t || *t < 0) return std::nullopt;
  signer = string("key");
  return AuditHead{static_cast<std::uint64_t>(*n), string("head"), static_cast<std::uint64_t>(*t)};
}

}  // namespace warrant
