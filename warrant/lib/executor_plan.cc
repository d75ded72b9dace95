// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/executor_plan.h"

#include "warrant/lib/wire.h"
#include "warrant/policy/print.h"
#include "warrant/policy/read.h"

namespace warrant::lib {
namespace {

using policy::LimitKey;

// What the host itself needs beside its guest: descriptors, and bytes of writable memory.
constexpr std::uint64_t kHostDescriptors = 96;
constexpr std::uint64_t kHostData = 256ULL << 20;
constexpr std::uint64_t kTableElement = 16;

std::uint8_t bit(bool value) noexcept { return value ? 1 : 0; }

void write_limits(WireWriter& to, const policy::Limits& limits) {
  for (const policy::LimitRow& row : policy::limit_rows()) {
    to.u64(limits.get(row.key));
    to.u8(bit(limits.is_written(row.key)));
  }
}

policy::Limits read_limits(WireReader& from) {
  policy::Limits limits;
  for (const policy::LimitRow& row : policy::limit_rows()) {
    const std::uint64_t value = from.u64();
    if (from.u8() != 0) {
      limits.write(row.key, value);
    } else {
      limits.set_default(row.key, value);
    }
  }
  return limits;
}

std::optional<policy::Warrant> read_warrant(WireReader& from) {
  const std::string_view text = from.text();
  const policy::Limits limits = read_limits(from);
  const std::string_view hash = from.text();
  if (!from.good()) return std::nullopt;
  auto tree = policy::read_json(text, "plan");
  if (!tree.value) return std::nullopt;
  auto grant = policy::parse_grant(
      *tree.value, {.source = "plan", .spelling = policy::Spelling::kJson, .document = {}});
  if (!grant.value) return std::nullopt;
  grant.value->limits = limits;
  grant.value->origins = {};  // places in the plan are nobody's to change
  policy::Admitted admitted = policy::admit(*grant.value);
  if (!admitted.warrant || policy::hash(*admitted.warrant).hex() != hash) return std::nullopt;
  return std::move(admitted.warrant);
}

}  // namespace

std::string print_plan(const ExecutorPlan& plan, const policy::Warrant& warrant) {
  WireWriter to;
  to.text(policy::canonical_json(warrant.terms()));
  write_limits(to, warrant.limits());
  to.text(policy::hash(warrant).hex());
  to.u64(plan.argv.size());
  for (const std::string& each : plan.argv) to.text(each);
  to.u64(plan.variables.size());
  for (const auto& [name, value] : plan.variables) {
    to.text(name);
    to.text(value);
  }
  for (const bool each : plan.closed) to.u8(bit(each));
  for (const bool each : plan.escapes) to.u8(bit(each));
  for (const auto& each : plan.told) {
    to.u8(bit(each.has_value()));
    to.u8(static_cast<std::uint8_t>(each.value_or(cap::FileType{})));
  }
  to.u8(static_cast<std::uint8_t>(plan.surface));
  to.u8(bit(plan.traced));
  to.u32(plan.backtrace_frames);
  return std::string(to.view());
}

std::optional<ReadPlan> read_plan(std::string_view text) {
  WireReader from(text);
  auto warrant = read_warrant(from);
  if (!warrant) return std::nullopt;
  ReadPlan read{{}, *std::move(warrant)};
  for (std::uint64_t left = from.u64(); left > 0 && from.good(); --left) {
    read.plan.argv.emplace_back(from.text());
  }
  for (std::uint64_t left = from.u64(); left > 0 && from.good(); --left) {
    std::string name(from.text());
    read.plan.variables.emplace_back(std::move(name), from.text());
  }
  for (bool& each : read.plan.closed) each = from.u8() != 0;
  for (bool& each : read.plan.escapes) each = from.u8() != 0;
  for (auto& each : read.plan.told) {
    const bool is_told = from.u8() != 0;
    const auto type = from.word(cap::FileType::kSymbolicLink);
    if (is_told) each = type;
  }
  read.plan.surface = static_cast<wasi_p1::Surface>(from.u8());
  read.plan.traced = from.u8() != 0;
  read.plan.backtrace_frames = from.u32();
  if (!from.whole()) return std::nullopt;
  return read;
}

std::string print_report(const ExecutorReport& report) {
  WireWriter to;
  to.text(report.failed);
  to.u32(report.landlock_abi);
  to.u8(bit(report.own_spaces));
  to.u8(bit(report.mdwe));
  to.u64(report.limits.core);
  to.u64(report.limits.nofile);
  to.u8(bit(report.limits.fsize.has_value()));
  to.u64(report.limits.fsize.value_or(0));
  return std::string(to.view());
}

std::optional<ExecutorReport> read_report(std::string_view text) {
  WireReader from(text);
  ExecutorReport report;
  report.failed = from.text();
  report.landlock_abi = from.u32();
  report.own_spaces = from.u8() != 0;
  report.mdwe = from.u8() != 0;
  report.limits.core = from.u64();
  report.limits.nofile = from.u64();
  const bool bounded = from.u8() != 0;
  const std::uint64_t size = from.u64();
  if (bounded) report.limits.fsize = size;
  if (!from.whole()) return std::nullopt;
  return report;
}

os::lockdown::ResourceBounds bounds_of(const policy::Limits& limits) {
  os::lockdown::ResourceBounds bounds;
  bounds.open_files = kHostDescriptors + limits.get(LimitKey::kOpenFiles);
  bounds.cpu = limits.duration(LimitKey::kCpu);
  bounds.data =
      kHostData + limits.get(LimitKey::kMemory) + limits.get(LimitKey::kTable) * kTableElement;
  return bounds;
}

}  // namespace warrant::lib
