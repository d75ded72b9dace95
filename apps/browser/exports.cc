// SPDX-License-Identifier: Apache-2.0
// The doors of the core in a page: what its script may call. One run a worker; plain numbers and
// addresses in, JSON out.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>

#include "warrant/base/bytes.h"
#include "warrant/codec/json.h"
#include "warrant/host/runner_plan.h"
#include "warrant/web/engine.h"
#include "warrant/web/page_run.h"

namespace {

using warrant::web::PageInstance;
using warrant::web::PageRun;

// A text for the script, which reads it at once and releases it: its size in four bytes, itself.
void* hand_over(const std::string& text) {
  auto* const made = static_cast<char*>(std::malloc(text.size() + sizeof(std::uint32_t)));
  if (made == nullptr) __builtin_trap();
  const auto size = static_cast<std::uint32_t>(text.size());
  std::copy_n(reinterpret_cast<const char*>(&size), sizeof size, made);  // NOLINT: four bytes
  std::copy(text.begin(), text.end(), made + sizeof size);
  return made;
}

}  // namespace

extern "C" {

[[clang::export_name("web_reserve")]] void* web_reserve(std::size_t size) {
  return std::malloc(size);
}
[[clang::export_name("web_release")]] void web_release(void* made) { std::free(made); }

[[clang::export_name("web_functions")]] void* web_functions() {
  return hand_over(warrant::web::print_functions());
}

[[clang::export_name("web_run")]] void* web_run(const char* words, std::size_t words_size,
                                                const std::byte* module, std::size_t module_size,
                                                const std::byte* input, std::size_t input_size) {
  auto parsed = warrant::web::parse_words({words, words_size});
  if (!parsed) __builtin_trap();
  const auto run = std::make_unique<PageRun>(*std::move(parsed), std::span(module, module_size),
                                             std::span(input, input_size));
  return hand_over(run->go());
}

// A trap, which no guest can catch.
[[clang::export_name("web_trap")]] void web_trap() { __builtin_trap(); }

// 0: return to the guest; 1: the guest ends.
[[clang::export_name("web_host_call")]] std::uint32_t web_host_call(PageInstance* instance,
                                                                    std::uint32_t index,
                                                                    warrant::wasm::Slot* slots) {
  return static_cast<std::uint32_t>(instance->host_call(index, slots));
}

}  // extern "C"
