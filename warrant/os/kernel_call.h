// SPDX-License-Identifier: Apache-2.0
#pragma once
// System calls on the path of every open, read and write, made in the caller's own frame.
//
// After a system call the processor has forgotten where returns lead, so each frame between the
// kernel and the guest costs more than its instructions; the C library's wrapper is one. Answers
// what the kernel does: a result, or an errno below zero. Never a cancellation point. Sanitizers
// want to see what a call reads and writes, so there the C library makes it.
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstdint>

namespace warrant::os {

[[gnu::always_inline]] inline std::int64_t kernel_call(long number, std::int64_t a,
                                                       std::int64_t b = 0, std::int64_t c = 0,
                                                       std::int64_t d = 0,
                                                       std::int64_t e = 0) noexcept {
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
  std::int64_t answer = number;
  register std::int64_t fourth asm("r10") = d;
  register std::int64_t fifth asm("r8") = e;
  asm volatile("syscall"
               : "+a"(answer)
               : "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth)
               : "rcx", "r11", "memory");
  return answer;
#else
  const long answer = ::syscall(number, a, b, c, d, e);
  return answer < 0 ? -errno : answer;
#endif
}

// A pointer as an argument.
inline std::int64_t kernel_address(const void* at) noexcept {
  return std::bit_cast<std::int64_t>(at);
}

// 0, or an errno below zero. The C library's structure is the kernel's.
inline std::int64_t kernel_fstat(int fd, struct stat& now) noexcept {
#if defined(__x86_64__)
  return kernel_call(SYS_fstat, fd, kernel_address(&now));
#else
  return ::fstat(fd, &now) == 0 ? 0 : -errno;
#endif
}

inline std::int64_t kernel_statx(int fd, const char* path, int flags, struct statx& now) noexcept {
  return kernel_call(SYS_statx, fd, kernel_address(path), flags, STATX_BASIC_STATS,
                     kernel_address(&now));
}

}  // namespace warrant::os
