// SPDX-License-Identifier: Apache-2.0
#pragma once
// A sink that keeps every event with copies of its texts.
#include <string>
#include <vector>

#include "warrant/audit/sink.h"

namespace warrant::testing {

struct KeptEvent {
  audit::Kind kind;
  audit::Decision decision;
  cap::Reason reason;
  std::string operation;
  cap::GrantIndex grant;
  std::uint16_t error;
  std::string path;
  std::string second_path;
  std::uint64_t bytes;
};

class RecordingSink final : public audit::Sink {
 public:
  void record(const audit::Event& event) override {
    events.push_back({event.kind, event.decision, event.reason, std::string(event.operation),
                      event.grant, event.error, std::string(event.path),
                      std::string(event.second_path), event.bytes});
  }
  std::size_t count(audit::Decision decision) const {
    std::size_t found = 0;
    for (const KeptEvent& event : events) found += event.decision == decision ? 1 : 0;
    return found;
  }
  std::size_t denials() const { return count(audit::Decision::kDeny); }
  const KeptEvent& last() const { return events.back(); }

  std::vector<KeptEvent> events;
};

}  // namespace warrant::testing
