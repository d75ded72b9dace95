// SPDX-License-Identifier: Apache-2.0
#include "warrant/wasm/reader.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <utility>

#include "warrant/wasm/test_binary.h"

namespace warrant::wasm {
namespace {

using Kind = Diagnosis::Kind;
using namespace std::string_literals;
using namespace std::string_view_literals;

std::string guest(const std::string& name) {
  std::ifstream file(std::string(WARRANT_GUESTS) + "/" + name + ".wasm", std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_FALSE(text.empty()) << name;
  return text;
}

void expect_kind(std::string_view binary, Kind kind) {
  const Read result = deep(binary);
  EXPECT_FALSE(result.info) << "accepted";
  EXPECT_EQ(result.why.kind, kind) << result.why.text;
  EXPECT_FALSE(result.why.text.empty());
  EXPECT_EQ(result.why.text.find('\n'), std::string::npos);
}

TEST(Preamble, TellsWhatAFileIsThatIsNotWebAssembly) {
  expect_kind("", Kind::kEmpty);
  expect_kind(
      "\x7f"
      "ELF\2\1\1",
      Kind::kNotWasm);
  expect_kind("(module)", Kind::kNotWasm);
  expect_kind("#!/bin/sh\n", Kind::kNotWasm);
  expect_kind("x", Kind::kNotWasm);
  EXPECT_NE(deep("(module)").why.text.find("text format"), std::string::npos);
  EXPECT_NE(deep("\x7f"
                 "ELF")
                .why.text.find("native program"),
            std::string::npos);
}

TEST(Preamble, CutShortIsTruncated) {
  const std::string whole = module({});
  for (std::size_t kept = 1; kept < whole.size(); ++kept) {
    expect_kind(std::string_view(whole).substr(0, kept), Kind::kTruncated);
  }
  EXPECT_TRUE(deep(whole).info);
}

TEST(Preamble, OtherVersionsAreNamed) {
  expect_kind("\0asm\2\0\0\0"sv, Kind::kVersion);
  expect_kind("\0asm\x0a\0\1\0"sv, Kind::kVersion);
  EXPECT_NE(deep("\0asm\2\0\0\0"sv).why.text.find("2 0 0 0"), std::string::npos);
}

TEST(Component, TellsTheNamesOfWhatItImportsAndExports) {
  const std::string start("\0asm\x0d\0\1\0", 8);
  const std::string imports = "\2"s + "\0"s + name("wasi:cli/stdout@0.2.0") + "\5\0"s + "\0"s +
                              name("wasi:io/streams@0.2.0") + "\5\1"s;
  const std::string exports = "\1"s + "\0"s + name("wasi:cli/run@0.2.0") + "\5\0\0"s;
  const Read result = deep(start + section(10, imports) + section(11, exports));
  ASSERT_TRUE(result.info) << result.why.text;
  EXPECT_EQ(result.info->component_imports,
            (std::vector<std::string>{"wasi:cli/stdout@0.2.0", "wasi:io/streams@0.2.0"}));
  EXPECT_EQ(result.info->component_exports, std::vector<std::string>{"wasi:cli/run@0.2.0"});
  EXPECT_TRUE(result.info->imports.empty());
  expect_kind(start + section(10, "\1\7"s), Kind::kMalformed);
  expect_kind(start + section(10, "\1\0"s + name("x") + "\x9"s), Kind::kMalformed);
  expect_kind(start + section(10, imports + "?"), Kind::kMalformed);
}

TEST(Component, IsRecognisedAndItsTypesAreNotRead) {
  const std::string component =
      std::string("\0asm\x0d\0\1\0", 8) + section(0, name("producers") + "abc") + section(7, "??");
  const Read result = deep(component);
  ASSERT_TRUE(result.info) << result.why.text;
  EXPECT_EQ(result.info->kind, BinaryKind::kComponent);
  ASSERT_EQ(result.info->custom_sections.size(), 1U);
  EXPECT_EQ(result.info->custom_sections[0].name, "producers");
  EXPECT_TRUE(result.info->imports.empty());
  expect_kind(std::string_view(component).substr(0, component.size() - 1), Kind::kTruncated);
}

TEST(Outline, TellsImportsAndExportsWithTheirTypes) {
  const Read result = outline(guest("reader_everything"));
  ASSERT_TRUE(result.info) << result.why.text;
  const ModuleInfo& info = *result.info;
  ASSERT_EQ(info.imports.size(), 5U);
  EXPECT_EQ(info.imports[0].module, "wasi_snapshot_preview1");
  EXPECT_EQ(info.imports[0].name, "fd_write");
  EXPECT_EQ(print(info.imports[0].type), "(i32, i32, i32, i32) -> i32");
  EXPECT_EQ(info.imports[1].kind, ExternKind::kTable);
  EXPECT_EQ(info.imports[2].kind, ExternKind::kMemory);
  EXPECT_EQ(info.imports[2].memory.minimum_pages, 2U);
  EXPECT_EQ(info.imports[2].memory.maximum_pages, 3U);
  EXPECT_EQ(info.imports[3].kind, ExternKind::kGlobal);
  EXPECT_EQ(info.imports[4].kind, ExternKind::kTag);
  EXPECT_EQ(print(info.imports[4].type), "(i64)");
  ASSERT_EQ(info.exports.size(), 5U);
  EXPECT_EQ(info.exports[0].name, "run");
  EXPECT_EQ(info.exports[0].index, 1U);
  EXPECT_EQ(print(info.exports[0].type), "(i32, f64) -> (i64, f32)");
  EXPECT_EQ(info.exports[1].memory.minimum_pages, 1U);
  EXPECT_FALSE(info.exports[1].memory.maximum_pages.has_value());
}

TEST(Outline, CountsWhatAnInstanceWillNeed) {
  const Read result = outline(guest("reader_everything"));
  ASSERT_TRUE(result.info) << result.why.text;
  EXPECT_EQ(result.info->functions, 3U);
  EXPECT_EQ(result.info->memories.size(), 2U);
  EXPECT_EQ(result.info->tables, 2U);
  EXPECT_EQ(result.info->table_elements, 10U + 7U);
  EXPECT_EQ(result.info->start, 2U);
}

TEST(Outline, DoesNotLookIntoBodiesAndDeepDoes) {
  const std::string binary = code("\xff");
  EXPECT_TRUE(outline(binary).info);
  EXPECT_FALSE(deep(binary).info);
}

// Every proper prefix is refused as such, or is a whole module that ends at a section boundary.
TEST(Truncation, NoPrefixOfAModuleIsTakenForTheWhole) {
  for (const char* which : {"reader_everything", "reader_proposals"}) {
    const std::string whole = guest(which);
    const Read complete = deep(whole);
    ASSERT_TRUE(complete.info) << complete.why.text;
    for (std::size_t kept = 0; kept < whole.size(); ++kept) {
      const Read cut = deep(std::string_view(whole).substr(0, kept));
      if (cut.info) {
        EXPECT_LT(cut.info->exports.size() + cut.info->custom_sections.size(),
                  complete.info->exports.size() + complete.info->custom_sections.size())
            << which << " " << kept;
      } else if (kept != 0) {
        EXPECT_EQ(cut.why.kind, Kind::kTruncated) << which << " " << kept << " " << cut.why.text;
      }
    }
  }
}

TEST(Truncation, MessageSaysWhichSectionAndHowMuchIsThere) {
  const std::string whole = code(bytes({0x01, 0x01, 0x01}));
  const Read cut = deep(std::string_view(whole).substr(0, whole.size() - 2));
  EXPECT_EQ(cut.why.text, "section 10 (code) ends after 5 of 7 bytes");
}

TEST(Truncation, EveryFlippedByteIsReadOrRefused) {
  const std::string whole = guest("reader_proposals");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int flip : {0x01, 0x40, 0x80, 0xff}) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ flip);
      const Read result = deep(changed);
      EXPECT_EQ(result.info.has_value(), result.why.kind == Kind::kNone);
    }
  }
}

