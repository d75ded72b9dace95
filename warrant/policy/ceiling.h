// SPDX-License-Identifier: Apache-2.0
#pragma once
// What no grant may exceed, in the words of the administrator of a machine.
//
// A key that is not written does not narrow: `wrote` tells them apart, because a written empty list
// or `false` means none. `any-host`, `private`, `network-fs` and `hardening = "off"` are allowed by
// a ceiling only where it writes them. Spec: grants.md sections 1, 2 and 4.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/policy/grant.h"

namespace warrant::policy {

enum class Unsigned : std::uint8_t { kPin, kNever };         // from weak to strict
enum class Unenforced : std::uint8_t { kReport, kRefuse };   // from weak to strict
enum class LogRule : std::uint8_t { kOptional, kRequired };  // from weak to strict
enum class Sensitive : std::uint8_t { kWarn, kRefuse };      // from weak to strict
enum class Net : std::uint8_t { kAllowed, kDenied };         // from weak to strict

// What ceilings ask of the host beside narrowing; of several ceilings, the stricter of each.
struct Restrictions {
  Unsigned unsigned_modules = Unsigned::kPin;
  Unenforced unenforced = Unenforced::kReport;
  LogRule log = LogRule::kOptional;
  Sensitive sensitive = Sensitive::kWarn;
  Net net = Net::kAllowed;
  Hardening hardening_minimum = Hardening::kOff;
  std::optional<Nanoseconds> expires_within = {};
  // Non-public addresses that may be reached at all; nothing: no ceiling says.
  std::optional<std::vector<std::string>> private_hosts = {};
  friend bool operator==(const Restrictions&, const Restrictions&) = default;
};

Restrictions stricter(const Restrictions& a, const Restrictions& b);

struct Ceiling {
  std::string source;                        // the file
  Grant widest;                              // the values; in a directory `guest` may be empty
  std::vector<std::string> any_environment;  // names that may have any value: `NAME = {}`
  bool any_host = false;
  bool network_fs = false;
  std::vector<std::string> private_hosts;  // key `private`
  Restrictions restrictions;
  std::vector<std::string> written;  // keys in the spelling of TOML, lists and tables included

  bool wrote(std::string_view key) const noexcept;  // "fetch", "clock.wall", "limits.memory"
  friend bool operator==(const Ceiling&, const Ceiling&) = default;
};

}  // namespace warrant::policy
