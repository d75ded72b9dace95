// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/external_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "warrant/os/errno.h"
#include "warrant/os/waiter.h"

namespace warrant::os {
namespace {

constexpr int kFile = 3;
constexpr std::size_t kBlock = 65'536;
constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr int kNotStarted = 127;

struct Pipe {
  OwnedFd read;
  OwnedFd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return error_from_errno(errno, "pipe2");
  return Pipe{OwnedFd(ends[0]), OwnedFd(ends[1])};
}

Result<OwnedFd> sealed_file(std::span<const std::byte> bytes) {
  OwnedFd file(::memfd_create("warrant-module", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.is_open()) return error_from_errno(errno, "memfd_create");
  while (!bytes.empty()) {
    const ssize_t done = ::write(file.number(), bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return error_from_errno(errno, "write");
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (::fcntl(file.number(), F_ADD_SEALS, kSeals) != 0) return error_from_errno(errno, "seal");
  return file;
}

// All that the child needs between fork and execve, where only system calls are allowed.
struct Start {
  const char* program;
  char* const* words;
  std::array<int, 4> files;
  rlim_t cpu_seconds;
  rlim_t open_files;
  pid_t parent;
};

[[noreturn]] void become(const Start& start) noexcept {
  const auto limit = [](int which, rlim_t soft, rlim_t hard) noexcept {
    const rlimit value{soft, hard};
    ::setrlimit(static_cast<__rlimit_resource>(which), &value);
  };
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != start.parent) ::_exit(kNotStarted);
  // Above the targets first, so that none is overwritten before it was copied.
  std::array<int, 4> high{};
  for (std::size_t i = 0; i < start.files.size(); ++i) {
    high[i] = ::fcntl(start.files[i], F_DUPFD_CLOEXEC, kFile + 1);
    if (high[i] < 0) ::_exit(kNotStarted);
  }
  for (std::size_t i = 0; i < high.size(); ++i) {
    if (::dup2(high[i], static_cast<int>(i)) < 0) ::_exit(kNotStarted);
  }
  if (::syscall(SYS_close_range, kFile + 1, ~0U, 0) != 0 || ::chdir("/") != 0) {
    ::_exit(kNotStarted);
  }
  limit(RLIMIT_CORE, 0, 0);
  limit(RLIMIT_CPU, start.cpu_seconds, start.cpu_seconds + 1);
  limit(RLIMIT_NOFILE, start.open_files, start.open_files);
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) {
    ::sigaction(signal, &standard, nullptr);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  constexpr std::array<char*, 1> kNoEnvironment = {nullptr};
  ::execve(start.program, start.words, kNoEnvironment.data());
  ::_exit(kNotStarted);
}

// The parent's side of a running child: pumps until it has ended and both outputs are dry.
class Watch {
 public:
  Watch(const ExternalCall& call, pid_t child, int wake, Pipe input, OwnedFd output,
        OwnedFd error_output)
      : call_(call),
        child_(child),
        wake_(wake),
        to_input_(std::move(input.write)),
        outputs_{std::move(output), std::move(error_output)},
        end_(saturating_add(host_monotonic(), call.wall)),
        pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, child, 0))) {
    ::fcntl(to_input_.number(), F_SETFL, O_NONBLOCK);
  }

  ExternalEnd wait() {
    while (!is_over()) step();
    int status = 0;
    rusage used{};
    while (::wait4(child_, &status, 0, &used) < 0 && errno == EINTR) {
    }
    ExternalEnd end;
    end.cpu = saturating_add(time_of(used.ru_utime), time_of(used.ru_stime));
    end.by = by_;
    end.exited = WIFEXITED(status);
    if (end.exited) end.status = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
    if (by_ == ExternalEnd::By::kItself && end.signal == SIGXCPU) end.by = ExternalEnd::By::kCpu;
    return end;
  }

