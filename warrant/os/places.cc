// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/places.h"

#include <limits.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "warrant/os/loading.h"

namespace warrant::os {
namespace {

std::optional<std::string> environment_variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  return value;
}

std::string absolute_variable(const PlaceSources& sources, const char* name) {
  auto value = sources.variable(name);
  return value && value->starts_with('/') ? *std::move(value) : std::string();
}

}  // namespace

std::string working_directory(Ambient) {
  std::array<char, PATH_MAX> here{};
  return ::getcwd(here.data(), here.size()) == nullptr ? std::string() : std::string(here.data());
}

Places find_places(Ambient ambient, const PlaceSources& sources, const Judge& judge) {
  Places places;
  places.system_ceiling = presence_of(ambient, kSystemCeiling, judge);
  const bool administered = places.system_ceiling == Presence::kPresent;
  places.home = administered ? sources.passwd_home() : absolute_variable(sources, "HOME");
  if (!administered) places.config_file = sources.variable("WARRANT_CONFIG");
  if (places.config_file && places.config_file->empty()) places.config_file.reset();
  const auto place = [&](const char* variable, const char* beneath_home) {
    std::string base = administered ? std::string() : absolute_variable(sources, variable);
    if (base.empty() && !places.home.empty()) base = places.home + beneath_home;
    return base.empty() ? base : base + "/warrant";
  };
  places.config = place("XDG_CONFIG_HOME", "/.config");
  places.cache = place("XDG_CACHE_HOME", "/.cache");
  places.state = place("XDG_STATE_HOME", "/.local/state");
  // One look at the directory says that neither is there.
  if (!places.config.empty() && presence_of(ambient, places.config, judge) == Presence::kPresent) {
    places.user_ceiling = presence_of(ambient, places.ceiling_file(), judge);
    places.user_config = presence_of(ambient, places.own_config_file(), judge);
  }
  return places;
}

Places find_places(Ambient ambient) {
  Judge judge;
  return find_places(
      ambient,
      {.variable = environment_variable, .passwd_home = [&] { return passwd_home(ambient); }},
      judge);
}

}  // namespace warrant::os
