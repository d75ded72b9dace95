// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/loading.h"

#include <dlfcn.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace warrant::os {
namespace {

constexpr std::size_t kRecordSpace = 16U << 10;

}  // namespace

void keep_start(Ambient, char**, const ClosedStreams&) noexcept {}
Status load_from_here(Ambient) noexcept { return {}; }
void stay(Ambient) noexcept {}

void* load_library(Ambient, const char* name) noexcept {
  return ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
}

void* find_symbol(Ambient, void* library, const char* symbol) noexcept {
  return library == nullptr ? nullptr : ::dlsym(library, symbol);
}

std::string passwd_home(Ambient) {
  std::array<char, kRecordSpace> space{};
  passwd person{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &person, space.data(), space.size(), &found) != 0 ||
      found == nullptr || *person.pw_dir != '/') {
    return {};
  }
  return person.pw_dir;
}

bool is_private_group(Ambient, std::uint32_t user, std::uint32_t group) {
  std::array<char, kRecordSpace> names{};
  std::array<char, kRecordSpace> members{};
  passwd person{};
  passwd* found_person = nullptr;
  ::group team{};
  ::group* found_team = nullptr;
  if (::getpwuid_r(user, &person, names.data(), names.size(), &found_person) != 0 ||
      found_person == nullptr || person.pw_gid != group) {
    return false;
  }
  if (::getgrgid_r(group, &team, members.data(), members.size(), &found_team) != 0 ||
      found_team == nullptr || std::string_view(team.gr_name) != person.pw_name) {
    return false;
  }
  for (char** member = team.gr_mem; *member != nullptr; ++member) {
    if (std::string_view(*member) != person.pw_name) return false;
  }
  return true;
}

}  // namespace warrant::os
