// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files that decide (grants, ceilings, the configuration, secrets): opened once, judged by what was
// opened, and read from that descriptor.
//
// Trusted is what nobody but the user and root can have written: the file belongs to one of them
// (beneath /etc to root) and is writable by no other, and so is each directory on the way, unless
// it is sticky; the user's private group may write. Links on the way are followed by hand, so the
// directories that they lead through are judged too. Does not look at access control lists beyond
// what they show in the mode. Spec: grants.md section 1.
#include <cstdint>
#include <functional>
#include <string>

#include "warrant/base/result.h"
#include "warrant/os/ambient.h"

namespace warrant::os {

// Who is asking. The defaults of another root and administrator are for tests.
struct Judge {
  std::uint32_t user = 0;
  std::uint32_t administrator = 0;
  std::string root = "/";  // where absolute names begin
  // Asked only when something is writable by its group.
  std::function<bool(std::uint32_t group)> is_private_group = {};
};
// The effective user of this process; private is a group of the user's own name with no other
// member.
Judge judge_of_process(Ambient);

struct TrustReport {
  std::string text;  // why not, with the name that it is about; not escaped
  std::string fix;
};

struct TrustedFile {
  std::string path;  // absolute, as it was asked for
  std::string text;
  // Of the descriptor that was read.
  std::uint32_t owner = 0;
  std::uint32_t mode = 0;
  enum class Kept : std::uint8_t { kOnDisk, kInMemory } kept = Kept::kOnDisk;
};

// A relative path is one of the working directory. kNoEntry: it is not there. kNotCapable: it may
// not be trusted. kFileTooBig: more than `most` bytes. Any failure fills the report.
Result<TrustedFile> load_trusted(Ambient, const std::string& path, std::uint64_t most,
                                 const Judge& judge, TrustReport& report);

// Whether something of this name is there, links not followed; what cannot be looked at counts as
// there, so that load_trusted says why.
enum class Presence : std::uint8_t { kAbsent, kPresent };
Presence presence_of(Ambient, const std::string& path, const Judge& judge);

}  // namespace warrant::os
