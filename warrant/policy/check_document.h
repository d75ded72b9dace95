// SPDX-License-Identifier: Apache-2.0
#pragma once
// A document's values held against the table of keys: everything about single keys is judged here,
// so what comes out has only known keys of the right shape, each in one spelling.
//
// Durations, sizes and times come as their canonical texts, keys as in JSON; positions stay. What
// several keys say together is judged by those who read the result.
#include <optional>
#include <string>
#include <vector>

#include "warrant/codec/json.h"
#include "warrant/policy/read.h"

namespace warrant::policy {

struct CheckedDocument {
  std::optional<codec::Json> tree;  // nothing: there is a finding
  Origins origins;                  // of every key outside lists, tables and lists included
  Findings findings;
};

CheckedDocument check_document(const codec::Json& tree, DocumentKind kind, const Reading& reading);

// "open-files" as JSON writes it.
std::string json_key(std::string_view word);

}  // namespace warrant::policy
