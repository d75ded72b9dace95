// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/identity.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "warrant/os/errno.h"
#include "warrant/os/fd.h"

namespace warrant::os {
namespace {

// One short line of /proc; empty when there is none.
std::string proc_line(const char* path) {
  const OwnedFd file(::open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.is_open()) return {};
  std::array<char, 64> bytes;
  const ssize_t got = ::read(file.number(), bytes.data(), bytes.size());
  if (got <= 0) return {};
  const std::string_view text(bytes.data(), static_cast<std::size_t>(got));
  return std::string(text.substr(0, text.find('\n')));
}

}  // namespace

Identity who_runs(Ambient) {
  Identity who;
  who.uid = ::getuid();
  who.euid = ::geteuid();
  who.pid = static_cast<std::uint32_t>(::getpid());
  who.ppid = static_cast<std::uint32_t>(::getppid());
  const std::string login = proc_line("/proc/self/loginuid");
  (void)std::from_chars(login.data(), login.data() + login.size(), who.loginuid);
  utsname names{};
  if (::uname(&names) == 0) who.host = static_cast<const char*>(names.nodename);
  who.boot = proc_line("/proc/sys/kernel/random/boot_id");
  return who;
}

std::uint32_t process_id() noexcept { return static_cast<std::uint32_t>(::getpid()); }

Result<std::string> random_id(Ambient) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<unsigned char, 16> random;
  if (::getrandom(random.data(), random.size(), 0) != ssize_t{random.size()}) {
    return error_from_errno(errno, "getrandom");
  }
  std::string id;
  for (const unsigned char byte : random) {
    id += kDigits[byte >> 4U];
    id += kDigits[byte & 15U];
  }
  return id;
}

std::uint64_t wall_micros() noexcept {
  timespec time{};
  if (::clock_gettime(CLOCK_REALTIME, &time) != 0 || time.tv_sec < 0) return 0;
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000U +
         static_cast<std::uint64_t>(time.tv_nsec) / 1'000U;
}

}  // namespace warrant::os
