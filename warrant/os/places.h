// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where this user's and this machine's files of ours lie.
//
// $XDG_CONFIG_HOME, $XDG_CACHE_HOME and $XDG_STATE_HOME, by default beneath $HOME; relative values
// are ignored. On a machine that has /etc/warrant/ceiling.toml the home directory is that of the
// passwd entry and no variable counts. Nothing is found in the working directory.
// Spec: grants.md section 1.
#include <functional>
#include <optional>
#include <string>

#include "warrant/os/ambient.h"
#include "warrant/os/trusted_file.h"

namespace warrant::os {

inline constexpr const char* kSystemCeiling = "/etc/warrant/ceiling.toml";

struct PlaceSources {
  std::function<std::optional<std::string>(const char* name)> variable;
  std::function<std::string()> passwd_home;  // empty: there is none
};

struct Places {
  std::string config;  // a directory; empty: there is no home directory. The same of the two below.
  std::string cache;
  std::string state;
  std::string home;
  std::optional<std::string> config_file;  // $WARRANT_CONFIG, as it is written
  Presence system_ceiling = Presence::kAbsent;
  Presence user_ceiling = Presence::kAbsent;
  Presence user_config = Presence::kAbsent;  // the file at its own place

  std::string ceiling_file() const { return config + "/ceiling.toml"; }
  std::string own_config_file() const { return config + "/config.toml"; }
};

Places find_places(Ambient, const PlaceSources& sources, const Judge& judge);
// Of this process: its environment, its user.
Places find_places(Ambient);
// Empty: it is gone.
std::string working_directory(Ambient);

}  // namespace warrant::os