TEST(Sections, OutOfOrderOrTwiceIsMalformed) {
  const std::string types = kOneVoidType;
  expect_kind(module({types, types}), Kind::kMalformed);
  expect_kind(module({section(5, bytes({0})), types}), Kind::kMalformed);
  expect_kind(module({section(14, "")}), Kind::kMalformed);
  // The order of the tag section (13) and the data count (12) is not that of their numbers.
  EXPECT_TRUE(
      deep(module({section(5, bytes({0})), section(13, bytes({0})), section(6, bytes({0}))})).info);
  expect_kind(module({section(6, bytes({0})), section(13, bytes({0}))}), Kind::kMalformed);
}

TEST(Sections, BytesTooManyOrTooFewAreMalformed) {
  expect_kind(module({section(1, bytes({0, 0}))}), Kind::kMalformed);
  expect_kind(module({section(1, bytes({1, 0x60, 0})), section(5, bytes({0}))}), Kind::kMalformed);
  expect_kind(module({section(0, bytes({9, 'x'})), section(5, bytes({0}))}), Kind::kMalformed);
}

TEST(Sections, CountsThatDisagreeAreMalformed) {
  const std::string two_functions = section(3, bytes({2, 0, 0}));
  expect_kind(module({kOneVoidType, two_functions, section(10, bytes({1, 2, 0, 0x0b}))}),
              Kind::kMalformed);
  expect_kind(module({kOneVoidType, two_functions}), Kind::kTruncated);
  expect_kind(module({section(5, bytes({1, 0, 1})), section(12, bytes({2})),
                      section(11, bytes({1, 1, 0}))}),
              Kind::kMalformed);
}

