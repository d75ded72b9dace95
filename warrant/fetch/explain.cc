// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/explain.h"

#include "warrant/codec/text.h"
#include "warrant/fetch/reasons.h"

namespace warrant::fetch {
namespace {

constexpr std::size_t kUrlShown = 256;

}  // namespace

bool Explanation::is_allowed() const noexcept { return family(reason).outcome == Outcome::kAllow; }

Explanation explain(const Rules& rules, std::string_view method, std::string_view url,
                    std::span<const cap::IpAddress> addresses,
                    std::span<const cap::IpAddress> own) {
  Explanation out;
  if (rules.grants.empty()) {
    // The first step of all; the others only tell what a grant would have to say.
    out.judgement = judge(rules, {.method = method, .url = url}, nullptr, 0);
    if (out.judgement.reason == cap::Reason::kHostNotGranted) {
      out.judgement.reason = cap::Reason::kNotGranted;
    }
    out.reason = cap::Reason::kNotGranted;
    out.suggestion = suggest_grant(out.judgement, method);
    return out;
  }
  out.judgement = judge(rules, {.method = method, .url = url}, nullptr, 0);
  out.reason = out.judgement.reason;
  out.suggestion = suggest_grant(out.judgement, method);
  if (!out.judgement.is_allowed()) return out;
  const Url& target = *out.judgement.url;
  if (!target.host.literal && addresses.empty()) return out;
  const Grant& grant = rules.grants[static_cast<std::size_t>(out.judgement.match.grant)];
  const auto asked = target.host.literal ? std::span(&*target.host.literal, 1) : addresses;
  out.answers = judge_answers(asked, target.port, rules.address_rules(&grant, own));
  out.reason = out.answers->reason;
  return out;
}

std::string print(const Explanation& explanation, const Rules& rules, std::string_view method,
                  std::string_view url) {
  const Judgement& judgement = explanation.judgement;
  std::string out = explanation.is_allowed() ? "allow " : "deny ";
  out += codec::escape_text(method, kUrlShown) + " ";
  out += judgement.url ? print(*judgement.url) : codec::escape_text(url, kUrlShown);
  if (judgement.match.grant < 0 || judgement.match.path == nullptr) {
    return out + ": " + std::string(cap::word(explanation.reason));
  }
  const Grant& grant = rules.grants[static_cast<std::size_t>(judgement.match.grant)];
  out += " by grant " + std::to_string(judgement.match.grant) + " (" + print(grant.host) + ", " +
         print(*judgement.match.path) + ")";
  return out + ": " + std::string(cap::word(explanation.reason));
}

}  // namespace warrant::fetch
