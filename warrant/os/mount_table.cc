// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/mount_table.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "warrant/os/fd.h"

namespace warrant::os {
namespace {

constexpr std::size_t kMaxTable = 16U << 20;

// "36 35 98:0 /root /point options optional… - type source options"
std::optional<std::string> type_in_line(std::string_view line, std::uint64_t mount_id) {
  std::uint64_t id = 0;
  const auto number = std::from_chars(line.data(), line.data() + line.size(), id);
  if (number.ec != std::errc() || id != mount_id) return std::nullopt;
  constexpr std::string_view kSeparator = " - ";
  const std::size_t at = line.find(kSeparator);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = line.substr(at + kSeparator.size());
  return std::string(rest.substr(0, rest.find(' ')));
}

}  // namespace

std::optional<std::string> mount_type_in(std::string_view table, std::uint64_t mount_id) {
  while (!table.empty()) {
    const std::size_t end = std::min(table.find('\n'), table.size());
    if (auto type = type_in_line(table.substr(0, end), mount_id)) return type;
    table.remove_prefix(std::min(end + 1, table.size()));
  }
  return std::nullopt;
}

std::optional<std::string> mount_type(std::uint64_t mount_id) {
  const OwnedFd file(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return std::nullopt;
  std::string table;
  std::array<char, 16384> block __attribute__((uninitialized));
  while (table.size() < kMaxTable) {
    const ssize_t got = ::read(file.number(), block.data(), block.size());
    if (got <= 0) break;
    table.append(block.data(), static_cast<std::size_t>(got));
  }
  return mount_type_in(table, mount_id);
}

}  // namespace warrant::os
