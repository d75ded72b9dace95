// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/compile_child.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>

#include "warrant/os/errno.h"
#include "warrant/os/lockdown/filter.h"
#include "warrant/os/lockdown/landlock.h"
#include "warrant/os/lockdown/privileges.h"
#include "warrant/os/waiter.h"

namespace warrant::os {
namespace {

constexpr int kModule = 0;
constexpr int kCode = 1;
constexpr int kWords = 2;
constexpr int kRefusedStatus = 1;
constexpr int kNotStarted = 127;
constexpr std::size_t kMostWords = 4'096;
constexpr std::uint64_t kChildDescriptors = 64;
// A code file is many times the module; a bound for what nobody could load anyway.
constexpr std::uint64_t kMostCode = 8ULL << 30;
constexpr std::uint64_t kSecond = 1'000'000'000;

Result<OwnedFd> memory_file(const char* name) {
  OwnedFd fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.is_open()) return error_from_errno(errno, "memfd_create");
  return fd;
}

Status seal(BorrowedFd fd) {
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (::fcntl(fd.number(), F_ADD_SEALS, kSeals) != 0) return error_from_errno(errno, "seal");
  return {};
}

Result<OwnedFd> sealed_module(std::span<const std::byte> module) {
  WARRANT_TRY(OwnedFd fd, memory_file("warrant-module"));
  for (std::span<const std::byte> left = module; !left.empty();) {
    const ssize_t done = ::write(fd.number(), left.data(), left.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return error_from_errno(errno, "write");
    left = left.subspan(static_cast<std::size_t>(done));
  }
  WARRANT_CHECKED(seal(fd.borrow()));
  return fd;
}

// This program where /proc is not there either.
Result<OwnedFd> open_program(const std::string& named) {
  constexpr int kFlags = O_PATH | O_CLOEXEC;
  OwnedFd fd(::open(named.empty() ? "/proc/self/exe" : named.c_str(), kFlags));
  if (!fd.is_open() && named.empty()) {
    fd = OwnedFd(::open(std::bit_cast<const char*>(::getauxval(AT_EXECFN)), kFlags));
  }
  if (!fd.is_open()) return error_from_errno(errno, "open program");
  return fd;
}

// Between fork and execve: system calls alone.
struct Start {
  int program;
  std::array<int, 3> files;
  char* const* words;
  pid_t parent;
};

[[noreturn]] void become_child(const Start& start) noexcept {
  (void)::setpgid(0, 0);
  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (::getppid() != start.parent) ::_exit(kNotStarted);
  sigset_t none;
  sigemptyset(&none);
  (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGPIPE, SIGXFSZ}) (void)::signal(number, SIG_DFL);
  // Above the numbers that they are put under, so that none is lost on the way.
  std::array<int, 3> high{};
  for (std::size_t i = 0; i < high.size(); ++i) {
    high[i] = ::fcntl(start.files[i], F_DUPFD_CLOEXEC, 10);
  }
  const int program = ::fcntl(start.program, F_DUPFD_CLOEXEC, 10);
  for (int i = 0; i < 3; ++i) {
    if (::dup2(high[static_cast<std::size_t>(i)], i) != i) ::_exit(kNotStarted);
  }
  (void)::syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
  char* const nothing[] = {nullptr};
  (void)::syscall(SYS_execveat, program, "", start.words, nothing, AT_EMPTY_PATH);
  ::_exit(kNotStarted);
}

// True: it has ended by itself.
bool wait_until(pid_t child, Nanoseconds end, CompileWatcher* watcher) {
  const Nanoseconds start = host_monotonic();
  const OwnedFd handle(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  for (;;) {
    const Nanoseconds now = host_monotonic();
    if (now >= end) return false;
    const std::uint64_t left = count(saturating_sub(end, now)) / 1'000'000 + 1;
    pollfd set{handle.number(), POLLIN, 0};
    // Without such a handle the child is asked each 10 ms.
    const std::uint64_t most = !handle.is_open() ? 10 : watcher != nullptr ? 100 : 60'000;
    const std::uint64_t step = std::min(left, most);
    const int ready = ::poll(&set, handle.is_open() ? 1 : 0, static_cast<int>(step));
    if (ready > 0) return true;
    if (watcher != nullptr) watcher->compiling(saturating_sub(host_monotonic(), start));
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid == child) {
      return true;
    }
  }
}

std::string read_words(BorrowedFd fd) {
  std::string words(kMostWords, '\0');
  const ssize_t got = ::pread(fd.number(), words.data(), words.size(), 0);
  words.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return words;
}

// The last words of a compiler that stops where it gets no memory, or no thread for want of it.
bool lacked_memory(std::string_view words) {
  for (const std::string_view each :
       {"memory allocation of", "bad_alloc", "code: 11", "code: 12", "os error 12"}) {
    if (words.find(each) != std::string_view::npos) return true;
  }
  return false;
}

CompileAnswer answer_of(int status, OwnedFd code, BorrowedFd words) {
  CompileAnswer answer;
  answer.words = read_words(words);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && seal(code.borrow())) {
    answer.end = CompileEnd::kDone;
    answer.code = std::move(code);
  } else if (WIFEXITED(status) && WEXITSTATUS(status) == kRefusedStatus) {
    answer.end = CompileEnd::kRefused;
  } else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) {
    answer.end = CompileEnd::kCpu;
  } else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && lacked_memory(answer.words)) {
    answer.end = CompileEnd::kMemory;
  } else {
    answer.words = WIFSIGNALED(status)
                       ? "it was ended by signal " + std::to_string(WTERMSIG(status))
                       : "it ended with status " + std::to_string(WEXITSTATUS(status));
  }
  return answer;
}

