// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/load_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "warrant/os/errno.h"
#include "warrant/os/fd.h"

namespace warrant::os {

Result<std::vector<std::byte>> load_file(Ambient, const std::string& path, std::uint64_t most) {
  if (path.find('\0') != std::string::npos) return Error{Errc::kInvalid, 0, "open"};
  const OwnedFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.is_open()) return error_from_errno(errno, "open");
  struct stat status{};
  if (fstat(fd.number(), &status) != 0) return error_from_errno(errno, "fstat");
  if (S_ISDIR(status.st_mode)) return Error{Errc::kIsDir, 0, "open"};
  if (!S_ISREG(status.st_mode)) return Error{Errc::kNotSupported, 0, "open"};
  if (static_cast<std::uint64_t>(status.st_size) > most) return Error{Errc::kFileTooBig, 0, "open"};
  std::vector<std::byte> bytes(static_cast<std::size_t>(status.st_size));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = read(fd.number(), bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return error_from_errno(errno, "read");
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace warrant::os
