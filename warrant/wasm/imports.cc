// SPDX-License-Identifier: Apache-2.0
#include "warrant/wasm/imports.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "warrant/codec/text.h"

namespace warrant::wasm {
namespace {

constexpr std::size_t kShownName = 120;

FuncType type_of(const HostFunction& function) {
  return {{function.params.begin(), function.params.end()},
          {function.results.begin(), function.results.end()}};
}

std::string_view word(ExternKind kind) noexcept {
  switch (kind) {
    case ExternKind::kFunction:
      return "function";
    case ExternKind::kTable:
      return "table";
    case ExternKind::kMemory:
      return "memory";
    case ExternKind::kGlobal:
      return "global";
    case ExternKind::kTag:
      return "tag";
  }
  return "thing";
}

std::string shown(const Import& import) {
  std::string text = codec::escape_text(import.module, kShownName) + "." +
                     codec::escape_text(import.name, kShownName);
  if (import.kind == ExternKind::kFunction) return text + " " + print(import.type);
  return text + " (" + std::string(word(import.kind)) + ")";
}

std::optional<ImportProblem> check_import(const Import& import,
                                          std::span<const HostFunctions> offered) {
  ImportProblem problem{ImportProblem::Kind::kUnknownModule, import.module, import.name, {}, {}};
  const HostFunction* found = nullptr;
  for (const HostFunctions functions : offered) {
    for (const HostFunction& function : functions) {
      if (function.module != import.module) continue;
      problem.kind = ImportProblem::Kind::kUnknownName;
      if (function.name == import.name) found = &function;
    }
  }
  if (found != nullptr && import.kind == ExternKind::kFunction) {
    const FuncType ours = type_of(*found);
    if (ours == import.type) return std::nullopt;
    problem.kind = ImportProblem::Kind::kWrongType;
    problem.text = shown(import) + " has another type here: " + print(ours);
    return problem;
  }
  if (found != nullptr) {
    problem.kind = ImportProblem::Kind::kWrongKind;
    problem.text = shown(import) + " is a function here";
    return problem;
  }
  problem.text = shown(import) + " is not provided";
  problem.advice = advice_for(import.module, import.name);
  return problem;
}

}  // namespace

std::vector<ImportProblem> check_imports(const ModuleInfo& info,
                                         std::span<const HostFunctions> offered) {
  std::vector<ImportProblem> problems;
  for (const Import& import : info.imports) {
    if (auto problem = check_import(import, offered)) problems.push_back(*std::move(problem));
  }
  const auto key = [](const ImportProblem& problem) {
    return std::tie(problem.module, problem.name, problem.kind, problem.text);
  };
  std::sort(problems.begin(), problems.end(),
            [&key](const auto& a, const auto& b) { return key(a) < key(b); });
  problems.erase(std::unique(problems.begin(), problems.end(),
                             [&key](const auto& a, const auto& b) { return key(a) == key(b); }),
                 problems.end());
  return problems;
}

}  // namespace warrant::wasm