 private:
  static Nanoseconds time_of(const timeval& time) noexcept {
    return Nanoseconds{static_cast<std::uint64_t>(time.tv_sec) * kSecond +
                       static_cast<std::uint64_t>(time.tv_usec) * 1'000};
  }

  bool is_over() const noexcept {
    return ended_ && !outputs_[0].is_open() && !outputs_[1].is_open();
  }

  void kill_for(ExternalEnd::By by) {
    if (by_ == ExternalEnd::By::kItself && !ended_) by_ = by;
    ::kill(-child_, SIGKILL);
    ::kill(child_, SIGKILL);
  }

  // What the child left behind may hold the pipes open: it goes with its group.
  void child_ended() {
    ended_ = true;
    ::kill(-child_, SIGKILL);
  }

  void step() {
    const bool has_bytes = !call_.input_bytes.subspan(given_).empty() || !block_.empty();
    const bool wants_input = to_input_.is_open() && !has_bytes && call_.input.is_open();
    if (to_input_.is_open() && !has_bytes && !call_.input.is_open()) to_input_.reset();
    std::array<pollfd, 6> polled = {{{pidfd_.number(), ended_ ? short{0} : short{POLLIN}, 0},
                                     {wake_, POLLIN, 0},
                                     {outputs_[0].number(), POLLIN, 0},
                                     {outputs_[1].number(), POLLIN, 0},
                                     {has_bytes ? to_input_.number() : -1, POLLOUT, 0},
                                     {wants_input ? call_.input.number() : -1, POLLIN, 0}}};
    if (ended_) polled[0].fd = -1;
    const int ready = ::poll(polled.data(), polled.size(), patience());
    if (ready < 0) return;
    if (ready == 0 && count(saturating_sub(end_, host_monotonic())) == 0) {
      kill_for(ExternalEnd::By::kWall);
      end_ = kForever;
    }
    if (polled[1].revents != 0) {
      kill_for(ExternalEnd::By::kCancel);
      wake_ = -1;
    }
    drain(outputs_[0], polled[2].revents, call_.output);
    drain(outputs_[1], polled[3].revents, call_.error_output);
    if (polled[4].revents != 0) feed();
    if (polled[5].revents != 0) fetch_input();
    if (polled[0].revents != 0) child_ended();
  }

  int patience() const {
    const std::uint64_t left = count(saturating_sub(end_, host_monotonic()));
    return static_cast<int>(std::min<std::uint64_t>(left / kMillisecond + 1, 60'000));
  }

  static void drain(OwnedFd& from, short events, const BytesCallback& to) {
    if (events == 0 || !from.is_open()) return;
    std::array<std::byte, kBlock> block;
    const ssize_t got = ::read(from.number(), block.data(), block.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) return from.reset();
    if (to) to(std::span(block).first(static_cast<std::size_t>(got)));
  }

  void feed() {
    const auto rest = block_.empty() ? call_.input_bytes.subspan(given_)
                                     : std::span<const std::byte>(block_).subspan(block_given_);
    const ssize_t done = ::write(to_input_.number(), rest.data(), rest.size());
    if (done < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (done <= 0) return to_input_.reset();
    if (block_.empty()) {
      given_ += static_cast<std::size_t>(done);
      return;
    }
    block_given_ += static_cast<std::size_t>(done);
    if (block_given_ == block_.size()) block_.clear();
  }

  void fetch_input() {
    block_.resize(kBlock);
    block_given_ = 0;
    const ssize_t got = ::read(call_.input.number(), block_.data(), block_.size());
    block_.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) to_input_.reset();
  }

  const ExternalCall& call_;
  pid_t child_;
  int wake_;
  OwnedFd to_input_;
  std::array<OwnedFd, 2> outputs_;
  Nanoseconds end_;
  OwnedFd pidfd_;
  ExternalEnd::By by_ = ExternalEnd::By::kItself;
  bool ended_ = false;
  std::size_t given_ = 0;
  std::vector<std::byte> block_;
  std::size_t block_given_ = 0;
};

}  // namespace

Result<std::unique_ptr<ExternalProcess>> ExternalProcess::make(Ambient) {
  OwnedFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.is_open()) return error_from_errno(errno, "eventfd");
  return std::unique_ptr<ExternalProcess>(new ExternalProcess(std::move(wake)));
}

ProgramState program_state(Ambient, const std::string& path) noexcept {
  if (::access(path.c_str(), X_OK) == 0) return ProgramState::kUsable;
  return ::access(path.c_str(), F_OK) == 0 ? ProgramState::kNotExecutable : ProgramState::kAbsent;
}

void ExternalProcess::cancel() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t done = ::write(wake_.number(), &one, sizeof one);
}

Result<ExternalEnd> ExternalProcess::run(const ExternalCall& call) {
  WARRANT_TRY(OwnedFd file, sealed_file(call.file));
  WARRANT_TRY(Pipe input, make_pipe());
  WARRANT_TRY(Pipe output, make_pipe());
  WARRANT_TRY(Pipe error_output, make_pipe());
  std::vector<std::string> words = call.words;
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const Start start{
      call.program.c_str(),
      pointers.data(),
      {input.read.number(), output.write.number(), error_output.write.number(), file.number()},
      static_cast<rlim_t>((count(call.cpu) + kSecond - 1) / kSecond),
      static_cast<rlim_t>(call.open_files),
      ::getpid()};
  const pid_t child = ::fork();
  if (child < 0) return error_from_errno(errno, "fork");
  if (child == 0) become(start);
  ::setpgid(child, child);
  input.read.reset();
  output.write.reset();
  error_output.write.reset();
  return Watch(call, child, wake_.number(), std::move(input), std::move(output.read),
               std::move(error_output.read))
      .wait();
}

}  // namespace warrant::os
