// SPDX-License-Identifier: Apache-2.0
// The steps of OneRun for a runner that is a process of its own: the same checks, roots and
// records.
#include "warrant/host/failure.h"
#include "warrant/lib/one_run.h"
#include "warrant/lib/run_impl.h"
#include "warrant/wasm/reader.h"

namespace warrant {

std::optional<Problem> OneRun::load_elsewhere(const std::string& path) {
  auto bytes = read_file(path);
  if (!bytes) return bytes.problem();
  wasm::Diagnosis diagnosis;
  auto info = wasm::read_module(*bytes, wasm::ReadDepth::kDeep, lib::read_limits(warrant_.limits()),
                                diagnosis);
  if (!info) return lib::problem_of(host::exit_of_diagnosis(diagnosis, warrant_.limits()));
  if (info->kind == wasm::BinaryKind::kComponent) {
    tool_ = std::make_shared<Tool::Impl>();
    tool_->bytes = *std::move(bytes);
    tool_->info = *std::move(info);
    tool_->entry = host::Entry::kCommand;
    return std::nullopt;
  }
  auto problem = take_tool(*std::move(bytes), Walk::kAlways);
  if (!problem) tool_->info.features = info->features;
  return problem;
}

std::optional<Problem> OneRun::begin_elsewhere() {
  host::RunFacts& facts = live_->log().facts();
  facts.module.sha256 = "sha256:" + codec::sha256(tool_->bytes).hex();
  facts.module.size = tool_->bytes.size();
  facts.remarks = live_->remarks();
  return live_->log().begin();
}

void OneRun::pass_on(std::size_t stream, std::span<const std::byte> bytes) {
  cap::Stream* to = live_->stream(stream);
  std::vector<std::byte> rest(bytes.begin(), bytes.end());
  std::span<std::byte> left(rest);
  while (to != nullptr && !left.empty()) {
    const Buffer buffer = Buffer::host(left);
    const auto done = to->write(std::span(&buffer, 1), cap::Blocking::kWait);
    if (!done || *done == 0) return;  // nobody reads it any more
    left = left.subspan(static_cast<std::size_t>(*done));
  }
}

void OneRun::conclude_elsewhere(RunResult& result) {
  live_->log().conclude(result);
  if (log_ != nullptr && result.exit.kind != host::ExitKind::kAuditFailed) (void)log_->close();
}

}  // namespace warrant
