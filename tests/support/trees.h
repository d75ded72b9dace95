// SPDX-License-Identifier: Apache-2.0
#pragma once
// Real directories for a Guest: in memory, and of the host by either resolver. Each starts with
//
//   file        "0123456789"      link      -> file       dangling -> nowhere
//   dir/inner   "inner"           dirlink   -> dir        out      -> ../outside
//   empty/                        loop      -> loop       absolute -> /etc
//
// and is gone with the object.
#include <memory>
#include <string>

#include "tests/support/fake_ports.h"
#include "warrant/cap/directory.h"
#include "warrant/cap/directory_options.h"

namespace warrant::testing {

enum class Backing { kMemory, kOpenat2, kWalk };
std::string name_of(Backing backing);

// The trees of one guest; grants are numbered from 0 in the order of making.
class Forest {
 public:
  explicit Forest(Backing backing);
  ~Forest();
  Forest(const Forest&) = delete;
  Forest& operator=(const Forest&) = delete;

  // A filled tree, seen with these options.
  std::unique_ptr<cap::Directory> make(const cap::DirectoryOptions& options);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

cap::DirectoryOptions with_access(cap::Access access);

}  // namespace warrant::testing
