// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/check_twice.h"

#include <sys/stat.h>

#include "warrant/cap/reason.h"

namespace warrant::os {
namespace {

constexpr int kRounds = 1000;

bool is_about_the_path(Errc code) noexcept {
  return code == Errc::kNotCapable || code == Errc::kNoEntry || code == Errc::kNotDir ||
         code == Errc::kLoop;
}

// The walk tells a magic link apart only by the file system it lies on.
bool agree(const Result<OwnedFd>& one, const Result<OwnedFd>& other) {
  if (one && other) {
    struct stat a{};
    struct stat b{};
    return ::fstat(one->number(), &a) == 0 && ::fstat(other->number(), &b) == 0 &&
           key_of(a) == key_of(b);
  }
  if (one.has_value() != other.has_value()) return false;
  return one.error().code == other.error().code || !is_about_the_path(one.error().code) ||
         !is_about_the_path(other.error().code);
}

}  // namespace

void check_against_walk(const Grant& grant, BorrowedFd base, std::string_view path,
                        const OpenHow& how, Links links, const Result<OwnedFd>& opened) {
  const bool created = (how.flags & O_CREAT) != 0;
  if (created && !opened) return;
  OpenHow look = how;
  look.flags &= ~(O_CREAT | O_EXCL);
  if (agree(opened, resolve_walk(grant, base, path, look, links))) return;
  for (int round = 0; round < kRounds; ++round) {
    const auto again = resolve_openat2(grant, base, path, look, links);
    const auto walked = resolve_walk(grant, base, path, look, links);
    if (agree(again, walked)) return;
  }
  stop_on_bug();
}

}  // namespace warrant::os