std::optional<std::uint64_t> number_of(const std::string& word) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return value;
}

Status bound_time_and_memory(std::uint64_t cpu, std::uint64_t memory) {
  // The soft limit ends it by the signal that says why.
  rlimit time{};
  if (::getrlimit(RLIMIT_CPU, &time) != 0) return error_from_errno(errno, "getrlimit");
  const rlim_t seconds = (cpu + kSecond - 1) / kSecond;
  time.rlim_max = std::min(time.rlim_max, seconds + 1);
  time.rlim_cur = std::min(seconds, time.rlim_max);
  if (::setrlimit(RLIMIT_CPU, &time) != 0) return error_from_errno(errno, "setrlimit");
  lockdown::ResourceBounds bounds;
  bounds.open_files = kChildDescriptors;
  bounds.data = memory;
  bounds.file_bytes = kMostCode;
  std::uint64_t open_files = 0;
  return lockdown::bound_resources(bounds, open_files);
}

Status forbid_paths() {
  const std::uint32_t abi = lockdown::landlock_abi();
  if (abi < lockdown::kLeastLandlock) return {};
  WARRANT_TRY(lockdown::Ruleset rules, lockdown::Ruleset::make(abi));
  return rules.enforce();
}

}  // namespace

Result<CompileAnswer> compile_in_child(Ambient, const std::string& program,
                                       std::span<const std::byte> module,
                                       const std::string& settings, const CompileBounds& bounds,
                                       CompileWatcher* watcher) {
  WARRANT_TRY(const OwnedFd binary, open_program(program));
  WARRANT_TRY(const OwnedFd input, sealed_module(module));
  WARRANT_TRY(OwnedFd code, memory_file("warrant-code"));
  WARRANT_TRY(const OwnedFd words, memory_file("warrant-words"));
  std::array<std::string, 5> texts = {"warrant", std::string(kCompileWord), settings,
                                      std::to_string(count(bounds.cpu)),
                                      std::to_string(bounds.memory)};
  std::array<char*, 6> pointers{};
  std::transform(texts.begin(), texts.end(), pointers.begin(),
                 [](std::string& text) { return text.data(); });
  const Start start{binary.number(),
                    {input.number(), code.number(), words.number()},
                    pointers.data(),
                    ::getpid()};
  const Nanoseconds end = saturating_add(host_monotonic(), bounds.wall);
  const pid_t child = ::fork();
  if (child < 0) return error_from_errno(errno, "fork");
  if (child == 0) become_child(start);
  const bool ended = wait_until(child, end, watcher);
  if (watcher != nullptr) watcher->compiled();
  if (!ended) (void)::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) != child) {
    if (errno != EINTR) return error_from_errno(errno, "waitpid");
  }
  if (!ended) return CompileAnswer{CompileEnd::kWall, {}, {}};
  return answer_of(status, std::move(code), words.borrow());
}

Result<CompileChild> CompileChild::begin(Ambient, std::span<const std::string> words,
                                         std::string_view& failed) {
  failed = "arguments";
  if (words.size() != 3) return Error{Errc::kInvalid, 0, "compile"};
  const auto cpu = number_of(words[1]);
  const auto memory = number_of(words[2]);
  if (!cpu || !memory) return Error{Errc::kInvalid, 0, "compile"};
  lockdown::wipe_environment();
  failed = "rlimits";
  WARRANT_CHECKED(bound_time_and_memory(*cpu, *memory));
  failed = "capabilities";
  WARRANT_CHECKED(lockdown::drop_capabilities());
  failed = "no_new_privs";
  WARRANT_CHECKED(lockdown::forbid_new_privileges());
  failed = "landlock";
  WARRANT_CHECKED(forbid_paths());
  failed = "module";
  struct stat info{};
  if (::fstat(kModule, &info) != 0 || info.st_size <= 0) return Error{Errc::kIo, 0, "compile"};
  const auto size = static_cast<std::size_t>(info.st_size);
  void* const at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, kModule, 0);
  if (at == MAP_FAILED) return error_from_errno(errno, "mmap");
  failed = "seccomp";
  WARRANT_CHECKED(lockdown::load_filter(lockdown::filter_for(
      {.sockets = false, .overlay = false, .network = false, .compiler = true})));
  CompileChild child;
  child.module_ = {static_cast<const std::byte*>(at), size};
  child.settings_ = words[0];
  return child;
}

int CompileChild::code_fd() const noexcept { return kCode; }

void CompileChild::refuse(std::string_view text) noexcept {
  [[maybe_unused]] const ssize_t done =
      ::write(kWords, text.data(), std::min(text.size(), kMostWords));
  ::_exit(kRefusedStatus);
}

}  // namespace warrant::os
