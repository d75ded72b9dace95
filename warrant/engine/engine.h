// SPDX-License-Identifier: Apache-2.0
#pragma once
// wasm::Engine over Wasmtime: compiles, keeps compiled code in a CodeStore, runs instances.
//
// Shared by threads once made; programs and instances do not outlive it. A guest's memory never
// moves, guest code never runs on a fiber, no thread is made but one ticker of the pooled profile
// (it rests while nothing runs) and the compiler's. Makes no promise about time: in the one-shot
// profile a guest that loops is ended by the process (Program::code_range tells the handler of a
// signal whether it interrupted guest code). Signal handlers that should stay are installed before
// the first engine. Spec: engine.md.
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "warrant/base/buffer.h"
#include "warrant/base/result.h"
#include "warrant/codec/hash.h"
#include "warrant/engine/options.h"
#include "warrant/wasm/engine.h"

namespace warrant::engine {

// For `os`: the host's view of a range of guest memory, nullptr when the range is not inside or the
// memory's instance has ended. Called by the thread that runs the instance.
std::byte* locate(MemoryRef memory, std::uint64_t address, std::uint64_t size) noexcept;

// Where the time of a start went; what did not happen is zero. For `--time`.
struct Timings {
  Nanoseconds engine{0};
  Nanoseconds load{0};  // from the store of compiled code
  Nanoseconds compile{0};
  Nanoseconds link{0};
  bool from_store = false;
};

class Program : public wasm::Program {
 public:
  struct CodeRange {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
  };
  // Where the module's native code lies, from a page's begin; constant while the program lives.
  // Nothing else lies in the pages up to its end.
  virtual CodeRange code_range() const noexcept = 0;
  virtual const Timings& timings() const noexcept = 0;
  // Of the module's bytes: what documents, records and receipts name it by. A start from the store
  // takes it from there, where it was written when this module was compiled.
  virtual const codec::Digest& module_sha256() const noexcept = 0;
};

class Engine : public wasm::Engine {
 public:
  static Result<std::unique_ptr<Engine>> create(const Options& options, wasm::Failure& failure);
  // compile() with the program's own type; takes the store of compiled code first.
  virtual Result<std::unique_ptr<Program>> prepare(std::span<const std::byte> module,
                                                   wasm::Failure& failure) = 0;
  // Sees to it that the store of compiled code has this module; nothing is linked.
  virtual Status keep(std::span<const std::byte> module, wasm::Failure& failure) = 0;
  // The compiled code as a file that nobody changes, for an engine of the same options in another
  // process; nothing of it stays mapped here. Asks the store first. The options have a compiler.
  struct Code {
    File file;
    codec::Digest module_sha256;
    Timings timings;
  };
  virtual Result<Code> code(std::span<const std::byte> module, wasm::Failure& failure) = 0;
};

// For the process that compiles for another: validates, compiles, and writes the code that the
// `compiler` of an engine of the same settings hands over.
Status compile_to(const File& to, const Options& options, std::span<const std::byte> module,
                  wasm::Failure& failure);

std::string_view wasmtime_version() noexcept;

}  // namespace warrant::engine
