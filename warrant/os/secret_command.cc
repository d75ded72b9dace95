// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/secret_command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <vector>

#include "warrant/cap/secrets.h"
#include "warrant/os/errno.h"
#include "warrant/os/fd.h"
#include "warrant/os/timespec.h"
#include "warrant/os/waiter.h"

namespace warrant::os {
namespace {

// A command that was started: gone, with all it started, when this goes.
class Child {
 public:
  explicit Child(pid_t pid) noexcept : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    ::kill(-pid_, SIGKILL);
    if (!reaped_) wait();
  }
  // Its status as wait(2) gives it; it has closed its output, so it is about to end or is killed.
  int wait() noexcept {
    int status = -1;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    reaped_ = true;
    return status;
  }
  bool has_ended(int& status) noexcept {
    reaped_ = ::waitpid(pid_, &status, WNOHANG) == pid_;
    return reaped_;
  }

 private:
  pid_t pid_;
  bool reaped_ = false;
};

std::vector<std::string> environment() {
  std::vector<std::string> made = {"PATH=/usr/bin:/bin"};
  for (const char* name : {"HOME", "USER", "LANG"}) {
    const char* const value = std::getenv(name);
    if (value != nullptr) made.push_back(std::string(name) + "=" + value);
  }
  return made;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> made;
  made.reserve(words.size() + 1);
  for (std::string& word : words) made.push_back(word.data());
  made.push_back(nullptr);
  return made;
}

int spawn(std::vector<std::string> words, int output, pid_t& pid) {
  std::vector<std::string> variables = environment();
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const std::vector<char*> argv = pointers(words);
  const std::vector<char*> envp = pointers(variables);
  const int failed =
      ::posix_spawn(&pid, words.front().c_str(), &actions, &attributes, argv.data(), envp.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  return failed;
}

// Everything until the end of the output; an error where there is too much of it, or no end.
Result<std::string> read_all(BorrowedFd from, Nanoseconds end, std::size_t most) {
  std::string text;
  text.reserve(most + 1);  // never moved: no copy of it stays behind
  const auto give_up = [&](Errc code) {
    cap::wipe(text);
    return Error{code, 0, "secret"};
  };
  for (;;) {
    const Nanoseconds now = host_monotonic();
    if (now >= end) return give_up(Errc::kTimedOut);
    const timespec left = to_timespec(saturating_sub(end, now));
    pollfd set{from.number(), POLLIN, 0};
    if (::ppoll(&set, 1, &left, nullptr) <= 0) continue;
    const std::size_t had = text.size();
    text.resize(most + 1);
    const ssize_t got = ::read(from.number(), text.data() + had, text.size() - had);
    text.resize(got > 0 ? had + static_cast<std::size_t>(got) : had);
    if (got == 0) return text;
    if (got < 0 && errno != EINTR && errno != EAGAIN) return give_up(Errc::kIo);
    if (text.size() > most) return give_up(Errc::kFileTooBig);
  }
}

}  // namespace

Result<std::string> output_of(Ambient, std::span<const std::string> words, Nanoseconds timeout,
                              std::size_t most) {
  const Nanoseconds end = saturating_add(host_monotonic(), timeout);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return error_from_errno(errno, "secret");
  const OwnedFd reading(ends[0]);
  OwnedFd writing(ends[1]);
  pid_t pid = 0;
  const int failed = spawn({words.begin(), words.end()}, writing.number(), pid);
  writing.reset();
  if (failed != 0) return error_from_errno(failed, "secret");
  Child child(pid);
  WARRANT_TRY(std::string text, read_all(reading.borrow(), end, most));
  int status = 0;
  while (!child.has_ended(status)) {
    if (host_monotonic() >= end) {
      cap::wipe(text);
      return Error{Errc::kTimedOut, 0, "secret"};
    }
    const timespec moment{0, 1'000'000};
    ::nanosleep(&moment, nullptr);
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return text;
  cap::wipe(text);
  return Error{Errc::kNotPermitted, 0, "secret"};
}

}  // namespace warrant::os
