// SPDX-License-Identifier: Apache-2.0
#pragma once
// Something tried in a throw-away child: what it came to, and nothing of it stays.
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <system_error>

namespace warrant::lockdown_test {

inline constexpr int kSetUpFailed = 200;

// "ok", the name of the errno it ended with, or "signal N".
inline std::string ended(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  const int code = WEXITSTATUS(status);
  if (code == 0) return "ok";
  if (code == kSetUpFailed) return "set-up failed";
  return strerrorname_np(code) == nullptr ? std::to_string(code) : strerrorname_np(code);
}

// "ok", the name of an errno, or "signal N" of what `attack` came to in a child that had
// `prepare`d. An attack answers like a system call: negative with errno, or a success.
inline std::string outcome(const std::function<bool()>& prepare,
                           const std::function<long()>& attack) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    if (prepare && !prepare()) ::_exit(kSetUpFailed);
    errno = 0;
    const long answer = attack();
    ::_exit(answer < 0 ? errno : 0);
  }
  return ended(child);
}

// A listener of TCP on a loopback address of this namespace; gone with the object.
class Listener {
 public:
  Listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    at_.sin_family = AF_INET;
    at_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at_;
    listens_ = ::bind(fd_, reinterpret_cast<sockaddr*>(&at_), size) == 0 && ::listen(fd_, 4) == 0 &&
               ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at_), &size) == 0;
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { ::close(fd_); }
  bool listens() const { return listens_; }
  std::uint16_t port() const { return ntohs(at_.sin_port); }
  // As connect(2) answers, from a socket of its own.
  long reach() const {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&at_), sizeof at_);
  }

 private:
  int fd_;
  sockaddr_in at_ = {};
  bool listens_ = false;
};

// A directory of its own, with files in directories of their own; gone with the object.
class Scratch {
 public:
  Scratch() {
    char name[] = "/tmp/warrant-lockdown-XXXXXX";
    if (::mkdtemp(name) != nullptr) path_ = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  void file(const std::string& name, const std::string& text) const {
    const std::filesystem::path at = path_ + "/" + name;
    std::filesystem::create_directories(at.parent_path());
    std::ofstream(at) << text;
  }

 private:
  std::string path_;
};

}  // namespace warrant::lockdown_test
