// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/log_place.h"

#include <algorithm>

#include "warrant/lib/audit_log.h"
#include "warrant/os/after_exit.h"

namespace warrant::cli {

LogPlace log_place(const Standing& standing) {
  const std::string& state = standing.places.state;
  const std::optional<std::string>& named = standing.config.log_dir;
  LogPlace place{"", state, standing.config.log_keep, standing.config.log_max};
  if (named) {
    place.directory = *named;
    // Without a home the key lies beside the log.
    if (state.empty()) place.state = named->substr(0, std::max<std::size_t>(named->rfind('/'), 1));
  } else if (!state.empty()) {
    place.directory = state + "/log";
  }
  return place;
}

void prune_afterwards(os::Ambient ambient, const LogPlace& place) {
  if (!place.keep && !place.most) return;
  const auto log = AuditLog::open(ambient, place.directory, place.state);
  if (!log || !log->is_prune_due()) return;
  struct Work {
    os::Ambient ambient;
    const LogPlace& place;
    void run() const {
      auto opened = AuditLog::open(ambient, place.directory, place.state);
      AuditLog::Retention retention;
      retention.keep = place.keep.value_or(retention.keep);
      retention.most_bytes = place.most.value_or(retention.most_bytes);
      if (opened) opened->prune_daily(retention);
    }
  } work{ambient, place};
  const auto prune = [](void* self) { static_cast<const Work*>(self)->run(); };
  // A day on which no process can be made is one without pruning.
  (void)os::do_after_exit(ambient, prune, &work).has_value();
}

Problem no_place_for_log() {
  return {Problem::Kind::kRefused,
          "there is no home directory, so there is no place for the log",
          "set HOME or XDG_STATE_HOME to an absolute path, name a place with [log] dir, or "
          "leave the log out with --no-log",
          {}};
}

}  // namespace warrant::cli
