// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/record.h"

#include <gtest/gtest.h>

#include "warrant/base/bytes.h"
#include "warrant/codec/json.h"
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
