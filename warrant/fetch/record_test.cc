// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/record.h"

#include <gtest/gtest.h>

#include "warrant/codec/json.h"
#include "warrant/fetch/url.h"

namespace warrant::fetch {
namespace {

codec::Json parsed(const HopRecord& record) {
  const std::string text =
      "{" + print_members(record, CallKey{}, PathShown::kPattern, nullptr) + "}";
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

}  // namespace
}  // namespace warrant::fetch
