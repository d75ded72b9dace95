// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/uses.h"

#include <algorithm>
#include <array>
#include <span>

#include "warrant/audit/line.h"
#include "warrant/audit/long_path.h"
#include "warrant/audit/spelling.h"

namespace warrant::audit {
namespace {

struct Word {
  std::string_view call;
  std::string_view operation;
  Effect effect;
};

// The call of a rename whose target was there.
constexpr std::string_view kReplacingRename = "path_rename_replace";

constexpr auto kWords = std::to_array<Word>({
    {"path_open", "open", Effect::kOther},
    {"path_create_file", "create", Effect::kCreate},
    {"path_create_directory", "create", Effect::kCreate},
    {"path_link", "link", Effect::kCreate},
    {"path_symlink", "link", Effect::kCreate},
    {"path_rename", "rename", Effect::kRemove},
    {kReplacingRename, "rename", Effect::kRemove},
    {"path_unlink_file", "remove", Effect::kRemove},
    {"path_remove_directory", "remove", Effect::kRemove},
    {"path_filestat_set_times", "times", Effect::kWrite},
    {"fd_filestat_set_times", "times", Effect::kWrite},
    {"fd_filestat_set_size", "write", Effect::kWrite},
    {"path_filestat_set_size", "write", Effect::kWrite},
    {"fd_allocate", "write", Effect::kWrite},
    {"fd_write", "write", Effect::kWrite},
    {"fd_pwrite", "write", Effect::kWrite},
    {"fd_read", "read", Effect::kRead},
    {"fd_pread", "read", Effect::kRead},
    {"fd_readdir", "list", Effect::kOther},
    {"path_filestat_get", "stat", Effect::kOther},
    {"path_readlink", "read", Effect::kOther},
});

const Word* find(std::string_view call) noexcept {
  const auto found = std::find_if(kWords.begin(), kWords.end(),
                                  [&](const Word& word) { return word.call == call; });
  return found == kWords.end() ? nullptr : &*found;
}

// Bytes of the file's content: a new size or times move none.
std::uint64_t moved_by(const Event& event) noexcept {
  const bool sizes = effect_of(event.operation) == Effect::kWrite &&
                     event.operation != "fd_write" && event.operation != "fd_pwrite";
  return sizes ? 0 : event.bytes;
}

constexpr std::size_t place_of(Effect effect) noexcept { return static_cast<std::size_t>(effect); }

}  // namespace

Effect effect_of(std::string_view call) noexcept {
  const Word* const word = find(call);
  return word == nullptr ? Effect::kOther : word->effect;
}

std::string_view operation_of(std::string_view call) noexcept {
  const Word* const word = find(call);
  return word == nullptr ? call : word->operation;
}

bool changes_a_file(std::string_view call) noexcept {
  const Word* const word = find(call);
  return word == nullptr || word->effect < Effect::kRead;
}

Effect FileUse::importance() const noexcept {
  if (written > 0 || changes > 0) return Effect::kWrite;
  if (replaced > 0) return Effect::kReplace;
  if (created > 0) return Effect::kCreate;
  return removed > 0 ? Effect::kRemove : Effect::kRead;
}

bool Uses::holds_lesser(Effect effect) const noexcept {
  const auto lesser = std::span(held_).subspan(place_of(effect) + 1);
  return std::any_of(lesser.begin(), lesser.end(), [](std::size_t count) { return count > 0; });
}

// The least important file gives way to a more important one, which happens at most once for each
// importance of each file that is held.
bool Uses::make_room(Effect effect, std::uint64_t count) {
  if (files_.size() < kMostFiles) return true;
  if (!holds_lesser(effect)) {
    more_files_ += count;
    return false;
  }
  auto least = files_.end();
  for (auto at = files_.begin(); at != files_.end(); ++at) {
    if (at->second.importance() <= effect) continue;
    if (least == files_.end() || at->second.importance() > least->second.importance()) least = at;
    if (least->second.importance() == Effect::kRead) break;
  }
  if (least == files_.end()) {
    more_files_ += count;
    return false;
  }
  more_files_ += least->second.uses;
  --held_[place_of(least->second.importance())];
  files_.erase(least);
  return true;
}

void Uses::add_file(std::string_view path, Effect effect, std::uint64_t bytes,
                    std::uint64_t count) {
  if (effect == Effect::kOther) return;
  const bool guarded = secrets_ != nullptr && !secrets_->empty();
  std::size_t mark_at = 0;
  // Behind the matcher, which knows secrets as they are spelt.
  if (guarded || path.size() > kMaxStrangerBytes) {
    LongPath told(kMaxStrangerBytes, mark_key_);
    push_scrubbed(told, path, secrets_);
    const auto [head, mark, tail] = told.finish();
    told_.assign(head).append(mark).append(tail);
    mark_at = mark.empty() ? 0 : head.size();
    path = told_;
  } else if (!is_plainly_spelt(path)) {
    told_.resize(path.size());
    told_.resize(respell(path, told_));
    path = told_;
  }
  auto found = files_.find(path);
  if (found == files_.end()) {
    if (!make_room(effect, count)) return;
    found = files_.emplace(std::string(path), FileUse{}).first;
    found->second.mark = mark_at;
    ++held_[place_of(found->second.importance())];
  }
  FileUse& use = found->second;
  use.uses += count;
  --held_[place_of(use.importance())];
  switch (effect) {
    case Effect::kWrite:
      ++use.changes;
      use.written += bytes;
      break;
    case Effect::kReplace:
      ++use.replaced;
      break;
    case Effect::kCreate:
      ++use.created;
      break;
    case Effect::kRemove:
      ++use.removed;
      break;
    case Effect::kRead:
      use.read += bytes;
      break;
    case Effect::kOther:
      break;
  }
  ++held_[place_of(use.importance())];
}

// An origin with which nothing was exchanged gives way to one with which something was; one that
// was only refused, to any that was not.
bool Uses::make_room_for_origin(const Event& event) {
  if (origins_.size() < kMostOrigins) return true;
  const bool moved = event.bytes > 0 || event.bytes_in > 0;
  const auto gives_way = [&](const OriginUse& use) {
    if (use.bytes_out > 0 || use.bytes_in > 0) return false;
    return moved || (use.denied == use.requests && event.decision != Decision::kDeny);
  };
  const auto least = std::find_if(origins_.begin(), origins_.end(),
                                  [&](const auto& each) { return gives_way(each.second); });
  if (least == origins_.end()) {
    ++more_origins_;
    return false;
  }
  more_origins_ += least->second.requests;
  origins_.erase(least);
  return true;
}

void Uses::add_origin(const Event& event) {
  std::string origin(event.path);
  if (secrets_ != nullptr && !secrets_->empty())
    origin = secrets_->scrubbed(origin, end_of(origin));
  auto found = origins_.find(origin);
  if (found == origins_.end()) {
    if (!make_room_for_origin(event)) return;
    found = origins_.emplace(std::move(origin), OriginUse{}).first;
  }
  OriginUse& use = found->second;
  ++use.requests;
  use.bytes_out += event.bytes;
  use.bytes_in += event.bytes_in;
  if (event.decision == Decision::kDeny) ++use.denied;
}

bool Uses::lists(const Event& event) noexcept {
  if (event.kind == Kind::kFetch) return true;
  return event.kind == Kind::kFs && event.decision == Decision::kAllow &&
         effect_of(event.operation) != Effect::kOther;
}

void Uses::add(const Event& event, std::uint64_t count, const KnownSecrets* secrets) {
  secrets_ = secrets;
  if (event.kind == Kind::kFetch && !event.path.empty()) add_origin(event);
  if (event.kind != Kind::kFs || event.decision != Decision::kAllow) return;
  if (event.operation == "path_rename") {
    add_file(event.path, Effect::kRemove, 0, count);
    add_file(event.second_path, Effect::kCreate, 0, count);
  } else if (event.operation == kReplacingRename) {
    add_file(event.path, Effect::kRemove, 0, count);
    add_file(event.second_path, Effect::kReplace, 0, count);
  } else if (event.operation == "path_link") {
    // What is written by the new name changes what the old one names.
    add_file(event.path, Effect::kWrite, 0, count);
    add_file(event.second_path, Effect::kCreate, 0, count);
  } else {  // the second path of a symbolic link is its text, which names no file
    add_file(event.path, effect_of(event.operation), moved_by(event), count);
  }
}

}  // namespace warrant::audit
