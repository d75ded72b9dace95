// SPDX-License-Identifier: Apache-2.0
// Any sequence of calls with any arguments: every answer is an errno or a recorded end, errors of
// calls without that exception change no byte, and the descriptor table stays in its bounds.
#include <cstddef>
#include <cstdint>

#include "tests/support/world.h"
#include "warrant/base/check.h"

namespace {

using warrant::testing::Guest;
using warrant::testing::World;

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  bool empty() const { return size_ == 0; }
  std::uint8_t next() {
    if (size_ == 0) return 0;
    --size_;
    return *data_++;
  }
  // Mostly small and aligned, because little else gets past the first check.
  std::uint64_t argument() {
    const std::uint8_t kind = next();
    const std::uint64_t low = next();
    switch (kind % 6) {
      case 0:
        return low % 16;
      case 1:
        return low << 3;
      case 2:
        return 0x1000 + (low << 3);
      case 3:
        return ~0ULL - low;
      case 4:
        return 1ULL << (low % 64);
      default:
        return low << 8 | next();
    }
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
};

bool may_change_on_error(std::string_view name) {
  return name == "random_get" || name == "proc_exit" || name == "proc_raise";
}

void prepare(World& world) {
  world.dir.file.data = "0123456789";
  world.dir.items = {{".", warrant::cap::FileType::kDirectory},
                     {"x", warrant::cap::FileType::kRegularFile}};
  for (auto& socket : world.sockets) {
    socket->queue.push_back(std::make_unique<warrant::testing::FakeSocket>());
  }
  world.guest.path("dir/file");
  world.guest.list({{0x6000, 8}, {0x6008, 1}, {0, 0}});
  world.guest.open("file", {.base = Guest::kWriteRights});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  World::Options options;
  options.listeners = 1;
  options.connected = 1;
  options.limits.open_files = 12;
  options.limits.random_run = 1000;
  World world(options);
  prepare(world);
  Guest& guest = world.guest;
  const auto functions = warrant::wasi_p1::functions();
  while (!bytes.empty()) {
    const auto& function = functions[bytes.next() % functions.size()];
    world.dir.opens_directory = bytes.next() % 4 == 0;
    std::vector<std::uint64_t> args(function.params.size());
    for (std::uint64_t& arg : args) arg = bytes.argument();
    const auto before = guest.memory.bytes();
    const std::uint32_t code = guest.run(function, args);
    const bool ended = guest.exit.kind != warrant::wasm::ExitRecord::Kind::kNone;
    WARRANT_CHECK((code == Guest::kEnded) == ended);
    WARRANT_CHECK(ended || code < 77);
    if (code != 0 && !may_change_on_error(function.name)) {
      WARRANT_CHECK(before == guest.memory.bytes());
    }
    WARRANT_CHECK(guest.context->table().open_count() <= 12);
    if (world.dir.file.data.size() > 0x10000) world.dir.file.data.clear();
  }
  guest.context->finish();
  WARRANT_CHECK(guest.context->table().open_count() == 0);
  return 0;
}
