// SPDX-License-Identifier: Apache-2.0
#pragma once
// Something tried in a throw-away child: what it came to, and nothing of it stays.
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <system_error>

namespace warrant::lockdown_test {

inline constexpr int kSetUpFailed = 200;

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
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  const int code = WEXITSTATUS(status);
  if (code == 0) return "ok";
  if (code == kSetUpFailed) return "set-up failed";
  return strerrorname_np(code) == nullptr ? std::to_string(code) : strerrorname_np(code);
}

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
