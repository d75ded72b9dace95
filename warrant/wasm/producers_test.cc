// SPDX-License-Identifier: Apache-2.0
#include "warrant/wasm/producers.h"

#include <gtest/gtest.h>

#include <cstring>

#include "warrant/codec/leb128.h"

namespace warrant::wasm {
namespace {

std::string text(std::string_view of) {
  std::string to;
  codec::append_leb(to, of.size());
  return to.append(of);
}

std::string section(char id, const std::string& content) { return id + text(content); }

std::vector<Producer> read(const std::string& sections) {
  const std::string module = std::string("\0asm\1\0\0\0", 8) + sections;
  return read_producers(std::as_bytes(std::span(module)));
}

const std::string kRust = text("producers") + '\2' + text("language") + '\1' + text("Rust") +
                          text("") + text("processed-by") + '\2' + text("rustc") + text("1.96.0") +
                          text("clang") + text("22");

TEST(Producers, AreReadInTheirOrder) {
  const auto found =
      read(section('\0', text("name") + "x") + section('\1', "\0") + section('\0', kRust));
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].field + "/" + found[0].name + "/" + found[0].version, "language/Rust/");
  EXPECT_EQ(found[1].name + found[1].version, "rustc1.96.0");
  EXPECT_EQ(found[2].field, "processed-by");
}

TEST(Producers, OfADamagedSectionAreWhatWasWhole) {
  for (std::size_t cut = 0; cut <= kRust.size(); ++cut) {
    const auto found = read(section('\0', kRust.substr(0, cut)));
    EXPECT_EQ(found.size() == 3, cut == kRust.size()) << cut;
  }
  EXPECT_TRUE(read(section('\0', text("producers") + "\xff\xff\xff\xff\x0f")).empty());
  EXPECT_TRUE(read(std::string(1, '\0') + "\x7f").empty());
  EXPECT_TRUE(read("").empty());
  EXPECT_TRUE(read_producers({}).empty());
}

TEST(Producers, HaveABound) {
  std::string many = text("producers") + '\1' + text("language");
  codec::append_leb(many, 1000);
  for (int i = 0; i < 1000; ++i) many += text("C") + text("");
  EXPECT_EQ(read(section('\0', many)).size(), 64U);
}

}  // namespace
}  // namespace warrant::wasm
