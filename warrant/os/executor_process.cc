// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/executor_process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <charconv>

#include "warrant/os/errno.h"
#include "warrant/os/run_timer.h"

namespace warrant::os {
namespace {

using lockdown::clone_into;
using lockdown::kNoSpaces;
using lockdown::SpaceNumbers;
using lockdown::Spaces;

constexpr int kChannel = 3;  // in the executor; its files follow
constexpr int kNotStarted = 127;
constexpr int kPatience = 10'000;  // milliseconds until it says hello
constexpr std::size_t kMostFiles = 256;

Result<OwnedFd> open_program() {
  constexpr int kFlags = O_PATH | O_CLOEXEC;
  OwnedFd fd(::open("/proc/self/exe", kFlags));
  if (!fd.is_open()) {
    fd = OwnedFd(::open(std::bit_cast<const char*>(::getauxval(AT_EXECFN)), kFlags));
  }
  if (!fd.is_open()) return error_from_errno(errno, "open program");
  return fd;
}

std::string print_numbers(const SpaceNumbers& numbers) {
  std::string text;
  for (const std::uint64_t each : numbers) text += std::to_string(each) + ",";
  return text;
}

// Between clone and execve: system calls alone.
struct Image {
  int program;
  std::span<const int> files;  // the channel first; all numbers above those that they get
  char* const* words;
  int nothing;                 // a file without bytes, which nobody can write
  std::span<const int> muted;  // the numbers that it gets
};

[[noreturn]] void become_executor(const Image& start) noexcept {
  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  sigset_t none;
  sigemptyset(&none);
  (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : start.muted) {
    if (::dup3(start.nothing, number, 0) != number) ::_exit(kNotStarted);
  }
  int at = kChannel;
  for (const int file : start.files) {
    if (::dup3(file, at, 0) != at) ::_exit(kNotStarted);
    ++at;
  }
  (void)::syscall(SYS_close_range, static_cast<unsigned>(at), ~0U, CLOSE_RANGE_CLOEXEC);
  char* const nothing[] = {nullptr};
  (void)::syscall(SYS_execveat, start.program, "", start.words, nothing, AT_EMPTY_PATH);
  ::_exit(kNotStarted);
}

// Signal handlers have no argument of ours.
std::atomic<int> g_executor{-1};  // NOLINT: see above

void tell_executor(int signal) noexcept {
  const int saved = errno;
  (void)::syscall(SYS_pidfd_send_signal, g_executor.load(), signal, nullptr, 0);
  errno = saved;
}

void on_stop(int) noexcept {
  tell_executor(SIGSTOP);
  (void)::syscall(SYS_tgkill, ::getpid(), ::gettid(), SIGSTOP);
}

void on_wake(int) noexcept { tell_executor(SIGCONT); }

// By waitid, as the broker's filter has no other call to wait by.
bool await_end(const OwnedFd& handle, siginfo_t& info) noexcept {
  while (::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(handle.number()), &info,
                  WEXITED) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

// Which of the namespaces are others than the broker's.
bool all_differ(std::string_view text) {
  const SpaceNumbers mine = lockdown::space_numbers();
  for (const std::uint64_t number : mine) {
    std::uint64_t brokers = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), brokers);
    if (error != std::errc{} || number == 0 || brokers == 0 || number == brokers) return false;
    text.remove_prefix(std::min(static_cast<std::size_t>(end - text.data()) + 1, text.size()));
  }
  return true;
}

}  // namespace

Result<OwnedFd> sealed_memory(Ambient, const char* name, std::string_view bytes) {
  OwnedFd fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.is_open()) return error_from_errno(errno, "memfd_create");
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd.number(), bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return error_from_errno(errno, "write");
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (::fcntl(fd.number(), F_ADD_SEALS, kSeals) != 0) return error_from_errno(errno, "seal");
  return fd;
}

