// SPDX-License-Identifier: Apache-2.0
#include "warrant/web/maxima.h"

#include <algorithm>

#include "warrant/base/bytes.h"
#include "warrant/codec/leb128.h"

namespace warrant::web {
namespace {

constexpr std::size_t kPreamble = 8;
constexpr std::uint8_t kTableSection = 4;
constexpr std::uint8_t kMemorySection = 5;
constexpr std::uint8_t kHasMaximum = 1;
constexpr std::uint8_t kFuncRef = 0x70;
constexpr std::uint8_t kExternRef = 0x6f;
constexpr unsigned kPageShift = 16;

// Reads forward; false at the end of the bytes or at a number that is none.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  bool done() const noexcept { return at_ == bytes_.size(); }
  bool byte(std::uint8_t& value) noexcept {
    if (done()) return false;
    value = std::to_integer<std::uint8_t>(bytes_[at_++]);
    return true;
  }
  bool number(std::uint64_t& value) noexcept {
    return codec::read_leb<64>(bytes_, at_, value) == codec::LebRead::kOk;
  }
  bool part(std::uint64_t size, std::span<const std::byte>& value) noexcept {
    if (size > bytes_.size() - at_) return false;
    value = bytes_.subspan(at_, static_cast<std::size_t>(size));
    at_ += static_cast<std::size_t>(size);
    return true;
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

// One memory's or table's bounds, its maximum within its minimum and `room`, which shrinks.
bool bound(Reader& in, std::uint64_t& room, std::string& out) {
  std::uint8_t flags = 0;
  std::uint64_t least = 0;
  if (!in.byte(flags) || flags > kHasMaximum || !in.number(least)) return false;
  std::uint64_t most = least + room;
  std::uint64_t written = 0;
  if (flags == kHasMaximum && !in.number(written)) return false;
  if (flags == kHasMaximum) most = std::min(most, written);
  if (most > least) room -= most - least;
  out += static_cast<char>(kHasMaximum);
  codec::append_leb(out, least);
  codec::append_leb(out, most);
  return true;
}

enum class Of : std::uint8_t { kTables, kMemories };

bool section(std::span<const std::byte> bytes, Of of, std::uint64_t& room, std::string& out) {
  Reader in(bytes);
  std::uint64_t count = 0;
  if (!in.number(count)) return false;
  codec::append_leb(out, count);
  for (std::uint64_t i = 0; i < count; ++i) {
    if (of == Of::kTables) {
      std::uint8_t type = 0;
      if (!in.byte(type) || (type != kFuncRef && type != kExternRef)) return false;
      out += static_cast<char>(type);
    }
    if (!bound(in, room, out)) return false;
  }
  return in.done();
}

}  // namespace

std::optional<std::string> with_maxima(std::span<const std::byte> module,
                                       const wasm::ModuleInfo& info, const Maxima& maxima) {
  std::uint64_t pages = maxima.memory >> kPageShift;
  for (const wasm::MemoryType& each : info.memories) pages -= std::min(pages, each.minimum_pages);
  std::uint64_t elements = maxima.table - std::min(maxima.table, info.table_elements);
  if (module.size() < kPreamble) return std::nullopt;
  std::string out(text_of(module.first(kPreamble)));
  Reader in(module.subspan(kPreamble));
  while (!in.done()) {
    std::uint8_t id = 0;
    std::uint64_t size = 0;
    std::span<const std::byte> bytes;
    if (!in.byte(id) || !in.number(size) || !in.part(size, bytes)) return std::nullopt;
    std::string changed;
    std::string_view content = text_of(bytes);
    if (id == kTableSection || id == kMemorySection) {
      const bool tables = id == kTableSection;
      if (!section(bytes, tables ? Of::kTables : Of::kMemories, tables ? elements : pages,
                   changed)) {
        return std::nullopt;
      }
      content = changed;
    }
    out += static_cast<char>(id);
    codec::append_leb(out, content.size());
    out += content;
  }
  return out;
}

}  // namespace warrant::web
