// SPDX-License-Identifier: Apache-2.0
// Lists of ranges: whatever a guest's list says, a stream gets only ranges inside memory, at most
// as many bytes as one call moves, and a fault changes nothing.
#include <cstddef>
#include <cstdint>

#include "tests/support/guest.h"
#include "warrant/base/check.h"
#include "warrant/cap/stream.h"

namespace {

using namespace std::string_view_literals;
using warrant::Buffer;
using warrant::testing::FakeMemory;
using warrant::testing::Guest;

constexpr std::uint64_t kLimit = 5000;

class CheckingStream final : public warrant::cap::Stream {
 public:
  warrant::Result<std::uint64_t> read(std::span<const Buffer> to, warrant::cap::Blocking) override {
    return check(to);
  }
  warrant::Result<std::uint64_t> write(std::span<const Buffer> from,
                                       warrant::cap::Blocking) override {
    return check(from);
  }
  warrant::cap::FileType type() const noexcept override { return warrant::cap::FileType::kUnknown; }
  bool is_seekable() const noexcept override { return false; }
  warrant::Result<warrant::cap::FileStat> stat() override { return warrant::cap::FileStat{}; }
  warrant::Result<std::uint64_t> seek(std::int64_t, Whence) override {
    return warrant::Error{warrant::Errc::kSeekPipe};
  }
  warrant::Status sync() override { return {}; }
  warrant::cap::PollToken poll_token() const noexcept override {
    return warrant::cap::PollToken::kAlwaysReady;
  }
  std::uint64_t moved = 0;

 private:
  std::uint64_t check(std::span<const Buffer> buffers) {
    moved = 0;
    for (const Buffer& buffer : buffers) {
      WARRANT_CHECK(buffer.size() > 0);
      WARRANT_CHECK(FakeMemory::locate(buffer.memory(), buffer.address(), buffer.size()) !=
                    nullptr);
      moved += buffer.size();
    }
    WARRANT_CHECK(moved <= kLimit && buffers.size() <= 1024);
    return moved;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 8) return 0;
  CheckingStream in, out;
  warrant::wasi_p1::Setup setup;
  setup.console = {&in, &out, nullptr};
  setup.limits.vector_bytes = kLimit;
  Guest guest(std::move(setup));
  std::uint32_t address = 0;
  std::uint32_t count = 0;
  std::memcpy(&address, data, 4);
  std::memcpy(&count, data + 4, 4);
  const std::size_t room = std::min<std::size_t>(size - 8, 0x8000);
  std::memcpy(guest.memory.bytes().data() + 0x1000, data + 8, room);
  for (const auto& [name, fd] : {std::pair("fd_read"sv, 0U), std::pair("fd_write"sv, 1U)}) {
    const auto before = guest.memory.bytes();
    const std::uint32_t code = guest.call(name, fd, address, count, 0x10);
    const bool faulted = guest.exit.kind == warrant::wasm::ExitRecord::Kind::kAbiFault;
    WARRANT_CHECK((code == Guest::kEnded) == faulted);
    if (code != 0) {
      WARRANT_CHECK(before == guest.memory.bytes());
      WARRANT_CHECK(faulted || code == 28);
    }
  }
  return 0;
}
