// SPDX-License-Identifier: Apache-2.0
#pragma once
// The events of instances as JSON Lines, for `warrant host run --audit`: a copy, written as they
// happen, one write a line. No chain and no receipt. Spec: cli.md section 1.
#include <string>
#include <string_view>

#include "warrant/audit/event.h"

namespace warrant::cli {

class EventFile {
 public:
  EventFile() = default;
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;
  ~EventFile();

  bool open(const std::string& path);  // "-": stderr
  bool is_open() const noexcept { return descriptor_ >= 0; }
  bool is_whole() const noexcept { return whole_; }  // every line was written
  void record(std::string_view instance, const audit::Event& event);
  void refused(std::string_view instance, std::string_view why);

 private:
  void write(std::string line);
  int descriptor_ = -1;
  bool whole_ = true;
};

}  // namespace warrant::cli