Result<ExecutorProcess> ExecutorProcess::try_start(Ambient ambient, const Start& start,
                                                   Spaces spaces) {
  const auto& [files, muted, group] = start;
  WARRANT_TRY(const OwnedFd program, open_program());
  WARRANT_TRY(Channel::Pair pair, Channel::make(ambient));
  // Above every number that is given.
  const int above = kChannel + 1 + static_cast<int>(files.size());
  std::vector<OwnedFd> high;
  std::vector<int> numbers;
  const auto lift = [&](BorrowedFd fd) {
    high.emplace_back(::fcntl(fd.number(), F_DUPFD_CLOEXEC, above));
    numbers.push_back(high.back().number());
    return high.back().is_open();
  };
  bool lifted = lift(pair.theirs.fd());
  for (const BorrowedFd each : files) lifted = lifted && lift(each);
  const OwnedFd start_from(::fcntl(program.number(), F_DUPFD_CLOEXEC, above));
  OwnedFd nothing;
  if (!muted.empty()) {
    WARRANT_TRY(const OwnedFd empty, sealed_memory(ambient, "warrant-nothing", {}));
    nothing = OwnedFd(::fcntl(empty.number(), F_DUPFD_CLOEXEC, above));
    lifted = lifted && nothing.is_open();
  }
  if (!lifted || !start_from.is_open()) return error_from_errno(errno, "fcntl");
  const std::string here =
      spaces == Spaces::kOwn ? print_numbers(lockdown::space_numbers()) : std::string("-");
  std::array<std::string, 4> texts = {"warrant", std::string(kExecuteWord),
                                      std::to_string(files.size()), here};
  std::array<char*, 5> pointers{};
  std::transform(texts.begin(), texts.end(), pointers.begin(),
                 [](std::string& text) { return text.data(); });
  const pid_t child = clone_into(spaces);
  if (child < 0) return error_from_errno(errno, "clone");
  if (child == 0)
    become_executor({start_from.number(), numbers, pointers.data(), nothing.number(), muted});
  OwnedFd handle(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  ExecutorProcess process(child, std::move(handle), std::move(pair.ours));
  process.grouped_ = group != nullptr && group->take(child);
  return process;
}

Result<ExecutorProcess> ExecutorProcess::start(Ambient ambient, const Start& start) {
  if (start.files.size() > kMostFiles) return Error{Errc::kTooManyFiles, 0, "executor"};
  for (const Spaces spaces : {Spaces::kOwn, Spaces::kShared}) {
    auto started = try_start(ambient, start, spaces);
    if (!started && spaces == Spaces::kOwn) continue;  // the system allows none
    if (!started) return started.error();
    if (started->handle_.is_open() && started->channel_.wait(kPatience)) {
      const auto hello = started->channel_.receive(0);
      if (hello && hello->kind == kHelloMessage) return std::move(*started);
    }
    started->kill();
  }
  return Error{Errc::kIo, 0, "executor"};
}

ExecutorProcess::~ExecutorProcess() {
  if (!handle_.is_open()) return;
  kill();
  siginfo_t info{};
  (void)await_end(handle_, info);
}

void ExecutorProcess::kill() const noexcept {
  if (handle_.is_open()) {
    (void)::syscall(SYS_pidfd_send_signal, handle_.number(), SIGKILL, nullptr, 0);
  } else {
    (void)::kill(pid_, SIGKILL);
  }
}

void ExecutorProcess::forward(int signal) const noexcept {
  (void)::syscall(SYS_pidfd_send_signal, handle_.number(), RunTimer::forwarded(signal), nullptr, 0);
}

void ExecutorProcess::follow_stops() const noexcept {
  g_executor = handle_.number();
  for (const int number : {SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT}) {
    struct sigaction action{};
    if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = number == SIGCONT ? on_wake : on_stop;
    action.sa_flags = SA_RESTART;
    (void)::sigaction(number, &action, nullptr);
  }
}

std::string ExecutorProcess::wait() noexcept {
  siginfo_t info{};
  const bool ended = await_end(handle_, info);
  handle_.reset();
  if (!ended) return "it cannot be waited for";
  if (info.si_code != CLD_EXITED) return "it was ended by signal " + std::to_string(info.si_status);
  if (info.si_status != 0) return "it ended with status " + std::to_string(info.si_status);
  return {};
}

Result<ExecutorChild> ExecutorChild::begin(Ambient, std::span<const std::string> words) {
  if (words.size() != 2) return Error{Errc::kInvalid, 0, "execute"};
  std::size_t count = 0;
  const std::string& number = words[0];
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
  if (error != std::errc{} || end != number.data() + number.size() || count > kMostFiles) {
    return Error{Errc::kInvalid, 0, "execute"};
  }
  const int last = kChannel + static_cast<int>(count);
  std::vector<OwnedFd> files;
  for (int at = kChannel; at <= last; ++at) {
    if (::fcntl(at, F_SETFD, FD_CLOEXEC) != 0) return error_from_errno(errno, "execute");
    if (at > kChannel) files.emplace_back(at);
  }
  Channel channel{OwnedFd(kChannel)};
  if (::syscall(SYS_close_range, static_cast<unsigned>(last + 1), ~0U, 0) != 0) {
    return error_from_errno(errno, "close_range");
  }
  const Spaces spaces = words[1] == "-" ? Spaces::kShared : Spaces::kOwn;
  if (spaces == Spaces::kOwn) {
    if (!all_differ(words[1])) ::_exit(kNoSpaces);
    if (!lockdown::enter_empty_root()) ::_exit(kNoSpaces);
  }
  WARRANT_CHECKED(channel.send(kHelloMessage, {}));
  return ExecutorChild(std::move(channel), std::move(files), spaces);
}

Result<std::vector<std::byte>> read_whole(Ambient, BorrowedFd fd, std::uint64_t most) {
  struct stat now{};
  if (::fstat(fd.number(), &now) != 0) return error_from_errno(errno, "read");
  if (now.st_size < 0 || static_cast<std::uint64_t>(now.st_size) > most) {
    return Error{Errc::kFileTooBig, 0, "read"};
  }
  std::vector<std::byte> bytes(static_cast<std::size_t>(now.st_size));
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t done =
        ::pread(fd.number(), bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return Error{Errc::kIo, 0, "read"};
    at += static_cast<std::size_t>(done);
  }
  return bytes;
}

}  // namespace warrant::os
