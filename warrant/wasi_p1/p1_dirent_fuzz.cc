// SPDX-License-Identifier: Apache-2.0
// Listings: for any names and any buffer size the buffer holds the start of the whole listing, to
// the brim, and not one byte behind it changes.
#include <cstddef>
#include <cstdint>

#include "tests/support/world.h"
#include "warrant/base/check.h"

namespace {

using warrant::testing::Guest;
using warrant::testing::World;

constexpr std::uint32_t kBuf = 0x2001;
constexpr std::size_t kMost = 0x8000;

// The records as preview1.md section 3 lays them out, one byte after the other.
std::string whole_listing(const warrant::testing::DirectoryScript& script, std::uint64_t from) {
  std::string all;
  const auto put = [&all](std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) all += static_cast<char>(value >> (8 * i) & 0xFF);
  };
  for (std::uint64_t i = from; i < script.items.size(); ++i) {
    put(i + 1, 8);
    put(100 + i, 8);
    put(script.items[i].name.size(), 4);
    put(script.items[i].type == warrant::cap::FileType::kDirectory ? 3 : 4, 4);
    all += script.items[i].name;
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  World world;
  Guest& guest = world.guest;
  const std::uint32_t room = (data[0] | static_cast<std::uint32_t>(data[1]) << 8) % kMost;
  const std::uint64_t cookie = data[2];
  for (std::size_t at = 3; at < size && world.dir.items.size() < 200;) {
    const std::size_t length = std::min<std::size_t>(data[at], size - at - 1);
    world.dir.items.push_back({std::string(reinterpret_cast<const char*>(data) + at + 1, length),
                               length % 2 == 0 ? warrant::cap::FileType::kDirectory
                                               : warrant::cap::FileType::kRegularFile});
    at += length + 1;
  }
  const std::string expected = whole_listing(world.dir, cookie).substr(0, room);
  WARRANT_CHECK(guest.call("fd_readdir", 3, kBuf, room, cookie, 0x10) == 0);
  WARRANT_CHECK(guest.memory.at<std::uint32_t>(0x10) == expected.size());
  WARRANT_CHECK(guest.memory.text(kBuf, expected.size()) == expected);
  for (std::size_t i = kBuf + expected.size(); i < kBuf + kMost; ++i) {
    WARRANT_CHECK(guest.memory.bytes()[i] == std::byte{0xAA});
  }
  return 0;
}
