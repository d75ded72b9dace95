// SPDX-License-Identifier: Apache-2.0
#pragma once
// The addresses of one name, judged together: all of them may be connected to, or none.
//
// The order of the answer never decides. What is allowed comes back as vetted endpoints, in the
// order of the answer, and nothing else is ever connected to. Spec: egress.md section 7.
#include <cstdint>
#include <span>
#include <vector>

#include "warrant/cap/address.h"
#include "warrant/cap/reason.h"
#include "warrant/fetch/address_class.h"

namespace warrant::fetch {

inline constexpr std::size_t kAnswersMax = 64;

struct JudgedAddress {
  cap::IpAddress address;
  cap::Reason reason;  // of this one
};

struct JudgedAnswers {
  cap::Reason reason = cap::Reason::kDnsNoAnswer;  // kAddressPublic, kGrantedPrivate, …: allowed
  std::vector<cap::VettedEndpoint> pinned;         // where all are allowed
  std::vector<JudgedAddress> addresses;            // each once

  bool is_allowed() const noexcept { return !pinned.empty(); }
};

JudgedAnswers judge_answers(std::span<const cap::IpAddress> answers, std::uint16_t port,
                            const AddressRules& rules);

cap::Reason reason_of(const AddressDecision& decision) noexcept;

}  // namespace warrant::fetch
