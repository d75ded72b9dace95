// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a warrant would answer, by the functions of the run and with no effect: nothing is created,
// changed, bound or connected. Internal to lib and the command line. Spec: cli.md section 2.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "warrant/cap/address.h"
#include "warrant/lib/outcome.h"
#include "warrant/os/ambient.h"
#include "warrant/policy/warrant.h"

namespace warrant::lib {

struct Explanation {
  enum class Decision : std::uint8_t { kAllow, kDeny } decision = Decision::kDeny;
  std::string rule;    // a word of the closed list, or the grant's own
  std::string detail;  // a sentence, escaped
  std::string place;   // where the entry that decides was written; empty: nowhere
};

enum class Intent : std::uint8_t { kRead, kWrite };
// An absolute path of the guest's, or one relative to its working directory.
Explanation explain_open(const os::Ambient& ambient, const policy::Warrant& warrant,
                         const std::vector<std::string>& own_places, const std::string& path,
                         Intent intent);
// `addresses`: what the name stands for, where it is one.
Explanation explain_connect(const policy::Warrant& warrant, const std::string& target,
                            const std::vector<std::string>& addresses);
// The first hop of a request. `addresses`: what the name stands for; none: up to its look-up, which
// is not done. A problem: rules that no run would start with.
Outcome<Explanation> explain_fetch(const os::Ambient& ambient, const policy::Warrant& warrant,
                                   const std::string& method, const std::string& url,
                                   std::span<const cap::IpAddress> addresses);
Explanation explain_variable(const policy::Warrant& warrant, const std::string& name);

// The descriptors that a guest starts with.
struct StartDescriptor {
  std::uint32_t number = 0;
  std::string kind;  // "stdin", "directory", "listener", …
  std::string name;  // escaped
  std::string detail;
};
std::vector<StartDescriptor> start_descriptors(const policy::Warrant& warrant);

}  // namespace warrant::lib
