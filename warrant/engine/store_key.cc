// SPDX-License-Identifier: Apache-2.0
#include "warrant/engine/store_key.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "warrant/engine/file.h"

namespace warrant::engine {

namespace {

constexpr mode_t kModeBits = 07777;
constexpr int kAttempts = 1'000;
constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;
constexpr const char* kName = "code.key";

using Secret = std::array<std::byte, kStoreKeyBytes>;

Result<Secret> read_key(const File& directory) {
  WARRANT_TRY(const File file, open_file(directory, kName));
  WARRANT_TRY(const struct stat info, stat_of(file));
  if (!S_ISREG(info.st_mode) || info.st_uid != geteuid() || (info.st_mode & kModeBits) != 0600 ||
      info.st_size != kStoreKeyBytes) {
    return Error{Errc::kNotPermitted, 0, "key"};
  }
  if (info.st_nlink != 1) return Error{Errc::kBusy, 0, "key"};
  Secret secret{};
  WARRANT_CHECKED(read_all(file, secret));
  return secret;
}

// Written elsewhere and then given its name, so that nobody reads half a key and the first wins.
// In one step where the file system knows such a rename.
Status make_key(const File& directory) {
  Secret secret{};
  if (::getrandom(secret.data(), secret.size(), 0) != static_cast<ssize_t>(secret.size())) {
    return last_error("getrandom");
  }
  std::string temporary;
  WARRANT_TRY(const File file, create_temporary(directory, temporary));
  Status made = write_all(file, secret);
  if (made && ::fsync(file.fd()) != 0) made = last_error("sync");
  if (made && ::renameat2(directory.fd(), temporary.c_str(), directory.fd(), kName,
                          RENAME_NOREPLACE) == 0) {
    return {};
  }
  const bool is_unknown = made && (errno == EINVAL || errno == ENOSYS);
  if (is_unknown && ::linkat(directory.fd(), temporary.c_str(), directory.fd(), kName, 0) != 0) {
    made = last_error("link");
  } else if (made && !is_unknown) {
    made = last_error("rename");
  }
  if (!made && made.error().code == Errc::kExists) made = {};
  if (::unlinkat(directory.fd(), temporary.c_str(), 0) != 0 && made) made = last_error("unlink");
  return made;
}

}  // namespace

Result<Secret> load_store_key(std::string_view state_directory) {
  WARRANT_TRY(const File directory, open_directory(state_directory, Missing::kCreate));
  WARRANT_TRY(const struct stat info, stat_of(directory));
  if (info.st_uid != geteuid() || (info.st_mode & kOthersWrite) != 0) {
    return Error{Errc::kNotPermitted, 0, "state"};
  }
  // Who makes the key may hold two names of it for a moment; a reader of that moment looks again.
  for (int attempt = 0;; ++attempt) {
    auto secret = read_key(directory);
    if (secret) return secret;
    const bool missing = secret.error().code == Errc::kNoEntry;
    if (attempt == kAttempts || (!missing && secret.error().code != Errc::kBusy)) {
      return secret.error();
    }
    if (missing) {
      WARRANT_CHECKED(make_key(directory));
    } else {
      (void)::usleep(1000);
    }
  }
}

}  // namespace warrant::engine
