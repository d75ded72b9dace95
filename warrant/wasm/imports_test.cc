// SPDX-License-Identifier: Apache-2.0
#include "warrant/wasm/imports.h"

#include <gtest/gtest.h>

#include <array>

#include "warrant/wasm/shape.h"

namespace warrant::wasm {
namespace {

constexpr std::array kFour{ValType::kI32, ValType::kI32, ValType::kI32, ValType::kI32};
constexpr std::array kOne{ValType::kI32};
const std::array<HostFunction, 2> kOffered{
    HostFunction{"wasi_snapshot_preview1", "fd_write", kFour, kOne},
    HostFunction{"wasi_snapshot_preview1", "sched_yield", {}, kOne}};

Import function(std::string_view module, std::string_view name, FuncType type) {
  Import import;
  import.module = module;
  import.name = name;
  import.type = std::move(type);
  return import;
}
const FuncType kYield{{}, {ValType::kI32}};
const FuncType kWrite{{kFour.begin(), kFour.end()}, {ValType::kI32}};

ModuleInfo with(std::vector<Import> imports) {
  ModuleInfo info;
  info.imports = std::move(imports);
  return info;
}

TEST(CheckImports, WhatIsOfferedIsNoProblem) {
  EXPECT_TRUE(check_imports(with({function("wasi_snapshot_preview1", "fd_write", kWrite),
                                  function("wasi_snapshot_preview1", "sched_yield", kYield)}),
                            kOffered)
                  .empty());
}

TEST(CheckImports, AllProblemsComeSortedAndOnce) {
  const auto problems = check_imports(
      with({function("wasi_snapshot_preview1", "fd_write", kYield), function("env", "z", kYield),
            function("env", "a", kYield), function("env", "z", kYield),
            function("wasi_snapshot_preview1", "no_such", kYield)}),
      kOffered);
  ASSERT_EQ(problems.size(), 4U);
  EXPECT_EQ(problems[0].text, "env.a () -> i32 is not provided");
  EXPECT_EQ(problems[0].kind, ImportProblem::Kind::kUnknownModule);
  EXPECT_EQ(problems[1].name, "z");
  EXPECT_EQ(problems[2].kind, ImportProblem::Kind::kWrongType);
  EXPECT_EQ(problems[2].text,
            "wasi_snapshot_preview1.fd_write () -> i32 has another type here: "
            "(i32, i32, i32, i32) -> i32");
  EXPECT_EQ(problems[3].kind, ImportProblem::Kind::kUnknownName);
}

TEST(CheckImports, OtherThingsThanFunctionsAreNamed) {
  Import memory;
  memory.module = "env";
  memory.name = "memory";
  memory.kind = ExternKind::kMemory;
  Import global;
  global.module = "wasi_snapshot_preview1";
  global.name = "fd_write";
  global.kind = ExternKind::kGlobal;
  const auto problems = check_imports(with({memory, global}), kOffered);
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].text, "env.memory (memory) is not provided");
  EXPECT_EQ(problems[1].kind, ImportProblem::Kind::kWrongKind);
}

TEST(CheckImports, NamesOfTheGuestAreEscaped) {
  const auto problems = check_imports(with({function("a\x1b[31m", "b\nc", kYield)}), kOffered);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].text, "a\\x1b[31m.b\\nc () -> i32 is not provided");
  EXPECT_EQ(problems[0].module, "a\x1b[31m");
}

TEST(ImportAdvice, KnownFamiliesAreToldWhatToDo) {
  const struct {
    std::string_view module, name, part;
  } rows[] = {{"wasi:cli/stdout@0.2.0", "get-stdout", "component"},
              {"gojs", "runtime.wasmExit", "GOOS=wasip1"},
              {"go", "runtime.wasmExit", "GOOS=wasip1"},
              {"wbg", "__wbindgen_throw", "wasm32-wasip1"},
              {"./pkg_bg.js", "alert", "wasm-bindgen"},
              {"env", "emscripten_resize_heap", "Emscripten"},
              {"env", "invoke_vii", "Emscripten"},
              {"env", "abort", "AssemblyScript"},
              {"env", "memory", "memory"},
              {"env", "host_log", "host"},
              {"openagentic_netfetch", "fetch", "[[fetch]]"},
              {"wasi", "thread-spawn", "threads"},
              {"wasi_snapshot_preview1", "sock_open", "[[connect]]"},
              {"wasi_snapshot_preview1", "fd_fancy", "46"},
              {"wasi_unstable", "fd_fancy", "45"},
              {"wasix_32v1", "proc_fork", "WASIX"},
              {"GOT.mem", "x", "statically"}};
  for (const auto& row : rows) {
    EXPECT_NE(advice_for(row.module, row.name).find(row.part), std::string_view::npos)
        << row.module << "." << row.name << ": " << advice_for(row.module, row.name);
  }
  EXPECT_EQ(advice_for("somebody", "something"), "");
}

