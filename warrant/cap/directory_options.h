// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a directory grant says beyond its two names; the narrowest is the default.
// Spec: filesystem.md section 1.
#include <cstdint>

#include "warrant/cap/accounting.h"

namespace warrant::cap {

enum class Access : std::uint8_t { kRead, kOverlay, kWrite };  // ordered from narrow to wide
enum class FollowLinks : std::uint8_t { kNone, kFollow };
enum class CreateSymlinks : std::uint8_t { kNone, kRelative };
enum class Hardlinks : std::uint8_t { kDeny, kOwn, kAllow };

struct DirectoryOptions {
  Access access = Access::kRead;
  bool cross_mounts = false;  // key `xdev`
  bool network_fs = false;
  FollowLinks symlinks = FollowLinks::kFollow;
  CreateSymlinks create_symlinks = CreateSymlinks::kRelative;
  Hardlinks hardlinks = Hardlinks::kOwn;
  Quota quota;
};

}  // namespace warrant::cap
