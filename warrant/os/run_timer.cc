// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/run_timer.h"

#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <bit>
#include <cerrno>

#include "warrant/os/errno.h"

namespace warrant::os {
namespace {

constexpr std::size_t kSignalStackBytes = 256U << 10;
constexpr long kAskAgainNanoseconds = 5'000'000;
constexpr int kMostAsks = 50;  // 250 ms
constexpr int kUnreachableStatus = 70;
constexpr std::array<int, 3> kEndingSignals = {SIGINT, SIGTERM, SIGHUP};

// Signal handlers have no argument of ours: the one place where this room keeps process-wide state.
struct State {
  RunTimerHooks hooks;
  timer_t wall = nullptr;
  timer_t cpu = nullptr;
  bool have_wall = false;
  bool have_cpu = false;
  std::atomic<bool> armed{false};
  std::atomic<bool> raised{false};
  std::atomic<bool> ending{false};  // end_now was called
  std::atomic<int> asks{0};
  RunEnd cause = RunEnd::kWall;
  std::atomic<int> signal{0};
};
State g_state;  // NOLINT: see above

int timer_signal() noexcept { return SIGRTMIN; }

std::uintptr_t interrupted_at(const void* context) noexcept {
  const auto* user = static_cast<const ucontext_t*>(context);
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(user->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return static_cast<std::uintptr_t>(user->uc_mcontext.pc);
#else
#error "say where this processor keeps its program counter"
#endif
}

void set_wall(Nanoseconds first, long again) noexcept {
  itimerspec spec{};
  spec.it_value.tv_sec = static_cast<time_t>(count(first) / 1'000'000'000);
  spec.it_value.tv_nsec = static_cast<long>(count(first) % 1'000'000'000);
  spec.it_interval.tv_nsec = again;
  (void)timer_settime(g_state.wall, 0, &spec, nullptr);
}

bool is_guest_code(std::uintptr_t address) noexcept {
  return address >= g_state.hooks.code_begin && address < g_state.hooks.code_end;
}

[[noreturn]] void end_now() noexcept {
  g_state.ending = true;
  // What is still to be written may wait for somebody: a second signal ends the process then.
  sigset_t ending;
  sigemptyset(&ending);
  for (const int number : kEndingSignals) sigaddset(&ending, number);
  (void)pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
  g_state.hooks.end_now(g_state.hooks.self);
  _exit(kUnreachableStatus);
}

// The cause was raised: ends the run here, or sees to it that guest code does not go on.
void stop_guest(const void* context) noexcept {
  if (g_state.ending.load()) return;
  const RunTimerHooks& hooks = g_state.hooks;
  if (is_guest_code(interrupted_at(context))) end_now();
  if (g_state.asks.fetch_add(1) == kMostAsks) {
    hooks.last_words(hooks.self, g_state.cause, g_state.signal.load());
  }
  const std::size_t size = hooks.code_end - hooks.code_begin;
  if (size != 0) (void)mprotect(std::bit_cast<void*>(hooks.code_begin), size, PROT_NONE);
}

// Behind the engine's handler, which passes on what is no trap of the guest's.
void on_fault(int number, siginfo_t*, void* context) noexcept {
  if (g_state.armed.load() && g_state.raised.load() && !g_state.ending.load() &&
      is_guest_code(interrupted_at(context))) {
    end_now();
  }
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  (void)sigaction(number, &standard, nullptr);  // the fault comes again, and ends the process
}

// True for the first cause of a run.
bool raise_once(RunEnd cause, int signal) noexcept {
  if (g_state.raised.exchange(true)) return false;
  g_state.cause = cause;
  g_state.hooks.raise(g_state.hooks.self, cause, signal);
  set_wall(Nanoseconds{static_cast<std::uint64_t>(kAskAgainNanoseconds)}, kAskAgainNanoseconds);
  return true;
}

// `what` is sival_int: 0 wall, 1 CPU.
void on_timer(int, siginfo_t* info, void* context) noexcept {
  const int saved = errno;
  if (g_state.armed.load()) {
    raise_once(info->si_value.sival_int == 1 ? RunEnd::kCpu : RunEnd::kWall, 0);
    stop_guest(context);
  }
  errno = saved;
}

void on_signal(int number, siginfo_t*, void* context) noexcept {
  const int saved = errno;
  int none = 0;
  if (!g_state.signal.compare_exchange_strong(none, number)) _exit(128 + number);
  if (!g_state.armed.load()) _exit(128 + number);
  raise_once(RunEnd::kSignal, number);
  stop_guest(context);
  errno = saved;
}

void on_forwarded(int number, siginfo_t* info, void* context) noexcept {
  for (const int each : kEndingSignals) {
    if (RunTimer::forwarded(each) == number) on_signal(each, info, context);
  }
}

Status give_signal_stack() {
  void* memory = mmap(nullptr, kSignalStackBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return error_from_errno(errno, "mmap");
  stack_t stack{};
  stack.ss_sp = memory;
  stack.ss_size = kSignalStackBytes;
  if (sigaltstack(&stack, nullptr) != 0) return error_from_errno(errno, "sigaltstack");
  return {};
}

Status handle(int number, void (*handler)(int, siginfo_t*, void*) noexcept) {
  struct sigaction action{};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (const int other : kEndingSignals) sigaddset(&action.sa_mask, other);
  sigaddset(&action.sa_mask, timer_signal());
  if (sigaction(number, &action, nullptr) != 0) return error_from_errno(errno, "sigaction");
  return {};
}

Status make_timer(clockid_t clock, int what, timer_t& timer) {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = timer_signal();
  event.sigev_value.sival_int = what;
  if (timer_create(clock, &event, &timer) != 0) return error_from_errno(errno, "timer_create");
  return {};
}

}  // namespace

int RunTimer::forwarded(int signal) noexcept {
  int next = timer_signal();
  for (const int each : kEndingSignals) {
    ++next;
    if (each == signal) return next;
  }
  return timer_signal();
}

Status RunTimer::install(const Ambient&, Signals signals) {
  WARRANT_CHECKED(give_signal_stack());
  WARRANT_CHECKED(handle(timer_signal(), on_timer));
  WARRANT_CHECKED(handle(SIGSEGV, on_fault));
  if (signals == Signals::kBroker) {
    for (const int number : kEndingSignals) {
      (void)::signal(number, SIG_IGN);
      WARRANT_CHECKED(handle(forwarded(number), on_forwarded));
    }
    return {};
  }
  for (const int number : kEndingSignals) {
    struct sigaction before{};
    // A signal that the caller ignores (nohup) stays ignored.
    if (sigaction(number, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) continue;
    WARRANT_CHECKED(handle(number, on_signal));
  }
  return {};
}

Status RunTimer::make(Nanoseconds cpu) {
  // The timer of the wall asks again after a signal: every run has it.
  if (!g_state.have_wall) {
    WARRANT_CHECKED(make_timer(CLOCK_MONOTONIC, 0, g_state.wall));
    g_state.have_wall = true;
  }
  if (cpu != kForever && !g_state.have_cpu) {
    WARRANT_CHECKED(make_timer(CLOCK_THREAD_CPUTIME_ID, 1, g_state.cpu));
    g_state.have_cpu = true;
  }
  return {};
}

Status RunTimer::arm(const RunTimerHooks& hooks, Nanoseconds wall, Nanoseconds cpu) {
  g_state.hooks = hooks;
  WARRANT_CHECKED(make(cpu));
  g_state.raised = false;
  g_state.ending = false;
  g_state.asks = 0;
  g_state.armed = true;
  // A timer of zero would be off: a run without time ends at the first opportunity.
  if (wall != kForever) set_wall(wall == Nanoseconds{0} ? Nanoseconds{1} : wall, 0);
  if (cpu != kForever) {
    itimerspec spec{};
    const std::uint64_t left = count(cpu) == 0 ? 1 : count(cpu);
    spec.it_value.tv_sec = static_cast<time_t>(left / 1'000'000'000);
    spec.it_value.tv_nsec = static_cast<long>(left % 1'000'000'000);
    if (timer_settime(g_state.cpu, 0, &spec, nullptr) != 0) {
      return error_from_errno(errno, "timer_settime");
    }
  }
  return {};
}

void RunTimer::disarm() noexcept {
  g_state.armed = false;
  const itimerspec off{};
  if (g_state.have_wall) (void)timer_settime(g_state.wall, 0, &off, nullptr);
  if (g_state.have_cpu) (void)timer_settime(g_state.cpu, 0, &off, nullptr);
}

int RunTimer::signal() noexcept { return g_state.signal.load(); }

}  // namespace warrant::os
