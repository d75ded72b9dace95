// SPDX-License-Identifier: Apache-2.0
#pragma once
// A log directory as its readers see it: verified, searched, its head signed, its old files
// removed.
//
// Reading changes nothing and waits for nobody: a run that is being written is told apart from one
// that was cut off. Whatever the files hold, the answer is a report. Spec: audit.md sections 3, 4.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "warrant/audit/time_text.h"
#include "warrant/audit/verify.h"
#include "warrant/codec/ed25519.h"
#include "warrant/lib/outcome.h"
#include "warrant/os/ambient.h"
#include "warrant/os/log_directory.h"

namespace warrant {

// The last entry of an index at some time, signed, to be kept elsewhere.
struct AuditHead {
  std::uint64_t n = 0;  // of the entry
  std::string head;
  std::uint64_t t = 0;
};
std::string print_head(const AuditHead& head, const codec::SigningKey& key);
// Nothing: it is no head, or its signature is not good. `signer`: its key, in hexadecimal.
std::optional<AuditHead> parse_head(std::string_view text, std::string& signer);

class AuditLog {
 public:
  // Kind kNotFound: there is no log.
  static Outcome<AuditLog> open(const os::Ambient& ambient, const std::string& directory,
                                const std::string& state_dir);

  enum class State : std::uint8_t { kWhole, kRunning, kIncomplete, kPruned, kDamaged };
  struct File {
    std::string name;
    State state = State::kWhole;
    std::uint64_t records = 0;
    std::vector<std::string> runs;
  };
  struct Report {
    std::vector<File> files;
    std::vector<audit::Finding> findings;
    bool torn_index = false;
    std::uint64_t count(State state) const noexcept;
  };
  // `only`: a run's id or its beginning, or a file's name; empty: everything. `kept`: a head.
  Report verify(const std::string& only, const AuditHead* kept) const;
  // What can be relied on of that run's records: the files that they stand in, and the index.
  Report verify_run(const std::string& run) const;
  std::optional<AuditHead> head() const;

  // Files in the order of their days and names.
  std::vector<std::string> files() const;
  std::string read(const std::string& file) const;
  // The one run whose id begins so; nothing: none or several, which `found` tells. A file of which
  // nothing is left counts by the id that the index has for it.
  std::optional<std::string> find_run(const std::string& beginning, std::size_t& found) const;
  // The run that began last, as the index has it and not as the files that are left do.
  struct Newest {
    std::string run;                  // empty: there is none, or nobody can tell which
    std::vector<audit::Finding> why;  // damage behind which a newer one may be hidden
    std::vector<std::string> silent;  // opened later, ended without a record: cut off, or emptied
    std::string pruned;               // opened later, and removed since
    bool torn = false;                // an entry was cut off: perhaps that of a newer file
  };
  Newest newest_run() const;
  // Its records' lines, whatever file they stand in.
  std::vector<std::string> lines_of(const std::string& run) const;

  struct Retention {
    Nanoseconds keep = kForever;
    std::uint64_t most_bytes = UINT64_MAX;
  };
  // The names of the files that were removed. Never one that is being written.
  Outcome<std::vector<std::string>> prune(const Retention& retention);
  // The same unless that was done in the last 24 hours, by whomever.
  bool is_prune_due() const noexcept { return directory_->is_turn_due(); }
  void prune_daily(const Retention& retention);

 private:
  explicit AuditLog(std::unique_ptr<os::LogDirectory> directory);
  struct Found {  // in the directory, in one look
    std::string name;
    bool is_empty = false;
  };
  struct Contents {
    audit::IndexReading index;
    std::vector<audit::FileClaim> claims;
    std::vector<Found> unknown;  // that no claim names
  };
  Contents contents() const;
  bool holds(const std::string& file, const std::string& run) const;
  bool is_pruned_by_now(const std::string& file) const;
  State verify_file(const audit::FileClaim& claim, Report& report,
                    std::vector<audit::RunSeen>& runs) const;
  std::optional<Problem> remove(const audit::FileClaim& claim);

  std::unique_ptr<os::LogDirectory> directory_;
  std::unique_ptr<audit::Keys> keys_;
};

std::string_view word(AuditLog::State state) noexcept;

}  // namespace warrant
