// SPDX-License-Identifier: Apache-2.0
#pragma once
// What of a request and a response may stand in a record.
//
// By allowlist: query keys of a plain form, header names of a fixed table, never a value. Secrets
// that are known are another matcher's (audit::KnownSecrets), in front of every sink.
// Spec: egress.md section 20, audit.md section 6.
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace warrant::fetch {

struct QueryShape {
  std::size_t pairs = 0;
  std::vector<std::string> keys;  // "?" for one that is not shown; at most 32
};
QueryShape shape_of_query(std::string_view query);

// Our own text of the name, empty for one that is not listed.
std::string_view listed_request_header(std::string_view name) noexcept;
bool is_listed_response_header(std::string_view lower_name) noexcept;

}  // namespace warrant::fetch
