// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/guest_name.h"

#include "warrant/base/utf8.h"

namespace warrant::policy {
namespace {

constexpr std::size_t kMaxNameBytes = 4'095;

template <typename F>
void for_each_component(std::string_view name, F&& take) {
  while (!name.empty()) {
    const std::size_t slash = name.find('/');
    const std::string_view part = name.substr(0, slash);
    if (!part.empty() && part != ".") take(part);
    if (slash == std::string_view::npos) return;
    name.remove_prefix(slash + 1);
  }
}

}  // namespace

std::optional<std::string_view> check_guest_name(std::string_view name) {
  if (name.size() > kMaxNameBytes) return "the name is longer than 4095 bytes";
  if (name.find('\0') != std::string_view::npos) return "the name holds a NUL byte";
  if (!is_utf8(name)) return "the name is not UTF-8";
  bool climbs = false;
  for_each_component(name, [&](std::string_view part) { climbs = climbs || part == ".."; });
  if (climbs) return "the name holds '..'";
  return std::nullopt;
}

std::string normal_guest_name(std::string_view name) {
  std::string normal;
  const bool absolute = !name.empty() && name.front() == '/';
  for_each_component(name, [&](std::string_view part) {
    if (!normal.empty() || absolute) normal += '/';
    normal += part;
  });
  return normal.empty() ? "/" : normal;
}

bool lies_in(std::string_view path, std::string_view directory) {
  const std::string inner = normal_guest_name(path);
  const std::string outer = normal_guest_name(directory);
  if (outer == "/") return true;
  return inner == outer ||
         (inner.size() > outer.size() && inner.starts_with(outer) && inner[outer.size()] == '/');
}

std::string beneath(std::string_view path, std::string_view directory) {
  const std::string inner = normal_guest_name(path);
  const std::string outer = normal_guest_name(directory);
  std::string rest = outer == "/" ? inner : inner.substr(outer.size());
  while (!rest.empty() && rest.front() == '/') rest.erase(0, 1);
  return rest.empty() ? "." : rest;
}

}  // namespace warrant::policy
