// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/thread.h"

#include <signal.h>

#include <array>

#include "warrant/base/check.h"
#include "warrant/os/errno.h"

namespace warrant::os {
namespace {

constexpr std::array kFaults = {SIGSEGV, SIGILL, SIGFPE, SIGBUS, SIGTRAP, SIGABRT};

}  // namespace

void* Thread::main(void* self) noexcept {
  static_cast<Thread*>(self)->body_();
  return nullptr;
}

Result<std::unique_ptr<Thread>> Thread::start(std::uint64_t stack_bytes,
                                              std::function<void()> body) {
  std::unique_ptr<Thread> thread(new Thread(std::move(body)));
  pthread_attr_t attributes;
  if (const int error = pthread_attr_init(&attributes); error != 0) {
    return error_from_errno(error, "pthread_attr_init");
  }
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  for (const int fault : kFaults) sigdelset(&all, fault);
  int error = pthread_attr_setstacksize(&attributes, stack_bytes);
  if (error == 0) {
    WARRANT_CHECK(pthread_sigmask(SIG_BLOCK, &all, &before) == 0);
    error = pthread_create(&thread->thread_, &attributes, &Thread::main, thread.get());
    WARRANT_CHECK(pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
  }
  pthread_attr_destroy(&attributes);
  if (error != 0) return error_from_errno(error, "pthread_create");
  thread->running_ = true;
  return thread;
}

void Thread::join() noexcept {
  if (!running_) return;
  running_ = false;
  WARRANT_CHECK(pthread_join(thread_, nullptr) == 0);
}

}  // namespace warrant::os
