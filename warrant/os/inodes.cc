// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/inodes.h"

namespace warrant::os {
namespace {

constexpr std::size_t kFirstBuckets = 64;

// By how much it was lowered: never below zero.
std::uint64_t lower(std::atomic<std::uint64_t>& value, std::uint64_t by) noexcept {
  std::uint64_t now = value.load(std::memory_order_relaxed);
  while (!value.compare_exchange_weak(now, by < now ? now - by : 0, std::memory_order_relaxed)) {
  }
  return by < now ? by : now;
}

}  // namespace

Status InodeState::claim(std::uint64_t end, std::uint64_t& from,
                         cap::Accounting& accounting) noexcept {
  from = size();
  while (end > from) {
    WARRANT_CHECKED(accounting.check_file_size(end));
    WARRANT_CHECKED(accounting.reserve_bytes(end - from));
    const std::uint64_t growth = end - from;
    if (size_.compare_exchange_strong(from, end, std::memory_order_relaxed)) {
      charged_.fetch_add(growth, std::memory_order_relaxed);
      return {};
    }
    accounting.credit_bytes(growth);
  }
  return {};
}

void InodeState::settle(std::uint64_t end, std::uint64_t from, std::uint64_t actual,
                        cap::Accounting& accounting) noexcept {
  if (end <= from || actual >= end) return;
  const std::uint64_t reached = actual > from ? actual : from;
  std::uint64_t expected = end;
  // Where somebody claimed beyond `end`, the bytes before it are theirs to have.
  if (!size_.compare_exchange_strong(expected, reached, std::memory_order_relaxed)) return;
  accounting.credit_bytes(lower(charged_, end - reached));
}

void InodeState::shrunk(std::uint64_t size, cap::Accounting& accounting) noexcept {
  const std::uint64_t before = size_.exchange(size, std::memory_order_relaxed);
  if (before <= size) return;
  // What others wrote is not this run's to be credited.
  accounting.credit_bytes(lower(charged_, before - size));
}

Inodes::Inodes() : buckets_(kFirstBuckets, nullptr) {}

Inodes::~Inodes() {
  for (InodeState* head : buckets_) {
    while (head != nullptr) {
      InodeState* next = head->next_;
      delete head;
      head = next;
    }
  }
}

InodeState*& Inodes::bucket(const InodeKey& key) noexcept {
  const std::uint64_t mixed =
      (static_cast<std::uint64_t>(key.inode) ^ (key.device << 17)) * 0x9E3779B97F4A7C15ULL;
  return buckets_[static_cast<std::size_t>(mixed >> 32) & (buckets_.size() - 1)];
}

InodeState* Inodes::find(const InodeKey& key) noexcept {
  InodeState* at = bucket(key);
  while (at != nullptr && !(at->key_ == key && at->names_ == InodeState::Names::kSome)) {
    at = at->next_;
  }
  return at;
}

void Inodes::grow_table() {
  std::vector<InodeState*> old(buckets_.size() * 2, nullptr);
  old.swap(buckets_);
  for (InodeState* head : old) {
    while (head != nullptr) {
      InodeState* next = head->next_;
      InodeState*& place = bucket(head->key_);
      head->next_ = place;
      place = head;
      head = next;
    }
  }
}

InodeState* Inodes::find_or_add(const InodeKey& key,
                                const std::shared_ptr<cap::Accounting>& accounting) {
  if (InodeState* found = find(key)) return found;
  if (count_ >= buckets_.size()) grow_table();
  auto* added = new InodeState;
  added->key_ = key;
  added->accounting_ = accounting;
  InodeState*& place = bucket(key);
  added->next_ = place;
  place = added;
  ++count_;
  return added;
}

void Inodes::forget(InodeState* state) noexcept {
  InodeState** at = &bucket(state->key_);
  while (*at != state) at = &(*at)->next_;
  *at = state->next_;
  if (state->links_ > 0) --linked_;
  --count_;
  delete state;
}

void Inodes::give_back(InodeState* state) noexcept {
  if (state->origin_ == InodeState::Origin::kMade) {
    state->accounting_->credit_bytes(state->charged_);
    state->accounting_->credit_inode();
  }
  for (std::uint32_t i = 0; i < state->links_; ++i) state->accounting_->credit_inode();
  forget(state);
}

InodeState* Inodes::open(const InodeKey& key, std::uint64_t size, OpenFor purpose,
                         const std::shared_ptr<cap::Accounting>& accounting) {
  const std::lock_guard lock(mutex_);
  if (purpose == OpenFor::kReading && count_ == 0) return nullptr;
  InodeState* state = purpose == OpenFor::kReading ? find(key) : find_or_add(key, accounting);
  if (state == nullptr) return nullptr;
  if (state->open_ == 0) state->size_ = size;
  ++state->open_;
  return state;
}

void Inodes::close(InodeState* state) noexcept {
  if (state == nullptr) return;
  const std::lock_guard lock(mutex_);
  if (--state->open_ > 0) return;
  if (state->names_ == InodeState::Names::kGone) return give_back(state);
  if (state->origin_ != InodeState::Origin::kFound || state->links_ > 0) return;
  // Growth that was charged comes back when a later descriptor shrinks the file.
  if (state->charged_ == 0 || count_ > kMaxRemembered) forget(state);
}

void Inodes::made(const InodeKey& key, std::uint64_t bytes,
                  const std::shared_ptr<cap::Accounting>& accounting) {
  const std::lock_guard lock(mutex_);
  // An inode number that came back: what was known is about one that others removed.
  if (InodeState* stale = find(key); stale != nullptr && stale->open_ == 0) forget(stale);
  InodeState* state = find_or_add(key, accounting);
  state->origin_ = InodeState::Origin::kMade;
  state->charged_ = bytes;
}

void Inodes::linked(const InodeKey& key, std::uint64_t names,
                    const std::shared_ptr<cap::Accounting>& accounting) {
  const std::lock_guard lock(mutex_);
  if (linked_ >= kMaxLinked) {
    InodeState* known = find(key);
    if (known != nullptr && known->links_ > 0) ++known->links_;
    return;
  }
  InodeState* state = find_or_add(key, accounting);
  if (names != 1U + state->links_) state->owner_ = InodeState::Owner::kOthersToo;
  if (state->links_++ == 0) ++linked_;
}

void Inodes::name_removed(const InodeKey& key, std::uint64_t names) noexcept {
  const std::lock_guard lock(mutex_);
  if (count_ == 0) return;
  InodeState* state = find(key);
  if (state == nullptr) return;
  if (names > 1) {
    if (state->links_ == 0) return;
    if (--state->links_ == 0) --linked_;
    state->accounting_->credit_inode();
    if (state->links_ == 0 && state->open_ == 0 && state->charged_ == 0 &&
        state->origin_ == InodeState::Origin::kFound) {
      forget(state);
    }
    return;
  }
  state->names_ = InodeState::Names::kGone;
  if (state->open_ == 0) give_back(state);
}

bool Inodes::is_empty() noexcept {
  const std::lock_guard lock(mutex_);
  return count_ == 0;
}

bool Inodes::are_links_own(const InodeKey& key, std::uint64_t names) noexcept {
  const std::lock_guard lock(mutex_);
  if (names <= 1) return true;
  const InodeState* state = find(key);
  return state != nullptr && state->owner_ == InodeState::Owner::kRun &&
         names == 1U + state->links_;
}

}  // namespace warrant::os
