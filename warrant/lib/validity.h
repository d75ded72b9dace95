// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a grant counts here and now: time and single use by the state directory, the bytes of the
// module by its pin; and where directories lie. Internal to lib and the command line.
// Spec: grants.md sections 2, 4 and 5.
#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "warrant/lib/outcome.h"
#include "warrant/os/ambient.h"
#include "warrant/policy/intersect.h"
#include "warrant/policy/warrant.h"

namespace warrant::lib {

// By handles, mounts ignored.
class HostAncestry final : public policy::Ancestry {
 public:
  explicit HostAncestry(const os::Ambient& ambient) : ambient_(ambient) {}
  bool lies_in(const std::string& inner, const std::string& outer) const override;

 private:
  os::Ambient ambient_;
};

policy::Timestamp now(const os::Ambient& ambient);

// Expiry, the clock's floor, and whether a use is left; cuts the limit `wall` to what is left until
// the grant expires. Looks at the clock and the directory only where the grant asks for it.
std::optional<Problem> judge_validity(const os::Ambient& ambient, const std::string& state_dir,
                                      policy::Grant& grant);
// After every other check and before the start: nothing takes a use back.
std::optional<Problem> take_use(const os::Ambient& ambient, const std::string& state_dir,
                                const policy::Grant& grant);

// The module's bytes against the digests that the warrant names.
std::optional<Problem> check_module(std::span<const std::byte> module,
                                    const policy::Warrant& warrant);

// Runs in a program of others are not locked down: what asks for it is refused.
std::optional<Problem> check_hardening(const policy::Warrant& warrant);

// The grant, its host directories absolute, against these ceilings and the built-in one.
policy::Admitted admit_here(const os::Ambient& ambient, const policy::Grant& grant,
                            std::span<const policy::Ceiling> ceilings);

}  // namespace warrant::lib
