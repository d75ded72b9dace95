// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/run_request.h"

namespace warrant::cli {
namespace {

constexpr std::string_view kShape = "--dir HOST[::GUEST][:read|write], as in --dir .::/work:write";

bool looks_like_mode(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == ',' ||
                      (c >= '0' && c <= '9');
    if (!word) return false;
  }
  return true;
}

bool has_parent_component(std::string_view path) {
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (path.substr(0, slash) == "..") return true;
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return false;
}

std::optional<policy::Access> parse_mode(std::string_view word, UsageError& error) {
  if (word == "read") return policy::Access::kRead;
  if (word == "write") return policy::Access::kWrite;
  if (word == "overlay") return policy::Access::kOverlay;
  error.what = "--dir: \"" + std::string(word) + "\" is no mode";
  if (word == "ro" || word == "r") {
    error.hint = "say :read";
  } else if (word == "rw" || word == "w") {
    error.hint = "say :write";
  } else {
    error.hint = "a mode is read or write: " + std::string(kShape);
  }
  return std::nullopt;
}

bool parse_options(std::string_view options, policy::DirectoryGrant& grant, UsageError& error) {
  while (!options.empty()) {
    const std::size_t comma = options.find(',');
    const std::string_view option = options.substr(0, comma);
    if (option == "xdev") {
      grant.xdev = true;
    } else if (option == "network-fs") {
      grant.network_fs = true;
    } else {
      error = {"--dir: \"" + std::string(option) + "\" is no option of a directory",
               "the options are xdev and network-fs, after the mode: --dir .::/work:read,xdev"};
      return false;
    }
    options.remove_prefix(comma == std::string_view::npos ? options.size() : comma + 1);
  }
  return true;
}

}  // namespace

std::optional<policy::DirectoryGrant> parse_directory(std::string_view text, UsageError& error) {
  policy::DirectoryGrant grant;
  const std::size_t separator = text.find("::");
  std::string_view host = text.substr(0, separator);
  std::string_view guest = separator == std::string_view::npos ? "" : text.substr(separator + 2);
  std::string_view& last = separator == std::string_view::npos ? host : guest;
  const std::size_t colon = last.rfind(':');
  if (colon != std::string_view::npos && looks_like_mode(last.substr(colon + 1))) {
    const std::string_view mode = last.substr(colon + 1);
    const std::size_t comma = mode.find(',');
    const auto access = parse_mode(mode.substr(0, comma), error);
    if (!access) return std::nullopt;
    grant.access = *access;
    if (comma != std::string_view::npos && !parse_options(mode.substr(comma + 1), grant, error)) {
      return std::nullopt;
    }
    last = last.substr(0, colon);
  }
  if (last.ends_with(":read") || last.ends_with(":write") || last.ends_with(":overlay")) {
    error = {"--dir: two modes in \"" + std::string(text) + "\"",
             "one mode stands at the end: " + std::string(kShape)};
    return std::nullopt;
  }
  if (separator == std::string_view::npos && host.find(":/") != std::string_view::npos) {
    const std::size_t at = host.find(":/");
    error = {"--dir: host and guest names are separated by two colons",
             "did you mean --dir " + std::string(host.substr(0, at)) +
                 "::" + std::string(host.substr(at + 1)) + "?"};
    return std::nullopt;
  }
  if (host.empty() || (separator != std::string_view::npos && guest.empty())) {
    error = {"--dir: a name is missing in \"" + std::string(text) + "\"", std::string(kShape)};
    return std::nullopt;
  }
  if (separator == std::string_view::npos && has_parent_component(host)) {
    error = {"--dir: \"" + std::string(host) + "\" climbs, so it cannot be the guest's name for it",
             "name it for the guest: --dir " + std::string(host) + "::/work"};
    return std::nullopt;
  }
  grant.host = std::string(host);
  grant.guest = std::string(separator == std::string_view::npos ? host : guest);
  return grant;
}

}  // namespace warrant::cli
