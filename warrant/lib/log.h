// SPDX-License-Identifier: Apache-2.0
#pragma once
// The log that runs of this process write: one file for the one run of a command, one for all runs
// of a host, rolled at 64 MiB and at midnight UTC.
//
// open() refuses what cannot be written, before anything starts. A shared log may be used from any
// thread: a journal() holds the file from begin() to end(). close() writes the index entry that the
// file is whole; a log that is only destroyed stays incomplete. Internal to lib.
// Spec: audit.md section 3.
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "warrant/audit/chain.h"
#include "warrant/audit/index.h"
#include "warrant/audit/keys.h"
#include "warrant/lib/outcome.h"
#include "warrant/os/identity.h"
#include "warrant/os/log_directory.h"

namespace warrant::lib {

struct LogOptions {
  std::string directory;                                      // empty: no log is kept
  std::string state_dir;                                      // where the key lies
  bool rolls = false;                                         // at 64 MiB and at midnight UTC
  audit::Durability durability = audit::Durability::kKernel;  // of the index
};

class Log final : public audit::Journal {
 public:
  // `id`: 32 hexadecimal digits, of the run or of the process.
  static Outcome<std::unique_ptr<Log>> open(os::Ambient ambient, const LogOptions& options,
                                            std::string id);
  ~Log() = default;

  std::span<char> begin() noexcept override;
  std::span<char> put(std::size_t bytes) noexcept override;
  Result<std::string_view> end(const audit::BlockEnd& end,
                               audit::Durability durability) noexcept override;
  // Between begin() and end(), or where nobody else writes.
  std::string_view file() const noexcept override { return chain_->file(); }
  std::string_view first() const noexcept override { return chain_->first(); }
  std::string_view last() const noexcept override { return chain_->last(); }

  // A run writes here from now on.
  void count_run() noexcept;
  Status close();

 private:
  Log(std::unique_ptr<os::LogDirectory> directory, LogOptions options, std::string id)
      : directory_(std::move(directory)),
        options_(std::move(options)),
        id_(std::move(id)),
        keys_(directory_->key()) {}
  std::optional<Problem> open_file();
  Status enter(audit::IndexKind kind, Nanoseconds patience, os::LogTrouble& trouble);
  Status bring_index_to_disk() noexcept;
  void roll_if_due() noexcept;

  std::unique_ptr<os::LogDirectory> directory_;
  LogOptions options_;
  std::string id_;
  audit::Keys keys_;
  std::mutex mutex_;
  std::unique_ptr<os::LogFile> log_;
  std::unique_ptr<audit::Chain> chain_;
  std::string file_id_;  // id of the open file
  std::uint32_t process_ = os::process_id();
  std::string day_;
  std::uint64_t rolled_ = 0;
  std::uint64_t runs_ = 0;
  bool failed_ = false;
  bool index_on_disk_ = false;  // the entry of the open file
};

}  // namespace warrant::lib
