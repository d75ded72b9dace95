// SPDX-License-Identifier: Apache-2.0
#include "warrant/wasi_p1/fd_table.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "warrant/base/check.h"

namespace warrant::wasi_p1 {
namespace {

constexpr std::uint32_t kFirstReserve = 16;
constexpr std::size_t kPathReserve = 256;

// Blank again, but the memory of the path stays with the slot.
void clear(Entry& entry) noexcept {
  const std::unique_ptr<cap::File> file = std::move(entry.file);
  const std::unique_ptr<cap::Directory> directory = std::move(entry.directory);
  const std::unique_ptr<cap::Socket> socket = std::move(entry.socket);
  std::string path = std::move(entry.path);
  path.clear();
  std::destroy_at(&entry);
  std::construct_at(&entry)->path = std::move(path);
}

}  // namespace

FdTable::FdTable(std::uint32_t limit) : limit_(limit) {
  entries_.reserve(kFirstReserve);
  used_.resize(1);
}

Entry& FdTable::append_slot() {
  entries_.emplace_back();
  floor_ = size();
  used_.resize(floor_ / 64 + 1);
  return entries_.back();
}

void FdTable::mark_open(std::uint32_t fd) noexcept {
  set_used(fd, 1);
  ++open_;
}

void FdTable::set_used(std::uint32_t fd, std::uint64_t used) noexcept {
  const std::uint64_t bit = 1ULL << (fd % 64);
  std::uint64_t& word = used_[fd / 64];
  word = used != 0 ? word | bit : word & ~bit;
}

std::uint32_t FdTable::lowest_free() const noexcept {
  std::size_t index = floor_ / 64;
  std::uint64_t below_floor = (1ULL << (floor_ % 64)) - 1;
  for (; index < used_.size(); ++index, below_floor = 0) {
    const std::uint64_t taken = used_[index] | below_floor;
    if (~taken != 0) {
      return static_cast<std::uint32_t>(index * 64) +
             static_cast<std::uint32_t>(std::countr_one(taken));
    }
  }
  return static_cast<std::uint32_t>(used_.size() * 64);
}

std::uint32_t FdTable::insert(Entry::Kind kind) {
  WARRANT_CHECK(!is_full() && kind != Entry::Kind::kClosed);
  const std::uint32_t fd = lowest_free();
  if (fd >= entries_.size()) {
    entries_.emplace_back().path.reserve(kPathReserve);
    used_.resize(std::max<std::size_t>(used_.size(), fd / 64 + 1));
  }
  WARRANT_CHECK(fd < entries_.size());
  entries_[fd].kind = kind;
  mark_open(fd);
  return fd;
}

void FdTable::close(std::uint32_t fd) noexcept {
  clear(entries_[fd]);
  set_used(fd, 0);
  --open_;
}

void FdTable::renumber(std::uint32_t from, std::uint32_t to) noexcept {
  std::swap(entries_[from], entries_[to]);
  close(from);
}

}  // namespace warrant::wasi_p1
