// SPDX-License-Identifier: Apache-2.0
// What keeps the C and C++ libraries of wasm32 from asking for a console: failure is a trap.
#include <__verbose_abort>
#include <cstdlib>
#include <new>

_LIBCPP_BEGIN_NAMESPACE_STD
[[noreturn]] void __libcpp_verbose_abort(char const*, ...) noexcept { __builtin_trap(); }
_LIBCPP_END_NAMESPACE_STD

extern "C" [[noreturn]] void __abort_message(const char*, ...) { __builtin_trap(); }
extern "C" void abort() { __builtin_trap(); }

void* operator new(std::size_t size) {
  if (void* made = std::malloc(size)) return made;
  __builtin_trap();
}
void operator delete(void* made) noexcept { std::free(made); }
void operator delete(void* made, std::size_t) noexcept { std::free(made); }
