// SPDX-License-Identifier: Apache-2.0
#include "warrant/engine/ticker.h"

#include <csignal>
#include <ctime>

#include "warrant/base/check.h"
#include "warrant/engine/options.h"

namespace warrant::engine {

namespace {

constexpr int kIdleTicks = 20;  // without a call before the thread rests

void sleep_one_tick() noexcept {
  const timespec tick{0, static_cast<long>(count(kTick))};
  (void)nanosleep(&tick, nullptr);
}

}  // namespace

Ticker::~Ticker() {
  {
    const std::scoped_lock lock(mutex_);
    if (!made_) return;
    stopping_ = true;
  }
  wake_.notify_one();
  pthread_join(thread_, nullptr);
}

void Ticker::watch(wasm_engine_t* engine) {
  for (std::atomic<wasm_engine_t*>& place : engines_) {
    wasm_engine_t* none = nullptr;
    if (place.compare_exchange_strong(none, engine)) return;
  }
  WARRANT_CHECK(false);
}

Status Ticker::enter() noexcept {
  active_.fetch_add(1);
  if (!resting_.load()) return {};
  const std::scoped_lock lock(mutex_);
  if (!made_) {
    if (Status made = make_thread(); !made) {
      active_.fetch_sub(1);
      return made;
    }
  }
  resting_.store(false);
  wake_.notify_one();
  return {};
}

Status Ticker::make_thread() noexcept {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int failed = pthread_create(&thread_, nullptr, &Ticker::thread_main, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (failed != 0) return Error{Errc::kAgain, 0, "ticker"};
  made_ = true;
  return {};
}

void* Ticker::thread_main(void* self) noexcept {
  static_cast<Ticker*>(self)->run();
  return nullptr;
}

void Ticker::run() noexcept {
  int idle = 0;
  for (;;) {
    if (idle >= kIdleTicks) {
      std::unique_lock lock(mutex_);
      resting_.store(true);
      // A call that came before the store above is seen here; one after it takes the mutex.
      wake_.wait(lock, [this] { return stopping_ || !resting_.load() || active_.load() != 0; });
      resting_.store(false);
      idle = 0;
    }
    {
      const std::scoped_lock lock(mutex_);
      if (stopping_) return;
    }
    sleep_one_tick();
    idle = active_.load() == 0 ? idle + 1 : 0;
    for (std::atomic<wasm_engine_t*>& place : engines_) {
      if (wasm_engine_t* const engine = place.load()) wasmtime_engine_increment_epoch(engine);
    }
  }
}

}  // namespace warrant::engine
