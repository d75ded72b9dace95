// SPDX-License-Identifier: Apache-2.0
#include "warrant/engine/program.h"

#include <elf.h>

#include <bit>
#include <cstring>
#include <span>
#include <utility>

namespace warrant::engine {

namespace {

// Of the image of a module, which is an ELF file in memory, the section that is executed. The
// tables behind it must stay readable when it is not: the engine looks at them when it faults.
Program::CodeRange executable_part(std::span<const std::byte> image) noexcept {
  Elf64_Ehdr head{};
  if (image.size() < sizeof head) return {};
  std::memcpy(&head, image.data(), sizeof head);
  const auto base = std::bit_cast<std::uintptr_t>(image.data());
  for (std::uint64_t i = 0; i < head.e_shnum; ++i) {
    Elf64_Shdr section{};
    const std::uint64_t at = head.e_shoff + i * sizeof section;
    if (at > image.size() || image.size() - at < sizeof section) return {};
    std::memcpy(&section, image.data() + at, sizeof section);
    if ((section.sh_flags & SHF_EXECINSTR) == 0 || section.sh_size == 0) continue;
    if (section.sh_offset > image.size() || section.sh_size > image.size() - section.sh_offset) {
      return {};
    }
    return {base + section.sh_offset, base + section.sh_offset + section.sh_size};
  }
  return {};
}

class LinkedProgram final : public Program {
 public:
  LinkedProgram(ModuleHandle module, LinkerHandle linker, PreHandle pre,
                const InstanceSource& source, const Provenance& provenance)
      : module_(std::move(module)),
        linker_(std::move(linker)),
        pre_(std::move(pre)),
        source_(source),
        provenance_(provenance) {
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
    return executable_part(
        {static_cast<const std::byte*>(begin), static_cast<const std::byte*>(end)});
  }

  const Timings& timings() const noexcept override { return provenance_.timings; }
  const codec::Digest& module_sha256() const noexcept override { return provenance_.module_sha256; }

 private:
  ModuleHandle module_;
  LinkerHandle linker_;
  PreHandle pre_;
  InstanceSource source_;
  Provenance provenance_;
};

}  // namespace

std::unique_ptr<Program> make_program(ModuleHandle module, LinkerHandle linker, PreHandle pre,
                                      const InstanceSource& source, const Provenance& provenance) {
  return std::make_unique<LinkedProgram>(std::move(module), std::move(linker), std::move(pre),
                                         source, provenance);
}

}  // namespace warrant::engine
