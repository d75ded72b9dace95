// SPDX-License-Identifier: Apache-2.0
#pragma once
// What one call may still do on the network, shared by all that act for it.
//
// A budget inside another draws from both, so whoever was given less can never have more. Numbers
// are taken before the step that they pay for and never given back, slots excepted. One thread.
// Spec: egress.md section 14.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/cap/fetch.h"
#include "warrant/cap/reason.h"

namespace warrant::fetch {

class Budget {
 public:
  explicit Budget(const cap::FetchBounds& bounds, std::shared_ptr<Budget> outer = nullptr)
      : bounds_(bounds), outer_(std::move(outer)) {}

  // kOk, or the first budget that has nothing left: requests, denials, bytes.
  cap::Reason check() const noexcept;
  void take_request() noexcept;
  bool has_name(std::string_view name) const;  // it was seen, or may still be
  void take_name(std::string_view name);       // one that was seen costs nothing
  bool has_slot() const noexcept;
  void take_slot() noexcept;
  void give_slot() noexcept;
  void count_denial() noexcept;
  void count_bytes(std::uint64_t bytes) noexcept;
  void count_delivered(std::uint64_t bytes) noexcept;

  void revoke() noexcept { revoked_ = true; }
  bool is_revoked() const noexcept { return revoked_ || (outer_ && outer_->is_revoked()); }

  std::uint64_t bytes_left() const noexcept;
  std::uint64_t delivered_left() const noexcept;
  std::uint64_t requests_left() const noexcept;
  std::uint64_t denials_left() const noexcept;
  // The narrowest of this budget and all around it.
  cap::FetchBounds bounds() const noexcept;

 private:
  bool knows(std::string_view name) const noexcept;

  cap::FetchBounds bounds_;
  std::shared_ptr<Budget> outer_;
  std::uint64_t requests_ = 0;
  std::uint64_t denials_ = 0;
  std::uint64_t slots_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t delivered_ = 0;
  bool revoked_ = false;
  std::vector<std::string> names_;
};

// Of each number the smaller.
cap::FetchBounds narrower(const cap::FetchBounds& a, const cap::FetchBounds& b) noexcept;

}  // namespace warrant::fetch
