// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/known_secrets.h"

#include <algorithm>

#include "warrant/audit/secret_forms.h"

namespace warrant::audit {

Status KnownSecrets::add(std::string_view reference, std::string_view value) {
  if (value.size() < kShortestSecret) return Error{Errc::kInvalid, 0, "secret"};
  const auto number = static_cast<std::uint32_t>(references_.size());
  references_.emplace_back(reference);
  for (const std::string& form : secret_forms(value)) add_form(number, form);
  return {};
}

std::uint32_t KnownSecrets::child_of(std::uint32_t node, unsigned char byte) const noexcept {
  if (node == 0) return first_[byte] == 0 ? kNone : first_[byte];
  for (std::uint32_t next = nodes_[node].child; next != kNone; next = nodes_[next].sibling) {
    if (nodes_[next].byte == byte) return next;
  }
  return kNone;
}

void KnownSecrets::add_form(std::uint32_t reference, std::string_view form) {
  if (form.size() < kShortestSecret) return;
  std::uint32_t at = 0;
  for (const char each : form) {
    const auto byte = static_cast<unsigned char>(each);
    std::uint32_t next = child_of(at, byte);
    if (next == kNone) {
      next = static_cast<std::uint32_t>(nodes_.size());
      Node made;
      made.byte = byte;
      made.depth = nodes_[at].depth + 1;
      if (at == 0) {
        first_[byte] = next;
      } else {
        made.sibling = nodes_[at].child;
        nodes_[at].child = next;
      }
      nodes_.push_back(made);
    }
    at = next;
  }
  if (nodes_[at].own == kNone) {
    nodes_[at].own = static_cast<std::uint32_t>(patterns_.size());
    patterns_.push_back({reference, static_cast<std::uint32_t>(form.size())});
    longest_ = std::max(longest_, form.size());
  }
}

// Breadth first: a node's fallback is less deep than the node.
void KnownSecrets::seal() {
  ++edition_;
  std::vector<std::uint32_t> queue;
  for (const std::uint32_t node : first_) {
    if (node != 0) queue.push_back(node);
  }
  for (std::size_t at = 0; at < queue.size(); ++at) {
    const std::uint32_t node = queue[at];
    nodes_[node].pattern =
        nodes_[node].own == kNone ? nodes_[nodes_[node].fail].pattern : nodes_[node].own;
    for (std::uint32_t next = nodes_[node].child; next != kNone; next = nodes_[next].sibling) {
      std::uint32_t back = nodes_[node].fail;
      std::uint32_t found = child_of(back, nodes_[next].byte);
      while (found == kNone && back != 0) {
        back = nodes_[back].fail;
        found = child_of(back, nodes_[next].byte);
      }
      nodes_[next].fail = found == kNone ? 0 : found;
      queue.push_back(next);
    }
  }
}

void KnownSecrets::step(Walk& walk, unsigned char byte) const noexcept {
  std::uint32_t next = child_of(walk.state, byte);
  while (next == kNone && walk.state != 0) {
    walk.state = nodes_[walk.state].fail;
    next = child_of(walk.state, byte);
  }
  walk.state = next == kNone ? 0 : next;
  ++walk.at;
  const std::uint32_t pattern = nodes_[walk.state].pattern;
  if (pattern == kNone) return;
  const std::uint64_t begin = walk.at - patterns_[pattern].size;
  // Hits that overlap are one, and the one that begins first gives the name.
  if (walk.hit_end <= begin || begin < walk.hit_begin) {
    walk.hit_begin = begin;
    walk.pattern = pattern;
  }
  walk.hit_end = walk.at;
}

std::size_t KnownSecrets::remnant(std::string_view text) const noexcept {
  std::size_t longest = 0;
  for (std::uint32_t start = 1; start < nodes_.size(); ++start) {
    std::uint32_t node = start;
    for (std::size_t at = 0; at < text.size(); ++at) {
      node = child_of(node, static_cast<unsigned char>(text[at]));
      if (node == kNone) break;
      if (nodes_[node].own != kNone) longest = std::max(longest, at + 1);
    }
  }
  return longest < kLeastTail ? 0 : longest;
}

std::string KnownSecrets::scrubbed(std::string_view text, End end) const {
  if (empty()) return std::string(text);
  std::string made;
  scrub(text, end, [&](std::string_view piece, std::string_view reference) {
    if (reference.empty()) {
      made += piece;
    } else {
      made.append("\xc2\xabredacted:").append(reference).append("\xc2\xbb");
    }
  });
  return made;
}

std::string ScrubbedStream::pass(std::uint64_t until) {
  std::string out;
  const auto take = [&](std::uint64_t end) {
    const auto count = static_cast<std::size_t>(end - begin_);
    out.append(held_, 0, count);
    held_.erase(0, count);
    begin_ = end;
  };
  if (walk_.hit_end > begin_ && walk_.hit_end <= until) {
    if (walk_.hit_begin > begin_) take(walk_.hit_begin);
    out.append("\xc2\xabredacted:").append(secrets_.reference(walk_)).append("\xc2\xbb");
    held_.erase(0, static_cast<std::size_t>(walk_.hit_end - begin_));
    begin_ = walk_.hit_end;
  }
  // What stands before a hit that may still grow is safe up to that hit.
  const std::uint64_t safe = walk_.hit_end > begin_ ? std::min(until, walk_.hit_begin) : until;
  if (safe > begin_) take(safe);
  return out;
}

void ScrubbedStream::push(char byte, std::string& out) {
  held_ += byte;
  secrets_.step(walk_, static_cast<unsigned char>(byte));
  const std::uint64_t settled = secrets_.settled(walk_);
  if (settled > begin_ && (walk_.hit_end > begin_ || settled - begin_ >= 4096)) {
    out += pass(settled);
  }
}

// More is known than when the bytes that are held were looked at.
void ScrubbedStream::start_again(std::string& out) {
  edition_ = secrets_.edition();
  const std::string held = std::move(held_);
  held_.clear();
  walk_ = {};
  walk_.at = begin_;
  for (const char each : held) push(each, out);
}

std::string ScrubbedStream::feed(std::string_view bytes) {
  if (secrets_.empty()) return std::string(bytes);
  std::string out;
  if (edition_ != secrets_.edition()) start_again(out);
  for (const char each : bytes) push(each, out);
  return out += pass(secrets_.settled(walk_));
}

std::string ScrubbedStream::finish() { return pass(walk_.at); }

}  // namespace warrant::audit
