// SPDX-License-Identifier: Apache-2.0
#pragma once
// Advances the epoch of pooled engines each kTick while calls are active, on one thread of its own
// that takes no signals. The thread is made at the first call, and rests when nothing has run for
// some ticks, so that calls in a row do not wake it each time. Shared by threads.
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include <pthread.h>

#include "warrant/base/result.h"
#include "warrant/engine/handles.h"

namespace warrant::engine {

class Ticker {
 public:
  Ticker() = default;
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  // The engine lives as long as the ticker. At most kEngines.
  void watch(wasm_engine_t* engine);
  // Makes sure that ticks come until leave() was called as often.
  Status enter() noexcept;
  void leave() noexcept { active_.fetch_sub(1); }

 private:
  static constexpr std::size_t kEngines = 2;
  static void* thread_main(void* self) noexcept;
  void run() noexcept;
  Status make_thread() noexcept;  // with mutex_ held

  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<wasm_engine_t*> engines_[kEngines] = {};
  std::atomic<std::uint32_t> active_{0};
  std::atomic<bool> resting_{true};
  bool stopping_ = false;
  bool made_ = false;
  pthread_t thread_{};
};

}  // namespace warrant::engine
