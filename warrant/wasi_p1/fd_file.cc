// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "warrant/wasi_p1/calls.h"
#include "warrant/wasi_p1/lower.h"

namespace warrant::wasi_p1 {
namespace {

using Kind = Entry::Kind;

cap::WriteSync write_sync(const Entry& entry) noexcept {
  if ((entry.flags & kFlagSync) != 0) return cap::WriteSync::kFile;
  if ((entry.flags & kFlagDsync) != 0) return cap::WriteSync::kData;
  return cap::WriteSync::kNone;
}

bool is_streaming(const Entry& entry) noexcept {
  return entry.kind == Kind::kStream || entry.kind == Kind::kSocket;
}

bool has_position(const Entry& entry) noexcept {
  return entry.kind == Kind::kFile || (entry.kind == Kind::kStream && entry.stream->is_seekable());
}

// The position of a file, asked of the file when the last write was an append.
Result<std::uint64_t> position_of(Entry& entry) {
  if (entry.position_state == Entry::Position::kAtEnd) {
    WARRANT_TRY(const cap::FileStat stat, entry.file->stat());
    entry.position = stat.size;
    entry.position_state = Entry::Position::kKnown;
  }
  return entry.position;
}

Result<std::uint64_t> read_file(Entry& entry, std::span<const Buffer> to, std::uint64_t at) {
  if ((entry.flags & kFlagRsync) != 0) WARRANT_CHECKED(entry.file->sync_data());
  return entry.file->read_at(to, cap::FileOffset{at});
}

Result<std::uint64_t> read_entry(Entry& entry, std::span<const Buffer> to) {
  if (is_streaming(entry)) return entry.stream->read(to, entry.blocking());
  WARRANT_TRY(const std::uint64_t at, position_of(entry));
  WARRANT_TRY(const std::uint64_t size, read_file(entry, to, at));
  entry.position = at + size;
  return size;
}

Result<std::uint64_t> write_stream(Entry& entry, std::span<const Buffer> from) {
  const bool seekable = entry.stream->is_seekable();
  if (seekable && (entry.flags & kFlagAppend) != 0) {
    WARRANT_CHECKED(entry.stream->seek(0, cap::Stream::Whence::kEnd));
  }
  WARRANT_TRY(const std::uint64_t size, entry.stream->write(from, entry.blocking()));
  if (seekable && (entry.flags & (kFlagDsync | kFlagSync)) != 0)
    WARRANT_CHECKED(entry.stream->sync());
  return size;
}

Result<std::uint64_t> write_entry(Entry& entry, std::span<const Buffer> from) {
  if (is_streaming(entry)) return write_stream(entry, from);
  if ((entry.flags & kFlagAppend) != 0) {
    WARRANT_TRY(const std::uint64_t size, entry.file->append(from, write_sync(entry)));
    entry.position_state = Entry::Position::kAtEnd;
    return size;
  }
  WARRANT_TRY(const std::uint64_t at, position_of(entry));
  WARRANT_TRY(const std::uint64_t size,
              entry.file->write_at(from, cap::FileOffset{at}, write_sync(entry)));
  entry.position = at + size;
  return size;
}

struct Transfer {
  Entry* entry = nullptr;
  Vectors vectors;
};

// Everything of a read or write up to the rights. `out` is the address for the count.
Answer begin(Call& call, std::string_view out_name, std::uint32_t out, Transfer& transfer) {
  const std::uint32_t iovs = call.u32(1);
  const std::uint32_t length = call.u32(2);
  if (!call.place_vectors("iovs", iovs, length) || !call.place(out_name, out, 4, 4)) {
    return Answer::end();
  }
  if (length > call.vector_limit()) return Errno::kInval;
  if (!call.take_vectors("iovs", iovs, length, transfer.vectors)) return Answer::end();
  transfer.entry = call.find(call.u32(0));
  if (transfer.entry == nullptr) return call.not_open(call.u32(0));
  if (transfer.entry->kind == Kind::kDirectory) return Errno::kIsDir;
  return Errno::kSuccess;
}

bool goes_on(const Answer& answer) noexcept {
  return !answer.ends() && answer.code() == Errno::kSuccess;
}

void count_read(Call& call, Entry& entry, std::uint64_t size) noexcept {
  entry.bytes_read += size;
  call.context().counters().bytes_read += size;
}

void count_written(Call& call, Entry& entry, std::uint64_t size) noexcept {
  entry.bytes_written += size;
  call.context().counters().bytes_written += size;
}

// A positional transfer: what fd_pread and fd_pwrite have in common.
Answer begin_at(Call& call, std::string_view out_name, Rights mode, Transfer& transfer) {
  const Answer begun = begin(call, out_name, call.u32(4), transfer);
  if (!goes_on(begun)) return begun;
  if (is_streaming(*transfer.entry)) return Errno::kSPipe;
  if (const Errno no = call.check(*transfer.entry, mode); no != Errno::kSuccess) return no;
  if (const Errno no = call.check(*transfer.entry, Rights::kFdSeek); no != Errno::kSuccess) {
    return no;
  }
  return call.u64(3) > kMaxOffset ? Errno::kInval : Errno::kSuccess;
}

}  // namespace

Answer fd_read(Call& call) {
  const std::uint32_t out = call.u32(3);
  Transfer transfer;
  if (const Answer begun = begin(call, "nread", out, transfer); !goes_on(begun)) return begun;
  Entry& entry = *transfer.entry;
  if (const Errno no = call.check(entry, Rights::kFdRead); no != Errno::kSuccess) return no;
  if (transfer.vectors.bytes == 0) return call.put(out, std::uint32_t{0});
  const auto size = read_entry(entry, transfer.vectors.buffers);
  if (!size) return call.fail(size.error(), Call::subject(entry));
  count_read(call, entry, *size);
  return call.put(out, static_cast<std::uint32_t>(*size));
}

Answer fd_pread(Call& call) {
  Transfer transfer;
  const Answer begun = begin_at(call, "nread", Rights::kFdRead, transfer);
  if (!goes_on(begun)) return begun;
  const std::uint32_t out = call.u32(4);
  if (transfer.vectors.bytes == 0) return call.put(out, std::uint32_t{0});
  Entry& entry = *transfer.entry;
  const auto size = read_file(entry, transfer.vectors.buffers, call.u64(3));
  if (!size) return call.fail(size.error(), Call::subject(entry));
  count_read(call, entry, *size);
  return call.put(out, static_cast<std::uint32_t>(*size));
}

Answer fd_write(Call& call) {
  const std::uint32_t out = call.u32(3);
  Transfer transfer;
  if (const Answer begun = begin(call, "nwritten", out, transfer); !goes_on(begun)) return begun;
  Entry& entry = *transfer.entry;
  if (const Errno no = call.check(entry, Rights::kFdWrite); no != Errno::kSuccess) return no;
  if (transfer.vectors.bytes == 0) return call.put(out, std::uint32_t{0});
  if (!call.announces(entry)) return Errno::kCanceled;
  const auto size = write_entry(entry, transfer.vectors.buffers);
  if (!size) return call.fail(size.error(), Call::subject(entry));
  count_written(call, entry, *size);
  return call.put(out, static_cast<std::uint32_t>(*size));
}

Answer fd_pwrite(Call& call) {
  Transfer transfer;
  const Answer begun = begin_at(call, "nwritten", Rights::kFdWrite, transfer);
  if (!goes_on(begun)) return begun;
  const std::uint32_t out = call.u32(4);
  if (transfer.vectors.bytes == 0) return call.put(out, std::uint32_t{0});
  Entry& entry = *transfer.entry;
  if (!call.announces(entry)) return Errno::kCanceled;
  const auto size = entry.file->write_at(transfer.vectors.buffers, cap::FileOffset{call.u64(3)},
                                         write_sync(entry));
  if (!size) return call.fail(size.error(), Call::subject(entry));
  count_written(call, entry, *size);
  return call.put(out, static_cast<std::uint32_t>(*size));
}

namespace {

Answer seek_stream(Call& call, Entry& entry, std::int64_t offset, Whence whence,
                   std::uint32_t out) {
  const auto how = whence == Whence::kSet       ? cap::Stream::Whence::kSet
                   : whence == Whence::kCurrent ? cap::Stream::Whence::kCurrent
                                                : cap::Stream::Whence::kEnd;
  const auto position = entry.stream->seek(offset, how);
  if (!position) return call.fail(position.error(), Call::subject(entry));
  return call.put(out, *position);
}

Answer seek_file(Call& call, Entry& entry, std::int64_t offset, Whence whence, std::uint32_t out) {
  std::uint64_t start = 0;
  if (whence == Whence::kCurrent) {
    const auto position = position_of(entry);
    if (!position) return call.fail(position.error(), Call::subject(entry));
    start = *position;
  } else if (whence == Whence::kEnd) {
    const auto stat = entry.file->stat();
    if (!stat) return call.fail(stat.error(), Call::subject(entry));
    start = stat->size;
  }
  std::int64_t target = 0;
  if (start > kMaxOffset ||
      __builtin_add_overflow(static_cast<std::int64_t>(start), offset, &target)) {
    return Errno::kOverflow;
  }
  if (target < 0) return Errno::kInval;
  entry.position = static_cast<std::uint64_t>(target);
  entry.position_state = Entry::Position::kKnown;
  return call.put(out, entry.position);
}

// Either right will do; the records name the second where both are missing.
Errno check_either(Call& call, const Entry& entry, Rights first, Rights second) {
  if (Call::has(entry, first)) return Errno::kSuccess;
  return call.check(entry, second);
}

}  // namespace

Answer fd_seek(Call& call) {
  const auto offset = static_cast<std::int64_t>(call.u64(1));
  const std::uint32_t out = call.u32(3);
  if (!call.place("newoffset", out, 8, 8)) return Answer::end();
  const Whence whence = whence_of(call.snapshot(), call.u32(2));
  if (whence == Whence::kUnknown) return Errno::kInval;
  Entry* entry = call.find(call.u32(0));
  if (entry == nullptr) return call.not_open(call.u32(0));
  if (entry->kind == Kind::kDirectory) return Errno::kIsDir;
  if (!has_position(*entry)) return Errno::kSPipe;
  const bool tells = whence == Whence::kCurrent && offset == 0;
  const Errno no = tells ? check_either(call, *entry, Rights::kFdTell, Rights::kFdSeek)
                         : call.check(*entry, Rights::kFdSeek);
  if (no != Errno::kSuccess) return no;
  return entry->kind == Kind::kFile ? seek_file(call, *entry, offset, whence, out)
                                    : seek_stream(call, *entry, offset, whence, out);
}

Answer fd_tell(Call& call) {
  const std::uint32_t out = call.u32(1);
  if (!call.place("offset", out, 8, 8)) return Answer::end();
  Entry* entry = call.find(call.u32(0));
  if (entry == nullptr) return call.not_open(call.u32(0));
  if (entry->kind == Kind::kDirectory) return Errno::kIsDir;
  if (!has_position(*entry)) return Errno::kSPipe;
  const Errno no = check_either(call, *entry, Rights::kFdSeek, Rights::kFdTell);
  if (no != Errno::kSuccess) return no;
  return entry->kind == Kind::kFile ? seek_file(call, *entry, 0, Whence::kCurrent, out)
                                    : seek_stream(call, *entry, 0, Whence::kCurrent, out);
}

namespace {

enum class Durable : std::uint8_t { kData, kFile };

Answer sync_entry(Call& call, Rights right, Durable what) {
  Entry* entry = call.find(call.u32(0));
  if (entry == nullptr) return call.not_open(call.u32(0));
  if (is_streaming(*entry) && !has_position(*entry)) return Errno::kInval;
  if (const Errno no = call.check(*entry, right); no != Errno::kSuccess) return no;
  Status done;
  if (entry->kind == Kind::kFile) {
    done = what == Durable::kFile ? entry->file->sync() : entry->file->sync_data();
  } else if (entry->kind == Kind::kDirectory) {
    done = what == Durable::kFile ? entry->directory->sync() : entry->directory->sync_data();
  } else {
    done = entry->stream->sync();
  }
  if (!done) return call.fail(done.error(), Call::subject(*entry));
  return Errno::kSuccess;
}

// The file that a call is about, checked for kind; `streaming` is the answer for what has none.
Answer file_for(Call& call, Errno streaming, Entry*& entry) {
  entry = call.find(call.u32(0));
  if (entry == nullptr) return call.not_open(call.u32(0));
  if (entry->kind == Kind::kDirectory) return Errno::kIsDir;
  if (is_streaming(*entry) && !has_position(*entry)) return streaming;
  return Errno::kSuccess;
}

// A size changes only through a descriptor that was opened for writing.
Errno check_resize(Call& call, const Entry& entry, Rights right) {
  if (!covers(entry.grant, right)) return call.check(entry, right);
  if (const Errno no = call.check(entry, Rights::kFdWrite); no != Errno::kSuccess) return no;
  return call.check(entry, right);
}

}  // namespace

Answer fd_sync(Call& call) { return sync_entry(call, Rights::kFdSync, Durable::kFile); }

Answer fd_datasync(Call& call) { return sync_entry(call, Rights::kFdDatasync, Durable::kData); }

Answer fd_advise(Call& call) {
  const std::uint64_t at = call.u64(1);
  const std::uint64_t length = call.u64(2);
  const std::uint32_t advice = call.u32(3);
  if (advice >= kAdvices) return Errno::kInval;
  Entry* entry = nullptr;
  if (const Answer found = file_for(call, Errno::kSPipe, entry); !goes_on(found)) return found;
  if (const Errno no = call.check(*entry, Rights::kFdAdvise); no != Errno::kSuccess) return no;
  if (at > kMaxOffset || length > kMaxOffset) return Errno::kInval;
  const Status done = entry->file->advise(at, length, static_cast<cap::Advice>(advice));
  if (!done) return call.fail(done.error(), Call::subject(*entry));
  return Errno::kSuccess;
}

Answer fd_allocate(Call& call) {
  const std::uint64_t at = call.u64(1);
  const std::uint64_t length = call.u64(2);
  Entry* entry = nullptr;
  if (const Answer found = file_for(call, Errno::kSPipe, entry); !goes_on(found)) return found;
  const Errno no = check_resize(call, *entry, Rights::kFdAllocate);
  if (no != Errno::kSuccess) return no;
  if (length == 0) return Errno::kInval;
  if (at > kMaxOffset || length > kMaxOffset - at) return Errno::kFBig;
  if (!call.intends(Call::subject(*entry))) return Errno::kCanceled;
  const Status done = entry->file->allocate(at, length);
  if (!done) return call.fail(done.error(), Call::subject(*entry));
  call.did(Call::subject(*entry), at + length);
  return Errno::kSuccess;
}

Answer fd_filestat_set_size(Call& call) {
  const std::uint64_t size = call.u64(1);
  Entry* entry = call.find(call.u32(0));
  if (entry == nullptr) return call.not_open(call.u32(0));
  if (entry->kind == Kind::kDirectory) return Errno::kIsDir;
  const Errno no = check_resize(call, *entry, Rights::kFdFilestatSetSize);
  if (no != Errno::kSuccess) return no;
  if (size > kMaxOffset) return Errno::kFBig;
  if (!call.intends(Call::subject(*entry))) return Errno::kCanceled;
  const Status done = entry->file->set_size(size);
  if (!done) return call.fail(done.error(), Call::subject(*entry));
  call.did(Call::subject(*entry), size);
  return Errno::kSuccess;
}

}  // namespace warrant::wasi_p1
