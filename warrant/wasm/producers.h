// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which tools a module says it was made by: its custom section `producers`.
//
// A claim of the module and nothing more: no decision rests on it. Texts are the module's own.
// A section that is damaged gives what was whole before the damage.
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace warrant::wasm {

struct Producer {
  std::string field;  // "language", "processed-by", "sdk"
  std::string name;   // "Rust"
  std::string version;
};

// `bytes`: a whole module that the reader accepts.
std::vector<Producer> read_producers(std::span<const std::byte> bytes);

}  // namespace warrant::wasm
