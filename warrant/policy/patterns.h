// SPDX-License-Identifier: Apache-2.0
#pragma once
// What two patterns of a document have in common, as a pattern: hosts, paths of URLs, address
// blocks, imports, sockets. Nothing: no common element.
//
// Each meet is the largest pattern within both; it is commutative, associative and idempotent.
// Patterns are taken as written; whether they are fit stands in text_checks.h and in fetch.
// Spec: egress.md sections 4 and 5, grants.md section 4.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/policy/entries.h"

namespace warrant::policy {

// Names that only an exact entry matches: special-use suffixes and names of one label.
bool is_special_name(std::string_view host);

// "a.example", "*.example", "192.0.2.1", "[::1]", "*" (any name).
std::optional<std::string> meet_hosts(const std::string& a, const std::string& b);
// "/a/b" that path, "/a/" and "/a/*" that directory and below.
std::optional<std::string> meet_paths(const std::string& a, const std::string& b);
std::optional<std::string> meet_networks(const std::string& a, const std::string& b);
// "module.name", "module.*".
std::optional<std::string> meet_imports(const std::string& a, const std::string& b);
// "ADDR:PORT": port 0 is any port, an unspecified address any address of its family.
std::optional<std::string> meet_listeners(const std::string& a, const std::string& b);

// What pairs of the lists have in common, in the order of `a`, without what another one covers.
using MeetTexts = std::optional<std::string> (*)(const std::string&, const std::string&);
std::vector<std::string> meet_lists(const std::vector<std::string>& a,
                                    const std::vector<std::string>& b, MeetTexts meet);
std::optional<std::string> meet_equal(const std::string& a, const std::string& b);

// Texts that mean the same become the same; what is no such pattern stays as it is. Without
// doubles.
void normalize(std::vector<std::string>& texts, MeetTexts meet);
void normalize(std::string& text, MeetTexts meet);

}  // namespace warrant::policy
