// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the verifier of logs has to say: which file, which line, what is wrong with it.
#include <cstdint>
#include <string>
#include <string_view>

namespace warrant::audit {

enum class Damage : std::uint8_t {
  kEdited,     // bytes differ from what was written
  kCut,        // the end is gone
  kRemoved,    // lines are missing between others
  kReordered,  // lines stand in another order
  kAdded,      // lines that no writer of ours wrote
  kSwapped,    // what the file holds was written under another name
  kMissing,    // the index names a file that is not there, and no pruning says why
  kUnknown,    // a file with records that the index does not name
  kIndexCut,   // the index ends before the head that was kept elsewhere
};
std::string_view word(Damage damage) noexcept;      // "edited", …
std::string_view describe(Damage damage) noexcept;  // for people

struct Finding {
  std::string file;
  std::uint64_t line = 0;  // from 1; 0: the file as a whole
  Damage damage = Damage::kEdited;
};

}  // namespace warrant::audit
