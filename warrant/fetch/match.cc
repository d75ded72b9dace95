// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "warrant/fetch/rules.h"

namespace warrant::fetch {
namespace {

using cap::Reason;

// How far a grant came; the furthest names the reason.
int distance(Reason reason) noexcept {
  if (reason == Reason::kHostNotGranted) return 0;
  if (reason == Reason::kPortNotGranted) return 1;
  if (reason == Reason::kMethodNotGranted) return 2;
  return 3;
}

bool is_denied(const Rules& rules, const Url& url) noexcept {
  return std::any_of(rules.denied.begin(), rules.denied.end(), [&](const DenyRule& rule) {
    if (!rule.host.covers(url.host) || (rule.port && *rule.port != url.port)) return false;
    return rule.paths.empty() ||
           std::any_of(rule.paths.begin(), rule.paths.end(),
                       [&](const PathPattern& path) { return path.matches(url.path); });
  });
}

// Why no grant's host is this one.
Reason missing_host(const Rules& rules, const Url& url) noexcept {
  if (url.host.literal) return Reason::kIpLiteral;
  const NameKind kind = kind_of(url.host.text);
  if (kind == NameKind::kOrdinary) return Reason::kHostNotGranted;
  const bool covered =
      std::any_of(rules.grants.begin(), rules.grants.end(), [&](const Grant& grant) {
        return grant.scheme == url.scheme && grant.host.covers(url.host);
      });
  if (!covered) return Reason::kHostNotGranted;
  return kind == NameKind::kSpecialUse ? Reason::kHostSpecialUse : Reason::kHostSingleLabel;
}

}  // namespace

Reason match(const Grant& grant, const Url& url, std::optional<cap::Method> method,
             const PathPattern** path) noexcept {
  if (grant.scheme != url.scheme || !grant.host.grants(url.host)) return Reason::kHostNotGranted;
  if (grant.port != url.port) return Reason::kPortNotGranted;
  if (!method || !grant.methods.has(*method)) return Reason::kMethodNotGranted;
  for (const PathPattern& each : grant.paths) {
    if (!each.matches(url.path)) continue;
    if (path != nullptr) *path = &each;
    return Reason::kOk;
  }
  return Reason::kPathNotGranted;
}

Match match(const Rules& rules, const Url& url, std::optional<cap::Method> method) noexcept {
  if (is_denied(rules, url)) return {Reason::kDeniedByRule};
  Match furthest;
  for (std::size_t i = 0; i < rules.grants.size(); ++i) {
    const PathPattern* path = nullptr;
    const Reason reason = match(rules.grants[i], url, method, &path);
    if (reason == Reason::kOk) return {reason, static_cast<std::int32_t>(i), path};
    if (distance(reason) > distance(furthest.reason)) furthest.reason = reason;
  }
  if (furthest.reason == Reason::kHostNotGranted) furthest.reason = missing_host(rules, url);
  return furthest;
}

}  // namespace warrant::fetch
