// SPDX-License-Identifier: Apache-2.0
#pragma once
// One spelling of a path for the many that mean the same name: without empty components, without
// `.`, without a slash behind.
//
// `..` stays: what lies before it may be a link, so `a/../b` need not be `b`. Looks at no file and
// asks the allocator for nothing. Spec: audit.md section 5 (`files`).
#include <cstddef>
#include <span>
#include <string_view>

namespace warrant::audit {

// Whether respell() would change nothing.
bool is_plainly_spelt(std::string_view path) noexcept;
// Into `to`, which holds at least as many bytes as `path`; how many it took.
std::size_t respell(std::string_view path, std::span<char> to) noexcept;

}  // namespace warrant::audit
