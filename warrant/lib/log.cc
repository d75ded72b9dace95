// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/log.h"

#include "warrant/audit/time_text.h"
#include "warrant/codec/text.h"
#include "warrant/os/identity.h"

namespace warrant::lib {
namespace {

constexpr std::uint64_t kRollBytes = 64ULL << 20;
constexpr Nanoseconds kIndexPatience{5'000'000'000};

std::string today() { return std::string(audit::day_of(audit::print_time(os::wall_micros()))); }

Problem problem_of(const os::LogTrouble& trouble) {
  return {Problem::Kind::kRefused,
          codec::escape_text(trouble.what),
          codec::escape_text(trouble.hint),
          {}};
}

}  // namespace

Outcome<std::unique_ptr<Log>> Log::open(os::Ambient ambient, const LogOptions& options,
                                        std::string id) {
  os::LogTrouble trouble;
  auto directory = os::LogDirectory::open(ambient, {options.directory, options.state_dir},
                                          os::LogDirectory::Missing::kCreate, trouble);
  if (!directory) return problem_of(trouble);
  std::unique_ptr<Log> log(new Log(*std::move(directory), options, std::move(id)));
  if (auto problem = log->open_file()) return *std::move(problem);
  return log;
}

std::optional<Problem> Log::open_file() {
  os::LogTrouble trouble;
  day_ = today();
  file_id_ = rolled_ == 0 ? id_ : id_ + "-" + std::to_string(rolled_);
  const std::string file = day_ + "/" + file_id_ + ".jsonl";
  auto made = directory_->create(file, trouble);
  if (!made) return problem_of(trouble);
  log_ = *std::move(made);
  chain_ = std::make_unique<audit::Chain>(keys_, *log_, file, file_id_);
  if (!enter(audit::IndexKind::kOpen, kIndexPatience, trouble)) return problem_of(trouble);
  index_on_disk_ = options_.durability == audit::Durability::kDisk;
  if (index_on_disk_ && !directory_->sync()) {
    return Problem{Problem::Kind::kRefused,
                   "the log cannot be brought to the disk",
                   "look after that disk, or write [audit] flush = \"buffered\"",
                   {}};
  }
  return std::nullopt;
}

Status Log::enter(audit::IndexKind kind, Nanoseconds patience, os::LogTrouble& trouble) {
  WARRANT_TRY(os::LogIndex index, directory_->lock_index(patience, trouble));
  WARRANT_TRY(const std::string tail, index.tail(audit::kIndexTail));
  audit::IndexEntry entry;
  entry.kind = kind;
  entry.t = os::wall_micros();
  entry.file = chain_->file();
  entry.id = file_id_;
  entry.pid = process_;
  entry.runs = runs_;
  entry.records = chain_->records();
  entry.size = chain_->bytes();
  entry.first = chain_->first();
  if (kind != audit::IndexKind::kOpen) entry.last = chain_->last();
  const auto lines = audit::append_entry(entry, tail, tail.size() < audit::kIndexTail, keys_);
  if (!lines) {
    trouble = {Errc::kInvalid, "the index of the log in " + options_.directory + " is damaged",
               "`warrant audit verify` says where; move the log away to begin a new one"};
    return Error{Errc::kInvalid, 0, "index"};
  }
  Status done = index.append(*lines);
  if (done && options_.durability == audit::Durability::kDisk) done = index.sync();
  if (!done) {
    trouble = {done.error().code,
               "the index of the log in " + options_.directory +
                   " cannot be written: " + os::free_space_text(directory_->free_bytes()),
               "make room there, name another place with [log] dir, or leave the log out with "
               "--no-log"};
  }
  return done;
}

Status Log::bring_index_to_disk() noexcept {
  os::LogTrouble trouble;
  WARRANT_TRY(os::LogIndex index, directory_->lock_index(kIndexPatience, trouble));
  WARRANT_CHECKED(index.sync());
  return directory_->sync();
}

void Log::roll_if_due() noexcept {
  if (failed_ || chain_->bytes() == 0) return;
  if (chain_->bytes() < kRollBytes && day_ == today()) return;
  os::LogTrouble trouble;
  failed_ = !enter(audit::IndexKind::kRoll, kIndexPatience, trouble);
  ++rolled_;
  runs_ = 0;
  if (!failed_) failed_ = open_file().has_value();
}

std::span<char> Log::begin() noexcept {
  mutex_.lock();
  if (options_.rolls) roll_if_due();
  return chain_->begin();
}

std::span<char> Log::put(std::size_t bytes) noexcept { return chain_->put(bytes); }

Result<std::string_view> Log::end(const audit::BlockEnd& end,
                                  audit::Durability durability) noexcept {
  // Records on the disk need their place in the index there.
  if (durability == audit::Durability::kDisk && !index_on_disk_ && !failed_) {
    index_on_disk_ = bring_index_to_disk().has_value();
    failed_ = !index_on_disk_;
  }
  auto done = chain_->end(end, durability);
  const bool failed = failed_;
  mutex_.unlock();
  if (failed) return Error{Errc::kIo, 0, "log"};
  return done;
}

void Log::count_run() noexcept {
  const std::scoped_lock lock(mutex_);
  ++runs_;
}

Status Log::close() {
  const std::scoped_lock lock(mutex_);
  os::LogTrouble trouble;
  return enter(audit::IndexKind::kClose, kIndexPatience, trouble);
}

}  // namespace warrant::lib
