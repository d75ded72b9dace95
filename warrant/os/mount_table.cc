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
struct Row {
  std::uint64_t id = 0;
  std::string_view device;
  std::string_view root;  // escaped, as the next one
  std::string_view point;
  std::string_view type;
};

std::optional<Row> parse_row(std::string_view line) {
  constexpr std::string_view kSeparator = " - ";
  const std::size_t at = line.find(kSeparator);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view behind = line.substr(at + kSeparator.size());
  std::array<std::string_view, 5> fields;
  for (std::string_view& field : fields) {
    const std::size_t end = line.find(' ');
    if (end == std::string_view::npos) return std::nullopt;
    field = line.substr(0, end);
    line.remove_prefix(end + 1);
  }
  Row row;
  const auto number =
      std::from_chars(fields[0].data(), fields[0].data() + fields[0].size(), row.id);
  if (number.ec != std::errc()) return std::nullopt;
  row.device = fields[2];
  row.root = fields[3];
  row.point = fields[4];
  row.type = behind.substr(0, behind.find(' '));
  return row;
}

// "\040" and the like are how the kernel writes blanks, tabs, line feeds and backslashes.
std::string unescape(std::string_view text) {
  const auto digit = [&](std::size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '7';
  };
  std::string plain;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\\' && digit(at + 1) && digit(at + 2) && digit(at + 3)) {
      plain += static_cast<char>((text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 +
                                 (text[at + 3] - '0'));
      at += 4;
    } else {
      plain += text[at++];
    }
  }
  return plain;
}

// What of `path` lies beneath `top`, with its leading slash; nothing when it does not.
std::optional<std::string_view> beneath(std::string_view path, std::string_view top) {
  if (top == "/") return path == "/" ? std::string_view() : path;
  if (!path.starts_with(top)) return std::nullopt;
  const std::string_view rest = path.substr(top.size());
  if (!rest.empty() && rest.front() != '/') return std::nullopt;
  return rest;
}

std::string joined(std::string top, std::string_view rest) {
  if (top == "/") return rest.empty() ? top : std::string(rest);
  return top.append(rest);
}

template <typename OnRow>
void for_each_row(std::string_view table, OnRow on_row) {
  while (!table.empty()) {
    const std::size_t end = std::min(table.find('\n'), table.size());
    if (const auto row = parse_row(table.substr(0, end))) on_row(*row);
    table.remove_prefix(std::min(end + 1, table.size()));
  }
}

}  // namespace

std::optional<std::string> mount_type_in(std::string_view table, std::uint64_t mount_id) {
  std::optional<std::string> type;
  for_each_row(table, [&](const Row& row) {
    if (row.id == mount_id) type = std::string(row.type);
  });
  return type;
}

bool FileSystemPlace::lies_in(const FileSystemPlace& outer) const noexcept {
  return device == outer.device && beneath(path, outer.path).has_value();
}

std::optional<FileSystemPlace> place_in(std::string_view table, std::uint64_t mount_id,
                                        std::string_view absolute) {
  std::optional<FileSystemPlace> place;
  for_each_row(table, [&](const Row& row) {
    if (row.id != mount_id) return;
    if (const auto rest = beneath(absolute, unescape(row.point))) {
      place = {std::string(row.device), joined(unescape(row.root), *rest)};
    }
  });
  return place;
}

std::vector<FileSystemPlace> mounts_beneath(std::string_view table, std::string_view absolute) {
  std::vector<FileSystemPlace> places;
  for_each_row(table, [&](const Row& row) {
    const std::string point = unescape(row.point);
    if (const auto rest = beneath(point, absolute); rest && !rest->empty()) {
      places.push_back({std::string(row.device), unescape(row.root)});
    }
  });
  return places;
}

std::string read_mount_table() {
  std::string table;
  const OwnedFd file(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return table;
  std::array<char, 16384> block __attribute__((uninitialized));
  while (table.size() < kMaxTable) {
    const ssize_t got = ::read(file.number(), block.data(), block.size());
    if (got <= 0) break;
    table.append(block.data(), static_cast<std::size_t>(got));
  }
  return table;
}

std::optional<std::string> mount_type(std::uint64_t mount_id) {
  return mount_type_in(read_mount_table(), mount_id);
}

}  // namespace warrant::os
