// SPDX-License-Identifier: Apache-2.0
#pragma once
// The authority of one run, as data: a grant that passed every check that needs no system call, cut
// to the ceiling.
//
// Only admit() makes one and nothing widens it. It is no capability: the objects that it names are
// opened from it, once, before the guest starts. Spec: grants.md sections 1, 3, 4.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "warrant/policy/grant.h"

namespace warrant::policy {

// One reason why a grant is not admitted, or what a ceiling took away from it.
struct Finding {
  std::string what;  // "limits.wall: 48h is more than the ceiling of 24h"
  std::string fix;   // "write --wall 24h or less"
};

struct Admitted;

class Warrant {
 public:
  const Grant& terms() const noexcept { return terms_; }
  const Limits& limits() const noexcept { return terms_.limits; }
  friend bool operator==(const Warrant&, const Warrant&) = default;

 private:
  friend Admitted admit(const Grant& grant);
  explicit Warrant(Grant terms) : terms_(std::move(terms)) {}
  Grant terms_;
};

// Either a warrant, with what the ceiling narrowed, or every reason why not.
struct Admitted {
  std::optional<Warrant> warrant;
  std::vector<Finding> narrowed;
  std::vector<Finding> refused;
};

// Against the built-in ceiling.
Admitted admit(const Grant& grant);

// Arguments and environment share one budget: 128 KiB and 1,024 entries. Nothing: they fit.
std::optional<Finding> check_words(const Grant& grant, std::span<const std::string> arguments);

}  // namespace warrant::policy
