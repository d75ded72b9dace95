// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON Schema and reference page of a kind of document, from the same table as the readers.
//
// The schema is for editors: it says which keys there are and of which shape. The reader says more,
// and what both say is the same; keys that this build does not enforce are left out of both.
// Spec: grants.md section 3.6.
#include <string>

#include "warrant/policy/keys.h"

namespace warrant::policy {

// JSON Schema, draft 2020-12, indented.
std::string print_schema(DocumentKind kind, Rooms rooms);
// A Markdown table of the keys; those that this build does not enforce stand below it by name.
std::string print_key_table(DocumentKind kind, Rooms rooms);
// "PATH" or "PATH -" for a key that is not in this build; one a line, values only.
std::string print_key_list(DocumentKind kind, Rooms rooms);

}  // namespace warrant::policy
