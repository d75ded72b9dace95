// SPDX-License-Identifier: Apache-2.0
// print_keys schema|table|list grant|ceiling|config: what is generated from the table of keys.
#include <cstdio>
#include <string>
#include <string_view>

#include "warrant/policy/schema.h"

namespace policy = warrant::policy;

int main(int count, char** words) {
  if (count != 3) return 64;
  const std::string_view what = words[1];
  for (const auto kind : {policy::DocumentKind::kGrant, policy::DocumentKind::kCeiling,
                          policy::DocumentKind::kConfig}) {
    if (policy::word_of(kind) != words[2]) continue;
    const policy::Rooms rooms = policy::rooms_of_this_build();
    const std::string text = what == "schema"  ? print_schema(kind, rooms)
                             : what == "table" ? print_key_table(kind, rooms)
                                               : print_key_list(kind, rooms);
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
  }
  return 64;
}
