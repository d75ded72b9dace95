// SPDX-License-Identifier: Apache-2.0
#include "warrant/engine/stack.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

extern "C" void* __libc_stack_end;  // NOLINT: where the C library keeps the main thread's stack

namespace warrant::engine {

namespace {

// The main thread's stack grows up to its limit; asking pthread about it would read /proc.
std::uintptr_t main_thread_floor() noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_STACK, &limit) != 0) return UINTPTR_MAX;
  const auto top = reinterpret_cast<std::uintptr_t>(__libc_stack_end);  // NOLINT: an address
  constexpr rlim_t kUnlimited = 64UL << 20;
  constexpr std::uintptr_t kArguments = 256 << 10;  // arguments, environment and guard pages
  const rlim_t size = limit.rlim_cur == RLIM_INFINITY ? kUnlimited : limit.rlim_cur;
  return size >= top ? 0 : top - size + kArguments;
}

std::uintptr_t thread_floor() noexcept {
  if (gettid() == getpid()) return main_thread_floor();
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return UINTPTR_MAX;
  void* floor = nullptr;
  std::size_t size = 0;
  std::size_t guard = 0;
  pthread_attr_getstack(&attributes, &floor, &size);
  pthread_attr_getguardsize(&attributes, &guard);
  pthread_attr_destroy(&attributes);
  return reinterpret_cast<std::uintptr_t>(floor) + guard;  // NOLINT: an address
}

}  // namespace

std::uint64_t stack_left() noexcept {
  static thread_local const std::uintptr_t floor = thread_floor();
  const auto here =
      reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));  // NOLINT: address
  return here > floor ? here - floor : 0;
}

}  // namespace warrant::engine
