// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a text of a document is fit for its key: each gives what is wrong with it in words that
// follow the text ("is not …"), or nothing.
//
// Only the shape is judged; whether a file exists or a host may be reached is not known here.
#include <optional>
#include <string>
#include <string_view>

namespace warrant::policy {

using Fault = std::optional<std::string>;

Fault check_id(std::string_view text);              // 16-64 of A-Z a-z 0-9 . _ -
Fault check_digest(std::string_view text);          // sha256: and 64 hexadecimal digits
Fault check_identity(std::string_view text);        // publisher/name
Fault check_label(std::string_view text);           // at most 64 bytes, no control character
Fault check_guest(std::string_view text);           // the name of a directory
Fault check_host_path(std::string_view text);       // not empty, no NUL, no ~ or $ in front
Fault check_absolute(std::string_view text);        // a path from the root, no NUL
Fault check_import(std::string_view text);          // module.name or module.*
Fault check_argument(std::string_view text);        // no NUL
Fault check_variable_name(std::string_view text);   // not empty, no '=', no NUL
Fault check_variable_value(std::string_view text);  // no NUL
Fault check_network(std::string_view text);         // an address or a CIDR
Fault check_listen(std::string_view text);          // ADDR:PORT, a literal address
Fault check_connect(std::string_view text);         // HOST:PORT
Fault check_origin(std::string_view text);          // SCHEME://HOST[:PORT]
Fault check_method(std::string_view text);          // one of the seven
Fault check_pattern(std::string_view text);         // begins with '/'
Fault check_header(std::string_view text);          // a token
Fault check_secret_value(std::string_view text);    // holds ${name} once
Fault check_secret_name(std::string_view text);     // a-z 0-9 and '-', '_', '.', at most 64
Fault check_command(std::string_view text);         // the name of a command
Fault check_why(std::string_view text);             // 1-200 characters
Fault check_not_empty(std::string_view text);

struct HostPort {
  std::string host;  // an IPv6 address without its brackets
  std::uint16_t port;
};
// "HOST:PORT", "[::1]:80"; a port of five digits at most, without leading zeros.
std::optional<HostPort> split_host_port(std::string_view text);
struct SplitOrigin {
  std::string scheme;
  std::string host;  // as written: an IPv6 address in its brackets
  std::uint16_t port;
};
std::optional<SplitOrigin> split_origin(std::string_view text);

}  // namespace warrant::policy
