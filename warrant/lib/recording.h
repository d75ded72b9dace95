// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the maker of a run says for its records: the facts that only the maker knows. Everything is
// optional; nothing here is authority. The mode and the labels stand in the warrant.
// Spec: audit.md sections 1 and 3.
#include <string>
#include <utility>
#include <vector>

#include "warrant/host/run_record.h"

namespace warrant {

namespace cap {
class AppendLog;
}

// A value that no record may hold, by the name that stands for it there.
struct KnownValue {
  std::string reference;
  std::string value;
};

struct Recording {
  std::string parent;                 // id of the run that started this one
  std::vector<host::Source> sources;  // documents behind the warrant
  std::vector<std::string> narrowed;  // what ceilings took away, a line each
  std::vector<KnownValue> known_values;
  std::string module_name;
  std::string bundle;
  std::vector<host::PassedOver> passed_over;
  std::vector<std::string> unenforced;
  std::array<bool, 3> passed_through = {};  // console streams; set by the run
  // Files of the user's for a copy of the records and for the receipt, opened before the start;
  // empty: none. "-" as `copy` is standard error.
  std::string copy;
  std::string receipt;
  // A copy that several runs share, opened by its owner where no guest may write; it outlives them.
  cap::AppendLog* shared_copy = nullptr;
};

// From eight bytes on a value of the host's is kept out of records, of a refusal as well (grants.md
// section 3.5).
inline void keep_out(const std::vector<std::pair<std::string, std::string>>& variables,
                     Recording& recording) {
  constexpr std::size_t kLeastValue = 8;
  for (const auto& [variable, value] : variables) {
    if (value.size() >= kLeastValue) recording.known_values.push_back({variable, value});
  }
}

}  // namespace warrant
