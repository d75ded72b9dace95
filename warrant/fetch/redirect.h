// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a response leads, and what goes along.
//
// Nothing is followed but 301, 302, 303, 307 and 308, by the bytes of the one Location that the
// server sent. What comes out is text: it is judged like a new request before anything is sent.
// Spec: egress.md section 11.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "warrant/cap/reason.h"
#include "warrant/fetch/rules.h"

namespace warrant::fetch {

struct NextHop {
  // kOk: follow to `url`. kNoLocation, kNotFollowed: the response is the answer. Else a denial.
  cap::Reason reason = cap::Reason::kNotFollowed;
  std::string url;
};

// `followed`: redirects of this attempt so far.
NextHop next_hop(const Url& current, const Grant& grant, std::uint16_t status,
                 std::span<const std::string> locations, std::uint32_t followed);

bool is_redirect(std::uint16_t status) noexcept;

// The URL that `location` names from `current`, not yet checked in any way.
std::string resolve(const Url& current, std::string_view location);

struct NextMethod {
  cap::Method method;
  enum class Body : std::uint8_t { kKept, kDropped } body = Body::kKept;
};
NextMethod next_method(cap::Method method, std::uint16_t status) noexcept;

}  // namespace warrant::fetch
