// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the fetching imports of one instance hold: the Fetch that it was granted, its open handles,
// its last failure.
//
// Without a Fetch each call is a denial, recorded. Handles are numbers from 1 that are never used
// again; at most 16 are open; all are closed with the Context. Until ready() was called the
// instance's memory is not its own yet (a start function runs) and every call answers 8.
// One thread. Spec: netfetch.md sections 1 and 9.
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "warrant/audit/sink.h"
#include "warrant/cap/fetch.h"

namespace warrant::netfetch {

inline constexpr std::size_t kMaxHandles = 16;
inline constexpr std::uint32_t kRefusalsTold = 100;

// One request of warrant_fetch from its head on.
struct Open {
  std::uint32_t handle = 0;
  std::vector<std::byte> body;  // of the request; lives as long as the attempt
  std::unique_ptr<cap::FetchAttempt> attempt;
  std::string head;  // the response's head block
  cap::ResponseHead response;
  bool cancelled = false;
};

// All outlive the context. With `granted` false a Fetch denies whatever it is asked, on record.
struct Granted {
  cap::Fetch* fetch = nullptr;
  cap::Fetch* narrowed = nullptr;  // the same within `[netfetch]`, for fetch_get
  bool granted = false;
};

struct Setup {
  Granted granted = {};
  // Asked at the first call for what is granted, so that a guest that never fetches pays nothing.
  Granted (*source)(void* self) = nullptr;
  void* source_self = nullptr;
  audit::Sink* sink = nullptr;  // required
};

class Context {
 public:
  explicit Context(const Setup& setup) noexcept : setup_(setup) {}

  void ready() noexcept { ready_ = true; }
  bool is_ready() const noexcept { return ready_; }
  const Granted& granted();
  cap::Fetch* fetch() { return granted().fetch; }
  cap::Fetch* narrowed() { return granted().narrowed; }
  void record(const audit::Event& event) { setup_.sink->record(event); }
  // So many refusals for want of any grant are told in full, more than the log keeps; then no.
  bool tells_refusal() noexcept {
    if (refusals_told_ == kRefusalsTold) return false;
    ++refusals_told_;
    return true;
  }

  // Null: there is no such handle.
  Open* find(std::uint32_t handle) noexcept;
  bool is_full() const noexcept { return open_.size() >= kMaxHandles; }
  std::uint32_t add(Open open);
  bool close(std::uint32_t handle);
  void close_all() { open_.clear(); }  // what is unread is cancelled, on record

  // Of fetch_get, empty at its start: pages once touched serve the next call.
  std::vector<std::byte>& body() noexcept { return body_; }

  const std::string& failure() const noexcept { return failure_; }
  void set_failure(std::string text) { failure_ = std::move(text); }

 private:
  Setup setup_;
  bool ready_ = false;
  std::uint32_t last_ = 0;
  std::uint32_t refusals_told_ = 0;
  std::vector<std::byte> body_;
  std::vector<Open> open_;
  std::string failure_;
};

}  // namespace warrant::netfetch
