// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/event_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "apps/cli/terminal.h"
#include "warrant/codec/json.h"

namespace warrant::cli {

EventFile::~EventFile() {
  if (descriptor_ > STDERR_FILENO) close(descriptor_);
}

bool EventFile::open(const std::string& path) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY;
  constexpr mode_t kOwner = 0600;
  descriptor_ = path == "-" ? STDERR_FILENO : ::open(path.c_str(), kFlags, kOwner);
  return descriptor_ >= 0;
}

void EventFile::record(std::string_view instance, const audit::Event& event) {
  using codec::Json;
  if (!is_open()) return;
  Json line = Json::object();
  line.set("instance", Json::string(instance));
  line.set("kind", Json::string(audit::word(event.kind)));
  if (event.decision != audit::Decision::kNone) {
    line.set("decision", Json::string(audit::word(event.decision)));
  }
  if (event.reason != cap::Reason::kNone) line.set("reason", Json::string(cap::word(event.reason)));
  if (!event.operation.empty()) line.set("operation", Json::string(event.operation));
  if (event.error != 0) line.set("errno", Json::integer(event.error));
  if (!event.path.empty()) line.set("path", Json::string(event.path));
  if (event.bytes != 0 && event.bytes <= static_cast<std::uint64_t>(codec::kMaxJsonInteger)) {
    line.set("bytes", Json::integer(static_cast<std::int64_t>(event.bytes)));
  }
  write(codec::print_canonical(line));
}

void EventFile::refused(std::string_view instance, std::string_view why) {
  using codec::Json;
  if (!is_open()) return;
  Json line = Json::object();
  line.set("instance", Json::string(instance));
  line.set("kind", Json::string(audit::word(audit::Kind::kRunRefused)));
  line.set("why", Json::string(why));
  write(codec::print_canonical(line));
}

void EventFile::write(std::string line) {
  line += '\n';
  if (!write_all(descriptor_, line)) whole_ = false;
}

}  // namespace warrant::cli
