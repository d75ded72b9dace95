// SPDX-License-Identifier: Apache-2.0
// wasm-host: the smallest program that runs a module by libwarrant. The module is written here by
// hand: the eight bytes of the header and an empty `_start`. `wasm-host ungranted` tries one that
// imports env.x, which nobody provides, and ends with 126.
#include <array>
#include <cstdio>
#include <string_view>

#include "warrant/lib/manifest_run.h"
#include "warrant/lib/warrant.h"
#include "warrant/wasm/reader.h"

namespace {

using Bytes = std::span<const std::uint8_t>;

// clang-format off
constexpr auto kEmpty = std::to_array<std::uint8_t>({
    0, 'a', 's', 'm', 1, 0, 0, 0,                     // header
    1, 4, 1, 0x60, 0, 0,                              // type 0: () -> ()
    3, 2, 1, 0,                                       // function 0 of type 0
    7, 10, 1, 6, '_', 's', 't', 'a', 'r', 't', 0, 0,  // exported
    10, 4, 1, 2, 0, 0x0b,                             // its body: end
});
constexpr auto kAsking = std::to_array<std::uint8_t>({
    0, 'a', 's', 'm', 1, 0, 0, 0,                     // header
    1, 4, 1, 0x60, 0, 0,                              // type 0: () -> ()
    2, 9, 1, 3, 'e', 'n', 'v', 1, 'x', 0, 0,          // function 0: env.x
    3, 2, 1, 0,                                       // function 1 of type 0
    7, 10, 1, 6, '_', 's', 't', 'a', 'r', 't', 0, 1,  // exported
    10, 4, 1, 2, 0, 0x0b,                             // its body: end
});
// clang-format on
constexpr int kRefused = 126;

int refuse(const std::string& why) {
  std::printf("[wasm-host] refused: %s\n", why.c_str());
  return kRefused;
}

int run(const warrant::Ambient& ambient, Bytes module) {
  const auto bytes = std::as_bytes(module);
  warrant::wasm::Diagnosis diagnosis;
  const auto info =
      warrant::wasm::read_module(bytes, warrant::wasm::ReadDepth::kOutline, {}, diagnosis);
  if (!info) return refuse(diagnosis.text);
  if (const auto missing = warrant::missing_imports(*info); !missing.empty()) {
    return refuse(missing.front());
  }
  const auto host = warrant::Host::create(ambient, {.concurrency = 1});
  if (!host) return refuse(host.problem().what);
  const auto tool = host->load(bytes, {});
  if (!tool) return refuse(tool.problem().what);
  const auto granted = host->admit(*tool, {});  // nothing at all
  if (!granted) return refuse(granted.problem().what);
  const warrant::RunResult result = host->run(*tool, *granted, {.argv = {"empty"}});
  if (result.exit.kind != warrant::host::ExitKind::kExited) return refuse(result.exit.message);
  std::puts("[wasm-host] empty module instantiated and exited");
  return static_cast<int>(result.exit.code);
}

}  // namespace

int main(int argc, char** argv) {
  const bool ungranted = argc > 1 && std::string_view(argv[1]) == "ungranted";
  return run(warrant::ambient(), ungranted ? Bytes(kAsking) : Bytes(kEmpty));
}
