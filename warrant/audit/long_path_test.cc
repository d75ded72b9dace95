// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/long_path.h"

#include <gtest/gtest.h>

#include <string>

#include "warrant/audit/known_secrets.h"
#include "warrant/audit/line.h"
#include "warrant/audit/spelling.h"
#include "warrant/base/bytes.h"
#include "warrant/base/utf8.h"

namespace warrant::audit {
namespace {

constexpr std::string_view kKey = "00112233445566778899aabbccddeeff";

struct Cut {
  std::string head, mark, tail;
};

Cut cut(std::string_view path, std::size_t most, std::size_t step) {
  LongPath told(most, kKey);
  for (std::size_t at = 0; at < path.size(); at += step) told.push(path.substr(at, step));
  const auto [head, mark, tail] = told.finish();
  return {std::string(head), std::string(mark), std::string(tail)};
}

std::string mark_of(std::string_view path) {
  codec::Sha256 hash;
  hash.update(bytes_of(kKey));
  hash.update(bytes_of(std::string_view("", 1)));
  hash.update(bytes_of(path));
  return "…[" + hash.finish().hex().substr(0, 16) + "]";
}

TEST(LongPath, SpellsWhatFitsAsSpellingDoes) {
  constexpr std::string_view kLetters = "./a";
  for (std::size_t number = 0; number < 6'561; ++number) {
    std::string path;
    for (std::size_t rest = number; rest != 0; rest /= 4) {
      if (rest % 4 != 3) path += kLetters[rest % 4];
    }
    std::string wanted(path.size(), '\0');
    wanted.resize(respell(path, wanted));
    for (const std::size_t step : {1U, 2U, 100U}) {
      const Cut told = cut(path, 256, step);
      EXPECT_EQ(told.head, wanted) << path;
      EXPECT_TRUE(told.mark.empty() && told.tail.empty()) << path;
    }
  }
}

TEST(LongPath, CutsBehind256BytesAndKeepsBeginningAndEnd) {
  for (const std::size_t size : {256U, 257U, 258U, 300U, 600U, 5'000U}) {
    std::string path;
    while (path.size() < size) path += static_cast<char>('a' + path.size() % 23);
    for (const std::size_t step : {1U, 7U, 10'000U}) {
      const Cut told = cut(path, 256, step);
      if (size == 256) {
        EXPECT_EQ(told.head, path);
        continue;
      }
      EXPECT_EQ(told.head, path.substr(0, 48));
      EXPECT_EQ(told.mark, mark_of(path));
      EXPECT_EQ(told.tail, path.substr(size - 187));
      EXPECT_EQ(told.head.size() + told.mark.size() + told.tail.size(), 256U);
    }
  }
}

TEST(LongPath, CutsNoCharacter) {
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::string path(shift, 'x');
    while (path.size() < 1'000) path += "\xf0\x9f\x98\x80";
    const Cut told = cut(path, 256, 100);
    EXPECT_TRUE(is_utf8(told.head)) << shift;
    EXPECT_TRUE(is_utf8(told.tail)) << shift;
    EXPECT_GE(told.tail.size(), 184U);
  }
  // Bytes that are no characters are not eaten up.
  const Cut told = cut(std::string(1'000, '\x80'), 256, 100);
  EXPECT_EQ(told.tail.size(), 184U);
}

TEST(LongPath, TellsPathsApartThatDifferInTheMiddle) {
  std::string path(1'000, 'm');
  const Cut one = cut(path, 256, 100);
  path[500] = 'n';
  const Cut other = cut(path, 256, 100);
  EXPECT_EQ(one.head, other.head);
  EXPECT_EQ(one.tail, other.tail);
  EXPECT_NE(one.mark, other.mark);
}

TEST(LongPath, ShortensInPlaceAndOnlyOnce) {
  std::string path(5'000, 'p');
  path += "/leaf";
  const std::string_view short_path = shorten_path(path, path, kKey);
  EXPECT_EQ(short_path.size(), kMostPathBytes);
  EXPECT_TRUE(short_path.ends_with("/leaf"));
  std::array<char, kMostPathBytes> room;
  EXPECT_EQ(shorten_path(short_path, room, kKey), short_path);
}

// Who knows neither the key nor the log can make no two paths alike.
TEST(LongPath, MarksByItsKey) {
  const std::string path(1'000, 'm');
  LongPath other(256, "ffeeddccbbaa99887766554433221100");
  other.push(path);
  const auto told = other.finish();
  EXPECT_NE(told.mark, mark_of(path));
  EXPECT_EQ(told.head, std::string(48, 'm'));
}

TEST(LongPath, NobodySpellsAMarkInAPath) {
  std::array<char, 2'000> room;
  const std::string mark = mark_of("anything");
  const std::string far = "…" + std::string(900, 'x');
  for (const std::string& path : {"/w/" + mark + "leaf", std::string("/w/…"), far}) {
    Line line(room, nullptr, nullptr);
    line.mark_with(kKey);
    line.path_value(path);
    const std::string_view told = line.held();
    const std::size_t at = told.find("…");
    EXPECT_EQ(at, path.size() <= 256 ? std::string_view::npos : told.rfind("…")) << told;
    EXPECT_NE(told.find("\\\\u{2026}"), std::string_view::npos) << told;
  }
}

TEST(LongPath, ReplacesASecretAsItIsSpeltAndWhereverTheCutFalls) {
  KnownSecrets secrets;
  ASSERT_TRUE(secrets.add("token", "se//cr./et"));
  secrets.seal();
  std::array<char, 2'000> room;
  for (std::size_t before = 0; before < 700; ++before) {
    const std::string path =
        "/w/" + std::string(before, 'b') + "se//cr./et" + std::string(700 - before, 'a') + "/leaf";
    Line line(room, nullptr, nullptr);
    line.guard_with(&secrets);
    line.path_value(path);
    const std::string_view told = line.held();
    EXPECT_TRUE(told.starts_with("\"/w/") && told.ends_with("/leaf\"")) << told;
    for (const char* piece : {"se/", "se…", "/cr", "cr.", "./e", "/et", "]et"}) {
      EXPECT_EQ(told.find(piece), std::string_view::npos) << told;
    }
  }
}

// A secret may lie across the cut that is made where nobody knows secrets.
TEST(LongPath, LeavesNothingOfASecretThatWasCutBefore) {
  for (const std::size_t size : {40U, 500U, 1'800U}) {
    std::string secret;
    for (std::size_t at = 0; at < size; ++at) secret += static_cast<char>('A' + at * at % 23);
    KnownSecrets secrets;
    ASSERT_TRUE(secrets.add("token", secret));
    secrets.seal();
    std::array<char, kMostPathBytes> cut;
    for (std::size_t before = 0; before < 2'400; before += 7) {
      std::string path = "/" + std::string(before, 'b') + "/" + secret + "/";
      path += std::string(2'600 - before, 'a') + "/leaf";
      LongPath told(kMostPathBytes, kKey);
      push_scrubbed(told, shorten_path(path, cut, kKey), &secrets);
      const auto [head, mark, tail] = told.finish();
      const std::string shown = std::string(head).append(mark).append(tail);
      for (std::size_t at = 0; at + 4 <= size; ++at) {
        ASSERT_EQ(shown.find(secret.substr(at, 4)), std::string::npos) << before << " " << shown;
      }
      EXPECT_TRUE(shown.ends_with("/leaf"));
    }
  }
}

}  // namespace
}  // namespace warrant::audit
