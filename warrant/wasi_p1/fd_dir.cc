// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "warrant/base/bytes.h"
#include "warrant/wasi_p1/calls.h"
#include "warrant/wasi_p1/lower.h"

namespace warrant::wasi_p1 {
namespace {

// Writes entries into a placed buffer of the guest until it is full to the brim; the last record
// may be cut anywhere, which tells the guest that there is more.
class DirentWriter final : public cap::EntrySink {
 public:
  DirentWriter(wasm::GuestMemory& memory, std::uint32_t address, std::uint32_t size) noexcept
      : memory_(memory), next_(address), room_(size) {}

  bool accept(const cap::Entry& entry) override {
    if (room_ == 0) return false;
    Dirent header;
    header.next = static_cast<std::uint64_t>(entry.next);
    header.inode = entry.inode;
    header.name_length = static_cast<std::uint32_t>(entry.name.size());
    header.type = filetype_of(entry.type);
    const bool whole = put(std::as_bytes(std::span(&header, 1)));
    return put(bytes_of(entry.name)) && whole;
  }
  std::uint32_t room() const noexcept { return room_; }

 private:
  bool put(std::span<const std::byte> bytes) noexcept {
    const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size(), room_));
    WARRANT_CHECK(memory_.write(next_, bytes.first(size)));
    next_ += size;
    room_ -= size;
    return size == bytes.size();
  }

  wasm::GuestMemory& memory_;
  std::uint64_t next_;
  std::uint32_t room_;
};

}  // namespace

Answer fd_readdir(Call& call) {
  const std::uint32_t address = call.u32(1);
  const std::uint32_t size = call.u32(2);
  const std::uint32_t out = call.u32(4);
  if (!call.place("buf", address, size, 1) || !call.place("bufused", out, 4, 4)) {
    return Answer::end();
  }
  Entry* entry = call.find(call.u32(0));
  if (entry == nullptr) return call.not_open(call.u32(0));
  if (entry->kind != Entry::Kind::kDirectory) return Errno::kNotDir;
  if (const Errno no = call.check(*entry, Rights::kFdReaddir); no != Errno::kSuccess) return no;
  DirentWriter writer(call.memory(), address, size);
  const Status listed = entry->directory->list(cap::DirCookie{call.u64(3)}, writer);
  if (!listed) return call.fail(listed.error(), Call::subject(*entry));
  return call.put(out, size - writer.room());
}

Answer fd_prestat_get(Call& call) {
  const std::uint32_t out = call.u32(1);
  if (!call.place("prestat", out, sizeof(Prestat), 4)) return Answer::end();
  call.context().is_first(Context::Use::kPreopens);
  const Entry* entry = call.find(call.u32(0));
  if (entry == nullptr) return call.not_open(call.u32(0));
  if (entry->preopened == Entry::Preopened::kNo) return Errno::kBadF;
  Prestat prestat;
  prestat.name_length = static_cast<std::uint32_t>(entry->path.size());
  return call.put(out, prestat);
}

Answer fd_prestat_dir_name(Call& call) {
  const std::uint32_t address = call.u32(1);
  const std::uint32_t length = call.u32(2);
  if (!call.place("path", address, length, 1)) return Answer::end();
  const Entry* entry = call.find(call.u32(0));
  if (entry == nullptr) return call.not_open(call.u32(0));
  if (entry->preopened == Entry::Preopened::kNo) return Errno::kBadF;
  if (length < entry->path.size()) return Errno::kNameTooLong;
  WARRANT_CHECK(call.memory().write(address, bytes_of(entry->path)));
  return Errno::kSuccess;
}

}  // namespace warrant::wasi_p1
