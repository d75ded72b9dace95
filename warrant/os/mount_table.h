// SPDX-License-Identifier: Apache-2.0
#pragma once
// What /proc/self/mountinfo says: the type of a mount, and where a directory lies in its file
// system, whatever mount shows it. Spec: filesystem.md section 2, grants.md section 6.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warrant::os {

// The whole table, one mount a line; empty where /proc is not.
std::string read_mount_table();

std::optional<std::string> mount_type(std::uint64_t mount_id);
// The same over given text.
std::optional<std::string> mount_type_in(std::string_view table, std::uint64_t mount_id);

// A directory by its file system: equal for two names of it through two mounts.
struct FileSystemPlace {
  std::string device;  // "254:1"
  std::string path;    // from the top of the file system

  // It is the outer one or lies beneath it.
  bool lies_in(const FileSystemPlace& outer) const noexcept;
};
// `absolute`: a path of this mount, without links.
std::optional<FileSystemPlace> place_in(std::string_view table, std::uint64_t mount_id,
                                        std::string_view absolute);
// What is mounted beneath an absolute path.
std::vector<FileSystemPlace> mounts_beneath(std::string_view table, std::string_view absolute);

}  // namespace warrant::os
