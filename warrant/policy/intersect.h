// SPDX-License-Identifier: Apache-2.0
#pragma once
// What two operands both allow; the result is never wider than either. There is no union.
//
// Commutative and associative up to the order of lists (the first operand's), idempotent, of
// normal grants, but for what is no authority: label, [audit] path, cwd, argv0, id and origins are
// the first operand's. Spec: grants.md section 4.
#include "warrant/policy/ceiling.h"
#include "warrant/policy/finding.h"
#include "warrant/policy/grant.h"
#include "warrant/policy/request.h"

namespace warrant::policy {

// Whether the directory that `inner` names is the one that `outer` names or lies beneath it, by
// handles and not by text: brought by the host.
class Ancestry {
 public:
  virtual ~Ancestry() = default;
  virtual bool lies_in(const std::string& inner, const std::string& outer) const = 0;
};

// One spelling for what means the same: addresses, patterns, the order of variables and labels,
// doubles. Documents come so from their readers, and warrants from admit().
void normalize(Grant& grant);

Grant intersect(const Grant& a, const Grant& b);
// The grant cut to what the tool asks for.
Grant intersect(const Grant& grant, const Request& request);
// The grant cut to a ceiling; `narrowed` says what was taken away, with the place in the ceiling.
Grant restrict_to(const Grant& grant, const Ceiling& ceiling, const Ancestry& ancestry,
                  Findings& narrowed);

}  // namespace warrant::policy
