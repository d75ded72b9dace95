// SPDX-License-Identifier: Apache-2.0
#pragma once
// Documents from values with positions (codec::parse_json, toml::parse_toml): strict, and every
// fault of a document at once.
//
// A value comes back only when there is no finding: an unknown key, a wrong type, a value out of
// range, a key that this build does not enforce. Nothing of the world is looked at; relative paths
// stay as written. Keys are spelt with '-' in TOML and '_' in JSON. Spec: grants.md sections 2, 3.
//
//   auto tree = read_json(text, "grant.json");            // or toml::parse_toml
//   auto grant = parse_grant(*tree.value, {.source = "grant.json", .spelling = Spelling::kJson});
#include <optional>
#include <string>
#include <string_view>

#include "warrant/codec/hash.h"
#include "warrant/codec/json.h"
#include "warrant/policy/ceiling.h"
#include "warrant/policy/config.h"
#include "warrant/policy/finding.h"
#include "warrant/policy/grant.h"
#include "warrant/policy/keys.h"
#include "warrant/policy/request.h"

namespace warrant::policy {

inline constexpr std::size_t kMaxDocumentBytes = 1U << 20;
inline constexpr std::uint32_t kMaxDocumentDepth = 32;
inline constexpr std::uint32_t kMaxDocumentNodes = 10'000;

enum class Spelling : std::uint8_t { kToml, kJson };

struct Reading {
  std::string source;  // the file's name, for messages and origins
  Spelling spelling = Spelling::kToml;
  codec::Digest document = {};  // SHA-256 of the document's bytes: what `uses` is counted by
  Rooms rooms = rooms_of_this_build();
};

template <typename T>
struct Parsed {
  std::optional<T> value;
  Findings findings = {};  // empty when there is a value
};

// Size, UTF-8, depth, nodes, syntax.
Parsed<codec::Json> read_json(std::string_view text, const std::string& source);
// The checks that come before a parser of any syntax: size, byte order mark, NUL, UTF-8.
std::optional<Finding> check_text(std::string_view text, const std::string& source);

Parsed<Grant> parse_grant(const codec::Json& tree, const Reading& reading);
Parsed<Ceiling> parse_ceiling(const codec::Json& tree, const Reading& reading);
Parsed<Config> parse_config(const codec::Json& tree, const Reading& reading);
Parsed<Request> parse_request(const codec::Json& tree, const Reading& reading);

}  // namespace warrant::policy
