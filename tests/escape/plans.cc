// SPDX-License-Identifier: Apache-2.0
#include "tests/escape/plans.h"

#include <algorithm>
#include <array>

namespace warrant::escape {
namespace {

using contract::creating;
using contract::Guest;
using contract::reading;
using enum cap::Symlinks;

constexpr std::size_t kStepBytes = 5;
constexpr std::size_t kMaxSteps = 40;
constexpr std::array<const char*, 8> kTokens = {"a", "b", "c", "l", "m", "..", ".", ""};

std::string path_of(std::uint8_t low, std::uint8_t high) {
  const unsigned bits = low | static_cast<unsigned>(high) << 8U;
  std::string path = kTokens[bits >> 2U & 7U];
  for (unsigned i = 1; i <= (bits & 3U); ++i) {
    path += "/";
    path += kTokens[bits >> (2U + 3U * i) & 7U];
  }
  return path;
}

// As another program would plant it, where nothing is.
std::string plant(Arena& arena, Guest& guest, const std::string& target, const std::string& path) {
  const std::string name = path.substr(0, path.find('/'));
  if (target.empty() || name.size() != 1 || name == "." || guest.stat(name, kNoFollow) != "NOENT") {
    return "not planted";
  }
  arena.plant_link(target, name);
  return "planted";
}

std::string open_with(Guest& guest, const std::string& path, unsigned kind) {
  cap::OpenOptions options = reading((kind & 1U) != 0 ? kFollow : kNoFollow);
  switch (kind >> 1U & 3U) {
    case 0:
      break;
    case 1:
      options.directory = true;
      break;
    case 2:
      options.truncate = true;
      break;
    default:
      options = creating(options.symlinks);
      options.exclusive = true;
      break;
  }
  return guest.open(path, options);
}

std::string step(Arena& arena, Guest& guest, std::span<const std::uint8_t> bytes) {
  const std::string path = path_of(bytes[1], bytes[2]);
  const std::string second = path_of(bytes[3], bytes[4]);
  const cap::Symlinks symlinks = bytes[0] >= 128 ? kFollow : kNoFollow;
  switch (bytes[0] % 15) {
    case 0:
      return "stat " + path + ": " + guest.stat(path, symlinks);
    case 1:
    case 2:
      return "open " + path + ": " + open_with(guest, path, bytes[3]);
    case 3:
      return "write " + path + ": " + guest.write(path, second);
    case 4:
      return "read " + path + ": " + guest.read(path);
    case 5:
    case 6:
      return "mkdir " + path + ": " + guest.make_directory(path);
    case 7:
      return "rmdir " + path + ": " + guest.remove_directory(path);
    case 8:
      return "unlink " + path + ": " + guest.unlink(path);
    case 9:
      return "rename " + path + " " + second + ": " + guest.rename(path, second);
    case 10:
      return "link " + path + " " + second + ": " + guest.link(path, second);
    case 11:
      return "symlink " + path + " at " + second + ": " + guest.symlink(path, second);
    case 12:
      return "readlink " + path + ": " + guest.read_link(path);
    case 13:
      return "touch " + path + ": " + guest.touch(path, symlinks);
    default:
      return "plant " + path + " at " + second + ": " + plant(arena, guest, path, second);
  }
}

void describe(Guest& guest, const std::string& folder, int depth, std::string& text) {
  const auto directory = folder.empty() ? nullptr : guest.sub(folder);
  const auto names = folder.empty() ? guest.names() : contract::names_of(*directory);
  for (const std::string& name : names) {
    std::string path = folder;
    if (!path.empty()) path += "/";
    path += name;
    const std::string type = guest.stat(path, kNoFollow);
    text.append(path).append(" ").append(type);
    if (type == "file") {
      text.append(" ").append(std::to_string(guest.stat_of(path).links));
      text.append(" ").append(guest.read(path));
    } else if (type == "link") {
      text.append(" ").append(guest.read_link(path));
    }
    text += "\n";
    if (type == "directory" && depth > 0) describe(guest, path, depth - 1, text);
  }
}

}  // namespace

std::string carry_out(std::span<const std::uint8_t> plan, Arena& arena) {
  Guest guest(arena.grant());
  std::string text;
  const std::size_t steps = std::min(plan.size() / kStepBytes, kMaxSteps);
  for (std::size_t i = 0; i < steps; ++i) {
    text += step(arena, guest, plan.subspan(i * kStepBytes, kStepBytes)) + "\n";
  }
  describe(guest, "", 8, text);
  return text;
}

std::string difference(std::span<const std::uint8_t> plan) {
  std::string first;
  for (const auto make : {openat2_arena, walk_arena, memfs_arena}) {
    const auto arena = make();
    const std::string before = arena->outside();
    const std::string text = carry_out(plan, *arena);
    const char* name = make == openat2_arena ? "openat2"
                       : make == walk_arena  ? "the walk"
                                             : "memory";
    if (arena->outside() != before) return std::string("outside changed by ") + name + "\n" + text;
    if (first.empty()) first = text;
    if (text != first) {
      return std::string("openat2:\n").append(first).append("\n").append(name).append(":\n") + text;
    }
  }
  return "";
}

}  // namespace warrant::escape