Export entry(std::string_view name, ExternKind kind) {
  Export made;
  made.name = name;
  made.kind = kind;
  return made;
}
ModuleInfo exporting(std::vector<Export> exports) {
  ModuleInfo info;
  info.exports = std::move(exports);
  return info;
}
bool says(const std::vector<std::string>& problems, std::string_view part) {
  for (const std::string& problem : problems) {
    if (problem.find(part) != std::string::npos) return true;
  }
  return false;
}

TEST(CheckShape, CommandsAndReactorsAreToldApart) {
  EXPECT_EQ(check_shape(exporting({entry("_start", ExternKind::kFunction)})).shape,
            Shape::kCommand);
  const auto reactor = check_shape(exporting({entry("_initialize", ExternKind::kFunction)}));
  EXPECT_EQ(reactor.shape, Shape::kReactor);
  EXPECT_TRUE(reactor.has_initialize);
  const auto plain = check_shape(exporting({}));
  EXPECT_EQ(plain.shape, Shape::kReactor);
  EXPECT_FALSE(plain.has_initialize);
  EXPECT_TRUE(plain.problems.empty());
}

TEST(CheckShape, BothEntriesAreRefused) {
  const auto both = check_shape(exporting(
      {entry("_start", ExternKind::kFunction), entry("_initialize", ExternKind::kFunction)}));
  EXPECT_TRUE(says(both.problems, "both"));
}

TEST(CheckShape, EntriesMustBeFunctionsWithoutParametersAndResults) {
  EXPECT_TRUE(says(check_shape(exporting({entry("_start", ExternKind::kGlobal)})).problems,
                   "not a function"));
  Export wrong = entry("_start", ExternKind::kFunction);
  wrong.type.results = {ValType::kI32};
  EXPECT_TRUE(says(check_shape(exporting({wrong})).problems, "() -> i32"));
}

TEST(CheckShape, MemoryIsNeededWhereAnImportTakesAnAddress) {
  ModuleInfo info = with({function("wasi_snapshot_preview1", "fd_write", kWrite)});
  EXPECT_TRUE(says(check_shape(info).problems, "exports no memory"));
  info.exports = {entry("memory", ExternKind::kGlobal)};
  EXPECT_TRUE(says(check_shape(info).problems, "not a memory"));
  info.exports = {entry("memory", ExternKind::kMemory)};
  EXPECT_TRUE(check_shape(info).problems.empty());
  const FuncType exit{{ValType::kI32}, {}};
  EXPECT_TRUE(
      check_shape(with({function("wasi_snapshot_preview1", "proc_exit", exit)})).problems.empty());
}

TEST(CheckShape, ImportedSharedAndWideMemoriesAreRefused) {
  ModuleInfo info;
  info.memories = {{.minimum_pages = 1, .maximum_pages = 1, .shared = true, .memory64 = false},
                   {.minimum_pages = 1, .maximum_pages = {}, .shared = false, .memory64 = true}};
  Import memory;
  memory.kind = ExternKind::kMemory;
  info.imports = {memory};
  const auto check = check_shape(info);
  EXPECT_TRUE(says(check.problems, "imports its memory"));
  EXPECT_TRUE(says(check.problems, "shared"));
  EXPECT_TRUE(says(check.problems, "64-bit"));
}

TEST(CheckFeatures, WhatNoNativeRunnerHasIsRefusedWithAWayOut) {
  ModuleInfo info;
  info.features = 1U << static_cast<unsigned>(Feature::kLegacyExceptions);
  EXPECT_TRUE(says(check_features(info), "--translate-to-exnref"));
  info.features = 1U << static_cast<unsigned>(Feature::kExceptions) |
                  1U << static_cast<unsigned>(Feature::kSimd);
  EXPECT_TRUE(check_features(info).empty());
  for (const Feature off : {Feature::kThreads, Feature::kMemory64, Feature::kGc}) {
    info.features = 1U << static_cast<unsigned>(off);
    EXPECT_EQ(check_features(info).size(), 1U);
  }
}

}  // namespace
}  // namespace warrant::wasm
