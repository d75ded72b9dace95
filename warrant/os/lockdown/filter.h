// SPDX-License-Identifier: Apache-2.0
#pragma once
// Loads a seccomp filter that was made when Warrant was built (filter_table.h).
//
// From then on, for good and for every thread: what the table does not list ends the process, a
// named set is refused with EPERM. Needs no_new_privs. Spec: limits.md section 7.3.
#include <linux/filter.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "warrant/base/result.h"

namespace warrant::os::lockdown {

// What a process needs beyond files; the numbers are those of the built filters.
struct FilterFor {
  bool sockets = false;  // granted ones, open already
  bool overlay = false;
  bool network = false;  // its own transports
  bool compiler = false;
  bool broker = false;  // of an executor; with `network` or without
};

struct Filter {
  std::span<const sock_filter> program;
  std::string_view digest;  // "sha256:…"; of the program before its process number is put in
};

Filter filter_of(unsigned number) noexcept;
Filter filter_for(const FilterFor& use) noexcept;

Status load_filter(const Filter& filter) noexcept;

}  // namespace warrant::os::lockdown
