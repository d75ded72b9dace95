// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a request is covered, decided from its bytes alone: steps 3 to 7 of egress.md section 1.
//
// No state and no I/O, so the same function serves the run, `warrant explain` and the tests. The
// first step that fails names the reason. Says nothing about addresses and budgets.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/cap/fetch.h"
#include "warrant/cap/secrets.h"
#include "warrant/fetch/rules.h"

namespace warrant::fetch {

struct Judgement {
  cap::Reason reason = cap::Reason::kOk;
  std::optional<cap::Method> method = {};
  std::optional<Url> url = {};  // where it was reached and well formed
  Match match = {};
  HeaderFault header = {};                     // where a header failed
  std::vector<const SecretUse*> secrets = {};  // to attach on this hop
  bool is_allowed() const noexcept { return reason == cap::Reason::kOk; }
};

// `secrets`: nullptr where the run has none. `body_cap`: of the call.
Judgement judge(const Rules& rules, const cap::FetchRequest& request, const cap::Secrets* secrets,
                std::uint64_t body_cap);

// One further hop: steps 5 to 7 for a URL that a server wrote. A reference that is not bound here
// is not attached, and that is no fault. `from`: the hop that answered.
Judgement judge_hop(const Rules& rules, std::string_view url, cap::Method method,
                    std::span<const std::string> references, const Url& from);

// The grant line that would allow what was denied, for an operator's message; empty where no line
// can.
std::string suggest_grant(const Judgement& judgement, std::string_view method);

}  // namespace warrant::fetch
