// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/record.h"

#include <gtest/gtest.h>

#include "warrant/base/bytes.h"
#include "warrant/codec/json.h"
#include "warrant/fetch/address_text.h"
#include "warrant/fetch/url.h"

namespace warrant::fetch {
namespace {

codec::Json parsed(const HopRecord& record) {
  const std::string text =
      "{" + print_members(record, KeyedMac(CallKey{}), PathShown::kPattern, nullptr) + "}";
  codec::JsonDiagnosis why;
  auto page = codec::parse_json(text, {}, why);
  EXPECT_TRUE(page.has_value()) << text;
  return page ? *std::move(page) : codec::Json::object();
}

TEST(HopRecord, ListsOfAnyLengthAreJson) {
  Judgement judgement;
  judgement.url = parse_url("https://a.example.com/x?b=1&c=2&e=3", Schemes::kHttps).url;
  HopRecord record;
  record.judgement = &judgement;
  record.secrets = {"one", "two", "three"};
  const codec::Json page = parsed(record);
  ASSERT_NE(page.find("query_keys"), nullptr);
  EXPECT_EQ(page.find("query_keys")->as_array()->size(), 3U);
  EXPECT_EQ(page.find("query_n")->as_integer(), 3);
  EXPECT_EQ(page.find("secrets")->as_array()->size(), 3U);
}

TEST(HopRecord, WhatWasPrintedAheadStandsAsIfPrintedAtTheEnd) {
  Judgement judgement;
  judgement.url = parse_url("https://a.example.com/x?b=1&c=2", Schemes::kHttps).url;
  judgement.method = cap::Method::kGet;
  const JudgedAddress address{*parse_ip("93.184.215.14"), cap::Reason::kAddressPublic};
  const KeyedMac macs(CallKey{});
  HopRecord record;
  record.judgement = &judgement;
  record.addresses = {&address, 1};
  const std::string late = print_members(record, macs, PathShown::kPattern, nullptr);
  const std::string asked = print_asked(record, macs, PathShown::kPattern, nullptr);
  EXPECT_NE(late.find(asked), std::string::npos);
  EXPECT_NE(asked.find("93.184.215.14"), std::string::npos);
  record.asked = asked;
  EXPECT_EQ(print_members(record, macs, PathShown::kPattern, nullptr), late);
}

// RFC 2104 by another hand: the room of hashes has it whole.
TEST(KeyedMac, IsHmacSha256WhateverTheLength) {
  CallKey key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i * 7 + 1);
  const KeyedMac macs(key);
  for (const std::size_t size : {0U, 1U, 31U, 55U, 56U, 63U, 64U, 65U, 1'000U}) {
    const std::string text(size, 'x');
    EXPECT_EQ(macs.of(bytes_of(text)), codec::hmac_sha256(key, bytes_of(text))) << size;
  }
}

}  // namespace
}  // namespace warrant::fetch
