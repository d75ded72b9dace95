// SPDX-License-Identifier: Apache-2.0
#include "warrant/wasi_p1/functions.h"

#include <array>

#include "warrant/wasi_p1/calls.h"

namespace warrant::wasi_p1 {
namespace {

using wasm::HostCall;
using wasm::HostFunction;
using wasm::HostResult;
using wasm::Slot;
using wasm::ValType;
using Callback = HostFunction::Callback;
using Implementation = Answer (*)(Call&);

// Whether a function is among those that Surface::kStdout keeps.
enum class Kept : std::uint8_t { kNo, kYes };

Answer left_out(Call& call) {
  return call.deny(Errno::kNoSys, cap::Reason::kSurface,
                   {audit::Kind::kImport, cap::kNoGrant, call.operation(), {}});
}

template <Implementation kRun, Kept kKept, Snapshot kSnapshot>
HostResult enter(const HostFunction& self, HostCall& host, Slot* slots) noexcept {
  Call call(self, host, slots, kSnapshot);
  const bool absent = kKept == Kept::kNo && call.context().surface() == Surface::kStdout;
  const Answer answer = absent ? left_out(call) : kRun(call);
  if (answer.ends()) return HostResult::kEnd;
  slots[0].set_u32(static_cast<std::uint32_t>(answer.code()));
  return HostResult::kReturn;
}

constexpr ValType I = ValType::kI32;  // NOLINT: reads as a signature
constexpr ValType L = ValType::kI64;  // NOLINT: reads as a signature

template <ValType... kTypes>
inline constexpr std::array<ValType, sizeof...(kTypes)> kSignature = {kTypes...};
inline constexpr std::array<ValType, 1> kErrno = {I};

struct Row {
  std::string_view name;
  std::span<const ValType> params;
  Callback preview1;
  Callback unstable;
};

template <Implementation kRun, Kept kKept, ValType... kParams>
constexpr Row row(std::string_view name) {
  return {name, kSignature<kParams...>, &enter<kRun, kKept, Snapshot::kPreview1>,
          &enter<kRun, kKept, Snapshot::kUnstable>};
}

constexpr std::array<Row, 46> kRows = {
    row<args_get, Kept::kYes, I, I>("args_get"),
    row<args_sizes_get, Kept::kYes, I, I>("args_sizes_get"),
    row<clock_res_get, Kept::kNo, I, I>("clock_res_get"),
    row<clock_time_get, Kept::kYes, I, L, I>("clock_time_get"),
    row<environ_get, Kept::kYes, I, I>("environ_get"),
    row<environ_sizes_get, Kept::kYes, I, I>("environ_sizes_get"),
    row<fd_advise, Kept::kNo, I, L, L, I>("fd_advise"),
    row<fd_allocate, Kept::kNo, I, L, L>("fd_allocate"),
    row<fd_close, Kept::kNo, I>("fd_close"),
    row<fd_datasync, Kept::kNo, I>("fd_datasync"),
    row<fd_fdstat_get, Kept::kNo, I, I>("fd_fdstat_get"),
    row<fd_fdstat_set_flags, Kept::kNo, I, I>("fd_fdstat_set_flags"),
    row<fd_fdstat_set_rights, Kept::kNo, I, L, L>("fd_fdstat_set_rights"),
    row<fd_filestat_get, Kept::kNo, I, I>("fd_filestat_get"),
    row<fd_filestat_set_size, Kept::kNo, I, L>("fd_filestat_set_size"),
    row<fd_filestat_set_times, Kept::kNo, I, L, L, I>("fd_filestat_set_times"),
    row<fd_pread, Kept::kNo, I, I, I, L, I>("fd_pread"),
    row<fd_prestat_dir_name, Kept::kNo, I, I, I>("fd_prestat_dir_name"),
    row<fd_prestat_get, Kept::kYes, I, I>("fd_prestat_get"),
    row<fd_pwrite, Kept::kNo, I, I, I, L, I>("fd_pwrite"),
    row<fd_read, Kept::kNo, I, I, I, I>("fd_read"),
    row<fd_readdir, Kept::kNo, I, I, I, L, I>("fd_readdir"),
    row<fd_renumber, Kept::kNo, I, I>("fd_renumber"),
    row<fd_seek, Kept::kNo, I, L, I, I>("fd_seek"),
    row<fd_sync, Kept::kNo, I>("fd_sync"),
    row<fd_tell, Kept::kNo, I, I>("fd_tell"),
    row<fd_write, Kept::kYes, I, I, I, I>("fd_write"),
    row<path_create_directory, Kept::kNo, I, I, I>("path_create_directory"),
    row<path_filestat_get, Kept::kNo, I, I, I, I, I>("path_filestat_get"),
    row<path_filestat_set_times, Kept::kNo, I, I, I, I, L, L, I>("path_filestat_set_times"),
    row<path_link, Kept::kNo, I, I, I, I, I, I, I>("path_link"),
    row<path_open, Kept::kNo, I, I, I, I, I, L, L, I, I>("path_open"),
    row<path_readlink, Kept::kNo, I, I, I, I, I, I>("path_readlink"),
    row<path_remove_directory, Kept::kNo, I, I, I>("path_remove_directory"),
    row<path_rename, Kept::kNo, I, I, I, I, I, I>("path_rename"),
    row<path_symlink, Kept::kNo, I, I, I, I, I>("path_symlink"),
    row<path_unlink_file, Kept::kNo, I, I, I>("path_unlink_file"),
    row<poll_oneoff, Kept::kNo, I, I, I, I>("poll_oneoff"),
    row<proc_exit, Kept::kYes, I>("proc_exit"),
    row<proc_raise, Kept::kNo, I>("proc_raise"),
    row<random_get, Kept::kYes, I, I>("random_get"),
    row<sched_yield, Kept::kNo>("sched_yield"),
    row<sock_accept, Kept::kNo, I, I, I>("sock_accept"),
    row<sock_recv, Kept::kNo, I, I, I, I, I, I>("sock_recv"),
    row<sock_send, Kept::kNo, I, I, I, I, I>("sock_send"),
    row<sock_shutdown, Kept::kNo, I, I>("sock_shutdown"),
};

constexpr std::array<HostFunction, 91> build() {
  std::array<HostFunction, 91> all = {};
  std::size_t next = 0;
  for (const bool unstable : {false, true}) {
    for (const Row& row : kRows) {
      if (unstable && row.name == "sock_accept") continue;
      HostFunction& function = all[next++];
      function.module = unstable ? "wasi_unstable" : "wasi_snapshot_preview1";
      function.name = row.name;
      function.params = row.params;
      if (row.name != "proc_exit") function.results = kErrno;
      function.call = unstable ? row.unstable : row.preview1;
    }
  }
  return all;
}

constexpr std::array<HostFunction, 91> kFunctions = build();

HostResult call_stub(const HostFunction& self, HostCall& host, Slot* slots) noexcept {
  Call call(self, host, slots, Snapshot::kPreview1);
  const bool answers = self.results.size() == 1 && self.results[0] == ValType::kI32;
  call.deny(Errno::kNoSys, cap::Reason::kMissingImport,
            {audit::Kind::kImport, cap::kNoGrant, self.name, self.module});
  if (!answers) {
    host.exit.kind = wasm::ExitRecord::Kind::kAbiFault;
    host.exit.function = self.name;
    host.exit.fault = wasm::TrapCode::kUnreachable;
    return HostResult::kEnd;
  }
  slots[0].set_u32(static_cast<std::uint32_t>(Errno::kNoSys));
  return HostResult::kReturn;
}

}  // namespace

std::span<const HostFunction> functions() noexcept { return kFunctions; }

HostFunction make_stub(std::string_view module, std::string_view name,
                       std::span<const ValType> params, std::span<const ValType> results) noexcept {
  return {module, name, params, results, wasm::StateSlot::kWasi, &call_stub, nullptr};
}

}  // namespace warrant::wasi_p1