TEST(Sections, IndexesBeyondTheEndAreMalformed) {
  expect_kind(module({kOneVoidType, section(3, bytes({1, 1}))}), Kind::kMalformed);
  expect_kind(module({section(7, vec({name("f") + bytes({0, 0})}))}), Kind::kMalformed);
  expect_kind(module({section(7, vec({name("m") + bytes({2, 0})}))}), Kind::kMalformed);
  expect_kind(module({section(8, bytes({0}))}), Kind::kMalformed);
}

TEST(Names, MustBeUtf8) {
  expect_kind(module({section(7, vec({name("\xff") + bytes({0, 0})}))}), Kind::kMalformed);
  expect_kind(module({section(0, name("\xed\xa0\x80"))}), Kind::kMalformed);
}

TEST(Memories, SharedAndWideOnesAreReportedForTheCaller) {
  const Read shared = deep(module({section(5, bytes({1, 3, 1, 2}))}));
  ASSERT_TRUE(shared.info);
  EXPECT_TRUE(shared.info->memories[0].shared);
  EXPECT_TRUE(shared.info->has(Feature::kThreads));
  const Read wide = deep(module({section(5, bytes({1, 4, 1}))}));
  ASSERT_TRUE(wide.info);
  EXPECT_TRUE(wide.info->memories[0].memory64);
  EXPECT_TRUE(wide.info->has(Feature::kMemory64));
  expect_kind(module({section(5, bytes({1, 8, 1, 0}))}), Kind::kUnsupported);
  expect_kind(module({section(5, bytes({1, 0}) + number(65537))}), Kind::kMalformed);
  EXPECT_TRUE(deep(module({section(5, bytes({1, 0}) + number(65536))})).info);
}

TEST(Imports, TheCompactFormIsUnsupportedByName) {
  const Read result = deep(module({section(2, vec({name("a") + name("") + bytes({0x7f})}))}));
  EXPECT_EQ(result.why.kind, Kind::kUnsupported);
  EXPECT_NE(result.why.text.find("compact"), std::string::npos);
}

}  // namespace
}  // namespace warrant::wasm
