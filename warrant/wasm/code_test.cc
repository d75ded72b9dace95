// SPDX-License-Identifier: Apache-2.0
// The instruction walk: proposals are recognised, operands are skipped exactly.
#include <gtest/gtest.h>

#include <vector>

#include "warrant/wasm/test_binary.h"

namespace warrant::wasm {
namespace {

using Kind = Diagnosis::Kind;

std::vector<Feature> features_of(std::string_view binary) {
  const Read result = deep(binary);
  EXPECT_TRUE(result.info) << result.why.text;
  std::vector<Feature> found;
  for (unsigned n = 0; result.info && n < kFeatureCount; ++n) {
    if (result.info->has(static_cast<Feature>(n))) found.push_back(static_cast<Feature>(n));
  }
  return found;
}

struct Row {
  std::string instructions;
  std::vector<Feature> features;
};

void expect_rows(const std::vector<Row>& rows) {
  for (std::size_t n = 0; n < rows.size(); ++n) {
    EXPECT_EQ(features_of(code(rows[n].instructions)), rows[n].features) << n;
    // A second instruction right behind it: the operands were skipped exactly.
    EXPECT_TRUE(deep(code(rows[n].instructions + "\x01")).info) << n;
  }
}

// Encodings from the binary format of the WebAssembly specification, one or two of each kind.
TEST(Instructions, OfTheFirstVersionNeedNoProposal) {
  expect_rows({{bytes({0x41, 0xff, 0xff, 0xff, 0xff, 0x07}), {}},  // i32.const
               {bytes({0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f}), {}},
               {bytes({0x43, 1, 2, 3, 4}), {}},
               {bytes({0x44, 1, 2, 3, 4, 5, 6, 7, 8}), {}},
               {bytes({0x02, 0x40, 0x03, 0x7f, 0x04, 0x7c, 0x05, 0x0b, 0x0b, 0x0b}), {}},
               {bytes({0x0e, 2, 0, 1, 2}), {}},                       // br_table
               {bytes({0x11, 0, 0x80, 0x80, 0x80, 0x80, 0x00}), {}},  // call_indirect
               {bytes({0x28, 2, 0xff, 0xff, 0xff, 0xff, 0x0f}), {}},  // i32.load
               {bytes({0x3f, 0, 0x40, 0}), {}}});                     // memory
}

TEST(Instructions, NameTheirProposal) {
  using enum Feature;
  expect_rows({{bytes({0xc0}), {kSignExtension}},
               {bytes({0xfc, 0}), {kSaturatingFloatToInt}},
               {bytes({0xfc, 8, 0, 0}), {kBulkMemory}},
               {bytes({0xfc, 11, 0}), {kBulkMemory}},
               {bytes({0xfc, 17, 0}), {kReferenceTypes}},
               {bytes({0xd0, 0x70}), {kReferenceTypes}},
               {bytes({0x1c, 1, 0x7f}), {kReferenceTypes}},
               {bytes({0x12, 0}), {kTailCalls}},
               {bytes({0x13, 0, 0}), {kTailCalls}},
               {bytes({0x02, 0, 0x0b}), {kMultiValue}},
               {bytes({0x28, 0x42, 1, 0}), {kMultiMemory}},
               {bytes({0xfd, 12, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}), {kSimd}},
               {bytes({0xfd, 21, 3}), {kSimd}},
               {bytes({0xfd, 84, 0, 0, 3}), {kSimd}},
               {bytes({0xfd, 0x80, 0x01}), {kSimd}},
               {bytes({0xfd, 0x80, 0x02}), {kRelaxedSimd}},
               {bytes({0xfd, 0x93, 0x02}), {kRelaxedSimd}},
               {bytes({0xfe, 0, 2, 0}), {kThreads}},
               {bytes({0xfe, 3, 0}), {kThreads}},
               {bytes({0xfe, 0x4e, 2, 0}), {kThreads}}});
}

TEST(Instructions, TellTheTwoFormsOfExceptionsApart) {
  using enum Feature;
  expect_rows({{bytes({0x0a}), {kExceptions}},
               {bytes({0x08, 0}), {kExceptions}},
               {bytes({0x1f, 0x40, 4, 0, 0, 0, 1, 0, 0, 2, 0, 3, 0, 0x0b}), {kExceptions}},
               {bytes({0x06, 0x40, 0x07, 0, 0x08, 0, 0x19, 0x0b}), {kLegacyExceptions}},
               {bytes({0x06, 0x40, 0x18, 0}), {kLegacyExceptions}},
               {bytes({0x06, 0x40, 0x19, 0x09, 0, 0x0b}), {kLegacyExceptions}}});
}

TEST(Instructions, OfGarbageCollectionAreWalked) {
  using enum Feature;
  expect_rows({{bytes({0xfb, 0, 0}), {kGc}},
               {bytes({0xfb, 2, 0, 1}), {kGc}},
               {bytes({0xfb, 20, 0x6b}), {kGc}},
               {bytes({0xfb, 24, 3, 0, 0x6e, 0x6d}), {kGc}},
               {bytes({0xfb, 30}), {kGc}},
               {bytes({0x14, 0}), {kGc}},
               {bytes({0xd5, 0}), {kGc}}});
}

TEST(Instructions, OfUnknownProposalsAreUnsupportedByName) {
  const std::pair<std::string, std::string_view> rows[] = {
      {bytes({0xe0, 0}), "stack switching"},
      {bytes({0xfc, 19}), "wide arithmetic"},
      {bytes({0xfd, 0xa0, 0x02}), "half-precision"},
      {bytes({0xfe, 0x4f}), "shared-everything"},
      {bytes({0xff}), "unknown instruction 255"},
      {bytes({0x27}), "unknown instruction 39"},
      {bytes({0xfb, 31}), "unknown instruction 251 31"}};
  for (const auto& [instructions, text] : rows) {
    const Read result = deep(code(instructions));
    EXPECT_EQ(result.why.kind, Kind::kUnsupported) << text;
    EXPECT_NE(result.why.text.find(text), std::string::npos) << result.why.text;
  }
}

TEST(Instructions, BlocksMustCloseExactlyAtTheEnd) {
  EXPECT_EQ(deep(code(bytes({0x02, 0x40}))).why.kind, Kind::kMalformed);
  EXPECT_EQ(deep(code(bytes({0x0b}))).why.kind, Kind::kMalformed);
  EXPECT_EQ(deep(code(bytes({0x0b, 0x01}))).why.kind, Kind::kMalformed);
}

TEST(Instructions, OperandsThatEndEarlyAreRefused) {
  for (const auto& cut : {bytes({0x41}), bytes({0x43, 1, 2}), bytes({0x0e, 5, 0}), bytes({0x28, 2}),
                          bytes({0xfd, 12, 1}), bytes({0xfd}), bytes({0x1f, 0x40, 1})}) {
    // The function's own end byte is taken for part of the operand, or nothing closes the function.
    EXPECT_FALSE(deep(code(cut)).info);
  }
}

TEST(Types, NameTheirProposal) {
  using enum Feature;
  const auto types = [](const std::string& type) { return module({section(1, vec({type}))}); };
  EXPECT_EQ(features_of(types(bytes({0x60, 1, 0x7b, 0}))), std::vector{kSimd});
  EXPECT_EQ(features_of(types(bytes({0x60, 0, 2, 0x7f, 0x7f}))), std::vector{kMultiValue});
  EXPECT_EQ(features_of(types(bytes({0x60, 1, 0x6f, 0}))), std::vector{kReferenceTypes});
  EXPECT_EQ(features_of(types(bytes({0x5f, 1, 0x78, 1}))), std::vector{kGc});
  EXPECT_EQ(features_of(types(bytes({0x5e, 0x7f, 0}))), std::vector{kGc});
  EXPECT_EQ(features_of(types(bytes({0x4e, 2, 0x50, 0, 0x5f, 0, 0x4f, 1, 0, 0x60, 0, 0}))),
            std::vector{kGc});
  EXPECT_EQ(features_of(types(bytes({0x60, 1, 0x63, 0x69, 0}))), std::vector{kExceptions});
}

TEST(Types, UnknownFormsAreRefused) {
  const auto types = [](const std::string& type) {
    return deep(module({section(1, vec({type}))}));
  };
  EXPECT_EQ(types(bytes({0x61, 0, 0})).why.kind, Kind::kMalformed);
  EXPECT_EQ(types(bytes({0x60, 1, 0x01, 0})).why.kind, Kind::kMalformed);
  EXPECT_EQ(types(bytes({0x60, 1, 0x79, 0})).why.kind, Kind::kMalformed);
  EXPECT_EQ(types(bytes({0x5d, 0})).why.kind, Kind::kUnsupported);
}

TEST(ConstantExpressions, ExtendedOnesAreRecognised) {
  const auto global = [](const std::string& expression) {
    return module({section(6, bytes({1, 0x7f, 0}) + expression + "\x0b")});
  };
  EXPECT_EQ(features_of(global(bytes({0x41, 1}))), std::vector<Feature>{});
  EXPECT_EQ(features_of(global(bytes({0x41, 1, 0x41, 1, 0x6a}))),
            std::vector{Feature::kExtendedConst});
}

}  // namespace
}  // namespace warrant::wasm
