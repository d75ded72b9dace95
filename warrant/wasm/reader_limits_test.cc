// SPDX-License-Identifier: Apache-2.0
// Each limit of compilation: the last number that fits, the first that does not, and its key.
#include <gtest/gtest.h>

#include <functional>

#include "warrant/wasm/test_binary.h"

namespace warrant::wasm {
namespace {

constexpr std::uint32_t kLimit = 3;

struct Row {
  std::string_view key;
  std::function<void(ReadLimits&)> set;            // to kLimit
  std::function<std::string(std::size_t)> binary;  // with that many
};

std::string nested(std::size_t depth) {
  return code(repeat(bytes({0x02, 0x40}), depth) + repeat("\x0b", depth));
}

const Row kRows[] = {
    {"types", [](ReadLimits& l) { l.types = kLimit; },
     [](std::size_t n) { return module({section(1, number(n) + repeat(kVoidType, n))}); }},
    {"types", [](ReadLimits& l) { l.types = kLimit; },
     [](std::size_t n) {
       return module({section(1, bytes({1, 0x4e}) + number(n) + repeat(kVoidType, n))});
     }},
    {"functions", [](ReadLimits& l) { l.functions = kLimit; },
     [](std::size_t n) {
       return module({kOneVoidType, section(3, number(n) + std::string(n, '\0')),
                      section(10, number(n) + repeat(bytes({2, 0, 0x0b}), n))});
     }},
    {"functions", [](ReadLimits& l) { l.functions = kLimit; },
     [](std::size_t n) {
       const std::string import = name("m") + name("f") + bytes({0, 0});
       return module({kOneVoidType, section(2, number(n) + repeat(import, n))});
     }},
    {"function-bytes", [](ReadLimits& l) { l.function_bytes = kLimit + 2; },
     [](std::size_t n) { return code(std::string(n, '\1')); }},
    {"locals", [](ReadLimits& l) { l.locals = kLimit; },
     [](std::size_t n) { return function_with(bytes({1}) + number(n) + "\x7f", ""); }},
    {"locals", [](ReadLimits& l) { l.locals = kLimit; },
     [](std::size_t n) { return function_with(number(n) + repeat(bytes({1, 0x7f}), n), ""); }},
    {"imports", [](ReadLimits& l) { l.imports = kLimit; },
     [](std::size_t n) {
       const std::string import = name("m") + name("g") + bytes({3, 0x7f, 0});
       return module({section(2, number(n) + repeat(import, n))});
     }},
    {"exports", [](ReadLimits& l) { l.exports = kLimit; },
     [](std::size_t n) {
       return module({section(5, bytes({1, 0, 1})),
                      section(7, number(n) + repeat(name("m") + bytes({2, 0}), n))});
     }},
    {"params", [](ReadLimits& l) { l.params = kLimit; },
     [](std::size_t n) {
       return module({section(1, bytes({1, 0x60}) + number(n) + repeat("\x7f", n) + bytes({0}))});
     }},
    {"results", [](ReadLimits& l) { l.results = kLimit; },
     [](std::size_t n) {
       return module({section(1, bytes({1, 0x60, 0}) + number(n) + repeat("\x7f", n))});
     }},
    {"branch-targets", [](ReadLimits& l) { l.branch_targets = kLimit; },
     [](std::size_t n) { return code(bytes({0x0e}) + number(n) + std::string(n + 1, '\0')); }},
    {"blocks", [](ReadLimits& l) { l.blocks = kLimit; }, nested},
    {"globals", [](ReadLimits& l) { l.globals = kLimit; },
     [](std::size_t n) {
       return module({section(6, number(n) + repeat(bytes({0x7f, 0, 0x41, 0, 0x0b}), n))});
     }},
    {"tags", [](ReadLimits& l) { l.tags = kLimit; },
     [](std::size_t n) {
       return module({kOneVoidType, section(13, number(n) + repeat(bytes({0, 0}), n))});
     }},
    {"segments", [](ReadLimits& l) { l.data_segments = kLimit; },
     [](std::size_t n) { return module({section(11, number(n) + repeat(bytes({1, 0}), n))}); }},
    {"segments", [](ReadLimits& l) { l.element_segments = kLimit; },
     [](std::size_t n) { return module({section(9, number(n) + repeat(bytes({1, 0, 0}), n))}); }},
    {"table", [](ReadLimits& l) { l.table_elements = kLimit; },
     [](std::size_t n) { return module({section(4, bytes({1, 0x70, 0}) + number(n))}); }},
    {"table", [](ReadLimits& l) { l.table_elements = kLimit; },
     [](std::size_t n) {
       return module({section(4, number(n) + repeat(bytes({0x70, 0, 1}), n))});
     }},
    {"name-bytes", [](ReadLimits& l) { l.name_bytes = kLimit; },
     [](std::size_t n) { return module({section(0, name(std::string(n, 'x')))}); }},
    {"custom-bytes", [](ReadLimits& l) { l.custom_bytes = kLimit + 4; },  // with header and name
     [](std::size_t n) { return module({section(0, name("x") + std::string(n, '\0'))}); }},
    {"module-bytes", [](ReadLimits& l) { l.module_bytes = kLimit + 12; },  // preamble, header, name
     [](std::size_t n) { return module({section(0, name("x") + std::string(n, '\0'))}); }},
};

TEST(ReadLimits, TheLastFitsAndTheNextIsRefusedByItsKey) {
  for (const Row& row : kRows) {
    ReadLimits limits;
    row.set(limits);
    const Read fits = read(row.binary(kLimit), ReadDepth::kDeep, limits);
    EXPECT_TRUE(fits.info) << row.key << ": " << fits.why.text;
    const Read above = read(row.binary(kLimit + 1), ReadDepth::kDeep, limits);
    ASSERT_FALSE(above.info) << row.key;
    EXPECT_EQ(above.why.kind, Diagnosis::Kind::kLimit) << row.key << ": " << above.why.text;
    EXPECT_EQ(above.why.limit, row.key);
    EXPECT_EQ(above.info.error().code, Errc::kMessageSize);
  }
}

// limits.md section 6.
TEST(ReadLimits, DefaultsAreThoseOfTheTable) {
  const ReadLimits limits;
  EXPECT_EQ(limits.module_bytes, 64U << 20);
  EXPECT_EQ(limits.types, 10'000U);
  EXPECT_EQ(limits.functions, 200'000U);
  EXPECT_EQ(limits.function_bytes, 1U << 20);
  EXPECT_EQ(limits.locals, 10'000U);
  EXPECT_EQ(limits.imports, 1'000U);
  EXPECT_EQ(limits.exports, 10'000U);
  EXPECT_EQ(limits.params, 1'000U);
  EXPECT_EQ(limits.results, 1'000U);
  EXPECT_EQ(limits.branch_targets, 65'536U);
  EXPECT_EQ(limits.blocks, 10'000U);
  EXPECT_EQ(limits.globals, 10'000U);
  EXPECT_EQ(limits.tags, 100U);
  EXPECT_EQ(limits.data_segments, 100'000U);
  EXPECT_EQ(limits.element_segments, 10'000U);
  EXPECT_EQ(limits.table_elements, 100'000U);
  EXPECT_EQ(limits.name_bytes, 4096U);
  EXPECT_EQ(limits.custom_bytes, 16U << 20);
}

TEST(ReadLimits, LocalsAreSummedWithoutOverflow) {
  const std::string group = bytes({0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f});
  const Read result = deep(function_with(bytes({3}) + repeat(group, 3), ""));
  EXPECT_EQ(result.why.limit, "locals");
}

TEST(ReadLimits, TablesAreSummedWithoutOverflow) {
  const std::string huge = bytes({0x70, 4}) + number(~0ULL);
  const Read result = deep(module({section(4, bytes({2}) + huge + huge)}));
  EXPECT_EQ(result.why.limit, "table");
}

// A number that promises more than the file holds costs nothing but the refusal.
TEST(ReadLimits, HugeCountsOverFewBytesAreRefused) {
  const std::string most = bytes({0xff, 0xff, 0xff, 0xff, 0x0f});
  for (const int id : {1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13}) {
    EXPECT_FALSE(deep(module({section(id, most)})).info) << id;
  }
  EXPECT_FALSE(deep(code(bytes({0x0e}) + most)).info);
  EXPECT_FALSE(deep(module({section(9, bytes({1, 1, 0}) + most)})).info);
}

TEST(ReadLimits, NestingAsDeepAsTheFileIsLongNeedsNoStack) {
  ReadLimits limits;
  limits.blocks = 10'000'000;
  limits.function_bytes = 100'000'000;
  EXPECT_TRUE(read(nested(1'000'000), ReadDepth::kDeep, limits).info);
}

}  // namespace
}  // namespace warrant::wasm
