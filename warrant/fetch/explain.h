// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a run would decide about one request, without any effect: for `warrant explain fetch`.
//
// The same functions as in a run, so the same reasons. With addresses it goes on through the
// address table as if the name had resolved to them; without, it ends where the look-up would be.
// Spec: egress.md section 1, cli.md.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "warrant/cap/address.h"
#include "warrant/fetch/answers.h"
#include "warrant/fetch/judge.h"

namespace warrant::fetch {

struct Explanation {
  cap::Reason reason = cap::Reason::kOk;
  Judgement judgement;
  std::optional<JudgedAnswers> answers;  // where it came so far
  std::string suggestion;                // a flag that would allow it; empty: none does
  bool is_allowed() const noexcept;
};

Explanation explain(const Rules& rules, std::string_view method, std::string_view url,
                    std::span<const cap::IpAddress> addresses, std::span<const cap::IpAddress> own);

// One line: "allow GET https://api.example.com:443/v1/a by grant 0 (api.example.com, /v1/*)",
// "deny GET …: path_not_granted".
std::string print(const Explanation& explanation, const Rules& rules, std::string_view method,
                  std::string_view url);

}  // namespace warrant::fetch
