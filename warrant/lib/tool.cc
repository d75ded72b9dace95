// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/tool.h"

#include <algorithm>

#include "warrant/codec/text.h"
#include "warrant/host/failure.h"
#include "warrant/host/module_check.h"
#include "warrant/host/proposal.h"
#include "warrant/lib/tool_impl.h"
#include "warrant/wasi_p1/functions.h"
#include "warrant/wasm/imports.h"
#include "warrant/wasm/shape.h"

namespace warrant {

std::span<const wasm::Import> Tool::imports() const noexcept { return impl_->info.imports; }
std::span<const wasm::Export> Tool::exports() const noexcept { return impl_->info.exports; }
const wasm::ModuleInfo& Tool::info() const noexcept { return impl_->info; }

policy::Grant Tool::smallest_grant() const {
  policy::Grant grant = host::propose_grant(impl_->bytes, impl_->info).grant;
  for (const policy::LimitRow& row : policy::limit_rows()) {
    const std::uint64_t loaded_with = impl_->limits.get(row.key);
    if (impl_->limits.is_written(row.key) && loaded_with > grant.limits.get(row.key)) {
      grant.limits.write(row.key, loaded_with);
    }
  }
  return grant;
}

bool Tool::is_command() const noexcept { return impl_->entry == host::Entry::kCommand; }

namespace lib {
namespace {

using policy::LimitKey;

Problem problem_of(host::ModuleFault fault) {
  return {Problem::Kind::kRefused, std::move(fault.what), std::move(fault.hint),
          std::move(fault.more)};
}

bool is_optional(const wasm::ImportProblem& problem, std::span<const std::string> optional) {
  if (problem.kind != wasm::ImportProblem::Kind::kUnknownModule &&
      problem.kind != wasm::ImportProblem::Kind::kUnknownName) {
    return false;
  }
  return std::any_of(optional.begin(), optional.end(), [&](const std::string& each) {
    return each == problem.module + "." + problem.name || each == problem.module + ".*";
  });
}

void add_stub(Tool::Impl& tool, const wasm::ImportProblem& problem) {
  for (const wasm::Import& import : tool.info.imports) {
    if (import.kind != wasm::ExternKind::kFunction || import.module != problem.module ||
        import.name != problem.name) {
      continue;
    }
    tool.stubs.push_back(
        wasi_p1::make_stub(import.module, import.name, import.type.params, import.type.results));
    return;
  }
}

Outcome<std::shared_ptr<Tool::Impl>> check_tool(
    std::shared_ptr<Tool::Impl> tool,
    std::span<const std::span<const wasm::HostFunction>> functions,
    std::span<const std::string> optional) {
  std::vector<wasm::ImportProblem> problems = wasm::check_imports(tool->info, functions);
  std::erase_if(problems, [&](const wasm::ImportProblem& each) {
    if (!is_optional(each, optional)) return false;
    add_stub(*tool, each);
    return true;
  });
  if (!problems.empty()) return problem_of(host::fault_of_imports(problems));
  wasm::ShapeCheck shape = wasm::check_shape(tool->info);
  if (!shape.problems.empty()) {
    Problem problem{Problem::Kind::kRefused,
                    std::move(shape.problems.front()),
                    "`warrant inspect FILE` shows what it exports",
                    {}};
    shape.problems.erase(shape.problems.begin());
    problem.more = std::move(shape.problems);
    return problem;
  }
  tool->entry = shape.shape == wasm::Shape::kCommand ? host::Entry::kCommand
                : shape.has_initialize               ? host::Entry::kInitialize
                                                     : host::Entry::kReactor;
  return tool;
}

}  // namespace

std::optional<Problem> check_start_sizes(const wasm::ModuleInfo& info,
                                         const policy::Limits& limits) {
  auto fault = host::fault_of_start_sizes(info, limits);
  if (!fault) return std::nullopt;
  return problem_of(*std::move(fault));
}

bool asks_for_walk(const policy::Limits& limits) noexcept {
  return limits.is_written(LimitKey::kFunctionBytes) || limits.is_written(LimitKey::kLocals) ||
         limits.is_written(LimitKey::kBlocks);
}

Problem problem_of(const host::Exit& exit) {
  return {exit.kind == host::ExitKind::kBug ? Problem::Kind::kBug : Problem::Kind::kRefused,
          exit.message,
          exit.hint,
          {}};
}

Outcome<std::shared_ptr<Tool::Impl>> read_tool(
    std::vector<std::byte> bytes, const policy::Limits& limits,
    std::span<const std::span<const wasm::HostFunction>> functions,
    std::span<const std::string> optional, Imports imports) {
  auto tool = std::make_shared<Tool::Impl>();
  tool->bytes = std::move(bytes);
  tool->limits = limits;
  wasm::Diagnosis diagnosis;
  auto info =
      wasm::read_module(tool->bytes, wasm::ReadDepth::kOutline, read_limits(limits), diagnosis);
  if (!info) return problem_of(host::exit_of_diagnosis(diagnosis, limits));
  tool->info = *std::move(info);
  if (tool->info.kind == wasm::BinaryKind::kComponent) {
    return Problem{Problem::Kind::kRefused,
                   "is a component; this build runs core modules with WASI preview1",
                   "build it for wasm32-wasip1, or take the core module out of it",
                   {}};
  }
  if (imports == Imports::kIgnored) return tool;
  return check_tool(std::move(tool), functions, optional);
}

Status check_before_compile(std::span<const std::byte> module, const policy::Limits& limits,
                            wasm::Failure& failure) {
  wasm::Diagnosis diagnosis;
  const auto info =
      wasm::read_module(module, wasm::ReadDepth::kDeep, read_limits(limits), diagnosis);
  if (!info) {
    const bool limit = diagnosis.kind == wasm::Diagnosis::Kind::kLimit;
    failure.kind = limit ? wasm::Failure::Kind::kCompileLimit : wasm::Failure::Kind::kInvalidModule;
    failure.text = limit ? std::string(diagnosis.limit) + ": " + diagnosis.text : diagnosis.text;
    return info.error();
  }
  if (info->has(wasm::Feature::kLegacyExceptions)) {
    failure = {wasm::Failure::Kind::kLegacyExceptions, {}};
    return Error{Errc::kNotSupported, 0, "compile"};
  }
  if (const auto problems = wasm::check_features(*info); !problems.empty()) {
    failure = {wasm::Failure::Kind::kUnsupportedFeature, problems.front()};
    return Error{Errc::kNotSupported, 0, "compile"};
  }
  return {};
}

}  // namespace lib
}  // namespace warrant
