// SPDX-License-Identifier: Apache-2.0
#include "warrant/wasi_p1/calls.h"
#include "warrant/wasi_p1/lower.h"

namespace warrant::wasi_p1 {
namespace {

using Kind = Entry::Kind;

// `flags` are those of one time: its value bit shifted to 1, its now bit to 2.
cap::SetTime lift_time(std::uint64_t value, std::uint32_t flags) noexcept {
  if ((flags & kTimeAccessedNow) != 0) return {cap::SetTime::Kind::kNow, Nanoseconds{0}};
  if ((flags & kTimeAccessed) != 0) return {cap::SetTime::Kind::kValue, Nanoseconds{value}};
  return {};
}

Result<cap::FileStat> stat_entry(const Entry& entry) {
  if (entry.kind == Kind::kFile) return entry.file->stat();
  if (entry.kind == Kind::kDirectory) return entry.directory->stat_self();
  return entry.stream->stat();
}

// Which flags a descriptor of this kind can hold.
bool accepts_flags(const Entry& entry, std::uint32_t flags) noexcept {
  switch (entry.kind) {
    case Kind::kFile:
      return true;
    case Kind::kDirectory:
      return (flags & ~kFlagNonblock) == 0;
    case Kind::kStream:
      return (flags & kFlagSyncFamily) == 0 || entry.stream->is_seekable();
    case Kind::kSocket:
      return (flags & kFlagSyncFamily) == 0;
    case Kind::kClosed:
      break;
  }
  return false;
}

}  // namespace

bool lift_times(std::uint64_t accessed, std::uint64_t modified, std::uint32_t flags,
                cap::SetTimes& times) noexcept {
  const auto has = [flags](std::uint32_t bit) { return (flags & bit) != 0; };
  if ((flags & ~kTimeFlags) != 0) return false;
  if (has(kTimeAccessed) && has(kTimeAccessedNow)) return false;
  if (has(kTimeModified) && has(kTimeModifiedNow)) return false;
  times.accessed = lift_time(accessed, flags);
  times.modified = lift_time(modified, flags >> 2);
  return true;
}

Answer fd_close(Call& call) {
  const std::uint32_t fd = call.u32(0);
  if (call.find(fd) == nullptr) return call.not_open(fd);
  call.context().close(fd);
  return Errno::kSuccess;
}

Answer fd_renumber(Call& call) {
  const std::uint32_t from = call.u32(0);
  const std::uint32_t to = call.u32(1);
  if (call.find(from) == nullptr) return call.not_open(from);
  if (call.find(to) == nullptr) return call.not_open(to);
  if (from == to) return Errno::kSuccess;
  call.context().record_totals(*call.find(to));
  call.context().table().renumber(from, to);
  return Errno::kSuccess;
}

Answer fd_fdstat_get(Call& call) {
  const std::uint32_t out = call.u32(1);
  if (!call.place("stat", out, sizeof(FdStat), 8)) return Answer::end();
  const Entry* entry = call.find(call.u32(0));
  if (entry == nullptr) return call.not_open(call.u32(0));
  const Rights known = known_rights(call.snapshot());
  FdStat stat;
  stat.filetype = filetype_of(entry->type);
  stat.flags = entry->flags;
  stat.base = bits(intersect(entry->base, known));
  stat.inheriting = bits(intersect(entry->inheriting, known));
  return call.put(out, stat);
}

Answer fd_fdstat_set_flags(Call& call) {
  const std::uint32_t flags = call.u32(1);
  if ((flags & ~kFlagBits) != 0) return Errno::kInval;
  Entry* entry = call.find(call.u32(0));
  if (entry == nullptr) return call.not_open(call.u32(0));
  if (!accepts_flags(*entry, flags)) return Errno::kInval;
  const Errno no = call.check(*entry, Rights::kFdFdstatSetFlags);
  if (no != Errno::kSuccess) return no;
  entry->flags = static_cast<std::uint16_t>(flags);
  return Errno::kSuccess;
}

Answer fd_fdstat_set_rights(Call& call) {
  const Rights base{call.u64(1)};
  const Rights inheriting{call.u64(2)};
  const Rights known = known_rights(call.snapshot());
  if (!covers(known, base) || !covers(known, inheriting)) return Errno::kInval;
  Entry* entry = call.find(call.u32(0));
  if (entry == nullptr) return call.not_open(call.u32(0));
  if (!covers(entry->base, base) || !covers(entry->inheriting, inheriting)) {
    return call.note(Errno::kNotCapable, cap::Reason::kRightMissing, Call::subject(*entry));
  }
  entry->base = base;
  entry->inheriting = inheriting;
  return Errno::kSuccess;
}

Answer fd_filestat_get(Call& call) {
  const std::uint32_t out = call.u32(1);
  if (!call.place("stat", out, filestat_size(call.snapshot()), 8)) return Answer::end();
  const Entry* entry = call.find(call.u32(0));
  if (entry == nullptr) return call.not_open(call.u32(0));
  if (const Errno no = call.check(*entry, Rights::kFdFilestatGet); no != Errno::kSuccess) return no;
  const auto stat = stat_entry(*entry);
  if (!stat) return call.fail(stat.error(), Call::subject(*entry));
  return put_filestat(call, out, *stat);
}

Answer fd_filestat_set_times(Call& call) {
  cap::SetTimes times;
  if (!lift_times(call.u64(1), call.u64(2), call.u32(3), times)) return Errno::kInval;
  Entry* entry = call.find(call.u32(0));
  if (entry == nullptr) return call.not_open(call.u32(0));
  const Errno no = call.check(*entry, Rights::kFdFilestatSetTimes);
  if (no != Errno::kSuccess) return no;
  if (!call.intends(Call::subject(*entry))) return Errno::kCanceled;
  const Status done = entry->kind == Kind::kFile ? entry->file->set_times(times)
                                                 : entry->directory->set_times_self(times);
  if (!done) return call.fail(done.error(), Call::subject(*entry));
  call.did(Call::subject(*entry), 0);
  return Errno::kSuccess;
}

}  // namespace warrant::wasi_p1
