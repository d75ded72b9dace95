// SPDX-License-Identifier: Apache-2.0
#include "warrant/engine/program.h"

#include <bit>
#include <utility>

namespace warrant::engine {

namespace {

class LinkedProgram final : public Program {
 public:
  LinkedProgram(ModuleHandle module, LinkerHandle linker, PreHandle pre,
                const InstanceSource& source, const Timings& timings)
      : module_(std::move(module)),
        linker_(std::move(linker)),
        pre_(std::move(pre)),
        source_(source),
        timings_(timings) {
    source_.pre = pre_.get();
  }

  Result<std::unique_ptr<wasm::Instance>> instantiate(const wasm::InstanceSetup& setup,
                                                      wasm::Failure&) const override {
    return std::unique_ptr<wasm::Instance>(std::make_unique<NativeInstance>(source_, setup));
  }

  CodeRange code_range() const noexcept override {
    void* begin = nullptr;
    void* end = nullptr;
    wasmtime_module_image_range(module_.get(), &begin, &end);
    return {std::bit_cast<std::uintptr_t>(begin), std::bit_cast<std::uintptr_t>(end)};
  }

  const Timings& timings() const noexcept override { return timings_; }

 private:
  ModuleHandle module_;
  LinkerHandle linker_;
  PreHandle pre_;
  InstanceSource source_;
  Timings timings_;
};

}  // namespace

std::unique_ptr<Program> make_program(ModuleHandle module, LinkerHandle linker, PreHandle pre,
                                      const InstanceSource& source, const Timings& timings) {
  return std::make_unique<LinkedProgram>(std::move(module), std::move(linker), std::move(pre),
                                         source, timings);
}

}  // namespace warrant::engine
