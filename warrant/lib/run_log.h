// SPDX-License-Identifier: Apache-2.0
#pragma once
// The records of one run: its Recorder, where that writes, and what is said first and last.
//
// Made before anything of the run is opened; begin() once every check has passed, conclude() before
// any result is released. Afterwards a result whose records could not be written is no result:
// kind audit_failed, its output gone. Internal to lib. Spec: audit.md section 2.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "warrant/audit/known_secrets.h"
#include "warrant/audit/recorder.h"
#include "warrant/host/run_record.h"
#include "warrant/host/run_result.h"
#include "warrant/lib/log.h"
#include "warrant/lib/outcome.h"
#include "warrant/lib/recording.h"
#include "warrant/os/ambient.h"
#include "warrant/os/run_files.h"

namespace warrant::lib {

class RunLog {
 public:
  // `log`: where this run's blocks go; nullptr: nowhere. It outlives this.
  RunLog(os::Ambient ambient, Recording recording, const policy::Warrant& warrant, std::string run,
         Log* log);

  audit::Recorder& recorder() noexcept { return *recorder_; }
  host::RunFacts& facts() noexcept { return facts_; }
  const std::string& run() const noexcept { return run_; }
  // From now on no record shows this value. On the run's thread, never while a record is written.
  void know(std::string_view reference, std::string_view value);
  // What no record may hold: values of secrets, and others that the maker of the run knows.
  const audit::KnownSecrets& known() const noexcept { return secrets_; }
  // Values of secrets alone: what no text that anybody is shown may hold.
  const audit::KnownSecrets& secrets() const noexcept { return shown_; }
  // Called on the run's thread when the log has refused something.
  void on_failure(void (*hook)(void* self) noexcept, void* self) noexcept {
    failed_ = hook;
    failed_self_ = self;
  }

  // The files that the user named, unless they lie where the guest may write.
  using PlaceOf = os::RunFiles::Place (*)(void* self, const std::string& path);
  std::optional<Problem> open_outputs(PlaceOf place_of, void* self);
  // Records come between what the guest prints.
  bool prints_records() const noexcept { return recording_.copy == "-"; }
  std::optional<Problem> begin();
  void refuse(const Problem& problem);
  void conclude(host::RunResult& result);
  // Async-signal-safe; false: the run must not be told to have ended as it did.
  bool conclude_abruptly(host::ExitKind kind, std::optional<policy::LimitKey> limit,
                         int signal) noexcept;

 private:
  static void failed(void* self) noexcept;

  os::Ambient ambient_;
  Recording recording_;
  std::vector<std::pair<std::string, std::string>> labels_;
  policy::Limits limits_;
  std::string run_;
  Log* log_;
  audit::KnownSecrets secrets_;
  audit::KnownSecrets shown_;
  host::RunFacts facts_;
  std::unique_ptr<audit::Recorder> recorder_;
  std::unique_ptr<cap::AppendLog> copy_;
  std::unique_ptr<os::OutputFile> receipt_;
  void (*failed_)(void* self) noexcept = nullptr;
  void* failed_self_ = nullptr;
};

// Writes run.refused for a run that never came to be; nothing where that is not possible either.
std::optional<Problem> record_refusal(os::Ambient ambient, const LogOptions& options,
                                      Recording recording, const Problem& problem);

}  // namespace warrant::lib
