// SPDX-License-Identifier: Apache-2.0
// Any JSON text as a grant, a ceiling, a config and a request: read or refused with a reason, and
// what is read comes back from its canonical form. The first byte says which document.
#include <cstddef>
#include <cstdint>
#include <span>

#include "warrant/base/bytes.h"
#include "warrant/base/check.h"
#include "warrant/policy/print.h"
#include "warrant/policy/read.h"
#include "warrant/policy/warrant.h"

namespace policy = warrant::policy;

namespace {

template <typename T>
void check(const warrant::codec::Json& tree,
           policy::Parsed<T> (*parse)(const warrant::codec::Json&, const policy::Reading&),
           const policy::Reading& reading) {
  const auto read = parse(tree, reading);
  WARRANT_CHECK(read.value.has_value() == read.findings.empty());
  if (!read.value) return;
  const auto again =
      parse(lower(*read.value),
            {.source = "fuzz", .spelling = policy::Spelling::kJson, .rooms = policy::every_room()});
  WARRANT_CHECK(again.value && *again.value == *read.value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto text = warrant::text_of(std::as_bytes(std::span(data, size))).substr(1);
  const auto tree = policy::read_json(text, "fuzz");
  WARRANT_CHECK(tree.value.has_value() == tree.findings.empty());
  if (!tree.value) return 0;
  const policy::Reading reading{
      .source = "fuzz",
      .spelling = policy::Spelling::kJson,
      .rooms = (data[0] & 4U) != 0 ? policy::every_room() : policy::rooms_of_this_build()};
  switch (data[0] & 3U) {
    case 0:
      check(*tree.value, &policy::parse_grant, reading);
      if (const auto grant = policy::parse_grant(*tree.value, reading); grant.value) {
        const auto admitted = policy::admit(*grant.value);
        WARRANT_CHECK(admitted.warrant.has_value() == admitted.refused.empty());
      }
      break;
    case 1:
      check(*tree.value, &policy::parse_ceiling, reading);
      break;
    case 2:
      check(*tree.value, &policy::parse_config, reading);
      break;
    default:
      static_cast<void>(policy::parse_request(*tree.value, reading));
      break;
  }
  return 0;
}
