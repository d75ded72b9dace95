// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/places.h"

#include <cstdlib>
#include <string_view>

namespace warrant::cli {
namespace {

std::string absolute_variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value != '/') return {};
  return value;
}

std::string place(const char* variable, std::string_view beneath_home) {
  std::string base = absolute_variable(variable);
  if (base.empty()) {
    base = absolute_variable("HOME");
    if (base.empty()) return {};
    base += beneath_home;
  }
  return base + "/warrant";
}

}  // namespace

Places find_places() {
  return {place("XDG_CACHE_HOME", "/.cache"), place("XDG_STATE_HOME", "/.local/state")};
}

}  // namespace warrant::cli
