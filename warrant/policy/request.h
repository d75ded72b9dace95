// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a bundle says that its tool needs, each entry with the reason why: a grant without the
// host's side.
//
// Directories have no host, environment entries no value, fetch entries no operator's key. It can
// only narrow a grant; without a grant it is no authority at all. Spec: grants.md section 1,
// bundles.md section 1.
#include <string>
#include <utility>
#include <vector>

#include "warrant/policy/grant.h"

namespace warrant::policy {

struct Request {
  Grant terms;
  std::vector<std::string> environment;                  // names
  std::vector<std::string> secrets;                      // names
  std::vector<std::pair<std::string, std::string>> why;  // key or entry ("directory[0]") -> text
  friend bool operator==(const Request&, const Request&) = default;
};

}  // namespace warrant::policy
