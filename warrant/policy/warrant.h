// SPDX-License-Identifier: Apache-2.0
#pragma once
// The authority of one run, as data: a grant that passed every check that needs no system call, cut
// to what the tool asks for and to every ceiling.
//
// Only admit() and narrow() make one and nothing widens it. It is no capability: the objects that
// it names are opened from it, once, before the guest starts. Spec: grants.md sections 1, 3, 4.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "warrant/policy/ceiling.h"
#include "warrant/policy/finding.h"
#include "warrant/policy/grant.h"
#include "warrant/policy/intersect.h"

namespace warrant::policy {

struct Admitted;

// What a grant is held against, beside the built-in ceiling.
struct Against {
  std::span<const Ceiling> ceilings = {};  // every one counts
  const Ancestry* ancestry = nullptr;      // needed where a ceiling writes `directory`
  const Request* request = nullptr;        // nothing: a module that a person named by path
  std::optional<Timestamp> now = {};       // needed where a ceiling writes `expires-within`
};

class Warrant {
 public:
  const Grant& terms() const noexcept WARRANT_LIFETIMEBOUND { return terms_; }
  const Limits& limits() const noexcept WARRANT_LIFETIMEBOUND { return terms_.limits; }
  const Restrictions& restrictions() const noexcept WARRANT_LIFETIMEBOUND { return restrictions_; }
  // What `wanted` asks for of this and nothing more: for a child, or a later call.
  Warrant narrow(const Grant& wanted) const;
  friend bool operator==(const Warrant&, const Warrant&) = default;

 private:
  friend Admitted admit(const Grant& grant, const Against& against);
  Warrant(Grant terms, Restrictions restrictions)
      : terms_(std::move(terms)), restrictions_(std::move(restrictions)) {}
  Grant terms_;
  Restrictions restrictions_;
};

// Either a warrant, with what the ceilings narrowed, or every reason why not.
struct Admitted {
  std::optional<Warrant> warrant;
  Findings narrowed;
  Findings lowered;  // defaults that a ceiling cut: nothing that the grant wrote
  Findings refused;
};

Admitted admit(const Grant& grant, const Against& against);
// Against the built-in ceiling alone.
Admitted admit(const Grant& grant);

// Arguments and environment share one budget: 128 KiB and 1,024 entries. Nothing: they fit.
std::optional<Finding> check_words(const Grant& grant, std::span<const std::string> arguments);

}  // namespace warrant::policy
