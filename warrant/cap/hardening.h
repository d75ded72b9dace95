// SPDX-License-Identifier: Apache-2.0
#pragma once
// What confines the process in which a guest runs: data, for receipts and for whoever asks.
//
// Filled by `os` while it locks the process down; every layer that it names as being in force has
// been tried by the self-test. Spec: limits.md sections 7 and 7.4.
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace warrant::cap {

enum class HardeningProfile : std::uint8_t { kOff, kBasic, kStrict };

constexpr std::string_view word(HardeningProfile profile) noexcept {
  switch (profile) {
    case HardeningProfile::kOff:
      return "off";
    case HardeningProfile::kBasic:
      return "basic";
    case HardeningProfile::kStrict:
      return "strict";
  }
  return "off";
}

struct Hardening {
  struct ResourceLimits {
    std::uint64_t core = 0;
    std::uint64_t nofile = 0;
    std::optional<std::uint64_t> fsize;  // where no log and no file of the caller's is held
  };

  HardeningProfile profile = HardeningProfile::kOff;
  bool no_new_privs = false;
  std::uint32_t dumpable = 1;
  std::uint64_t capabilities = 0;  // that are effective
  std::uint32_t landlock_abi = 0;  // 0: not in force
  std::string_view seccomp;        // "sha256:…" of the filter; empty: not in force
  bool user_namespace = false;
  bool net_namespace = false;
  bool pid_namespace = false;
  bool mdwe = false;
  bool cgroup = false;
  std::optional<ResourceLimits> limits;

  // Layers that the profile has and this system has not; static words.
  void miss(std::string_view layer) noexcept {
    if (missing_count < missing_words.size()) missing_words[missing_count++] = layer;
  }
  std::span<const std::string_view> missing() const noexcept {
    return std::span(missing_words).first(missing_count);
  }
  std::array<std::string_view, 8> missing_words{};
  std::size_t missing_count = 0;
};

}  // namespace warrant::cap
