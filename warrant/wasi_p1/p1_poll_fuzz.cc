// SPDX-License-Identifier: Apache-2.0
// Subscriptions: any bytes poll, are refused or fault; events are at most as many as subscriptions,
// at least one, and each carries the userdata of one of them, in order.
#include <cstddef>
#include <cstdint>

#include "tests/support/world.h"
#include "warrant/base/check.h"

namespace {

using warrant::testing::Guest;
using warrant::testing::World;

constexpr std::uint32_t kIn = 0x4000;
constexpr std::uint32_t kOut = 0x8000;

void check_events(const Guest& guest, std::uint32_t count, std::uint32_t record,
                  const std::vector<std::byte>& before) {
  const auto events = guest.memory.at<std::uint32_t>(0x10);
  WARRANT_CHECK(events >= 1 && events <= count);
  std::uint32_t next = 0;
  for (std::uint32_t i = 0; i < events; ++i) {
    const auto userdata = guest.memory.at<std::uint64_t>(kOut + 32 * i);
    const auto is_next = [&] {
      std::uint64_t wanted = 0;
      std::memcpy(&wanted, before.data() + kIn + record * next, 8);
      return wanted == userdata;
    };
    while (next < count && !is_next()) ++next;
    WARRANT_CHECK(next < count);
    ++next;
    WARRANT_CHECK(guest.memory.at<std::uint16_t>(kOut + 32 * i + 8) < 77);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  World::Options options;
  options.listeners = 1;
  options.connected = 1;
  World world(options);
  Guest& guest = world.guest;
  guest.open("file");
  world.clock.step = warrant::Nanoseconds{data[1] % 3U == 0 ? 1000U : 1U};
  if (data[1] % 2 != 0) world.poller.ready[warrant::cap::PollToken{1}].ready = true;
  const std::uint32_t count = data[0] % 32;
  std::memcpy(guest.memory.bytes().data() + kIn, data + 2, std::min<std::size_t>(size - 2, 2048));
  for (const bool unstable : {false, true}) {
    const auto before = guest.memory.bytes();
    const std::uint32_t code = unstable ? guest.call_unstable("poll_oneoff", kIn, kOut, count, 0x10)
                                        : guest.call("poll_oneoff", kIn, kOut, count, 0x10);
    if (code == 0) {
      check_events(guest, count, unstable ? 56 : 48, before);
    } else {
      WARRANT_CHECK(code == 28 || code == 27);  // refused, or the run ended in the wait
      WARRANT_CHECK(before == guest.memory.bytes());
    }
  }
  return 0;
}
