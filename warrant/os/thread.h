// SPDX-License-Identifier: Apache-2.0
#pragma once
// A thread for a guest: with a stack of a given size, and with every signal blocked but the faults
// that an engine handles. Not detached; the destructor joins.
#include <pthread.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "warrant/base/result.h"

namespace warrant::os {

class Thread {
 public:
  // The stack's pages are touched on demand.
  static Result<std::unique_ptr<Thread>> start(std::uint64_t stack_bytes,
                                               std::function<void()> body);
  ~Thread() { join(); }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  void join() noexcept;

 private:
  explicit Thread(std::function<void()> body) : body_(std::move(body)) {}
  static void* main(void* self) noexcept;

  std::function<void()> body_;
  pthread_t thread_{};
  bool running_ = false;
};

}  // namespace warrant::os
