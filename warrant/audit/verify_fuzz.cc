// SPDX-License-Identifier: Apache-2.0
// Any bytes as a log file and as an index are read to an answer; none but those that were written
// with the key are called whole, and nothing is appended to an index in a way that its reader then
// calls damage.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "warrant/audit/index.h"
#include "warrant/audit/verify.h"
#include "warrant/base/bytes.h"
#include "warrant/base/check.h"

namespace audit = warrant::audit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::array<std::byte, audit::kKeyBytes> secret;
  secret.fill(std::byte{7});
  const audit::Keys keys(secret);
  const std::string_view text = warrant::text_of(std::as_bytes(std::span(data, size)));
  const audit::FileClaim claim{
      .file = "2026-11-21/x.jsonl", .id = "x", .closed = size % 2 == 0, .size = size};
  const audit::FileReading file = audit::read_log_file(text, claim, keys);
  WARRANT_CHECK(file.records == 0 || file.findings.size() <= 1);
  for (const audit::Finding& finding : file.findings) WARRANT_CHECK(finding.line <= size + 1);
  const audit::IndexReading index = audit::read_index(text, keys);
  (void)audit::claims_of(index);
  audit::IndexEntry entry;
  entry.file = "2026-11-21/y.jsonl";
  entry.id = "y";
  if (const auto lines = audit::append_entry(entry, text, true, keys)) {
    const audit::IndexReading after = audit::read_index(std::string(text) + *lines, keys);
    WARRANT_CHECK(!index.findings.empty() || after.findings.empty());
  }
  return 0;
}
