// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/budget.h"

#include <algorithm>

namespace warrant::fetch {
namespace {

using cap::Reason;

std::uint64_t left_of(std::uint64_t bound, std::uint64_t used) noexcept {
  return bound - std::min(bound, used);
}

}  // namespace

cap::Reason Budget::check() const noexcept {
  if (requests_left() == 0) return Reason::kBudgetRequests;
  if (denials_left() == 0) return Reason::kBudgetDenials;
  return bytes_left() == 0 || delivered_left() == 0 ? Reason::kBudgetBytes : Reason::kOk;
}

void Budget::take_request() noexcept {
  for (Budget* each = this; each != nullptr; each = each->outer_.get()) ++each->requests_;
}

bool Budget::has_name(std::string_view name) const {
  for (const Budget* each = this; each != nullptr; each = each->outer_.get()) {
    if (!each->knows(name) && each->names_.size() >= each->bounds_.names) return false;
  }
  return true;
}

void Budget::take_name(std::string_view name) {
  for (Budget* each = this; each != nullptr; each = each->outer_.get()) {
    if (!each->knows(name)) each->names_.emplace_back(name);
  }
}

bool Budget::knows(std::string_view name) const noexcept {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

bool Budget::has_slot() const noexcept {
  for (const Budget* each = this; each != nullptr; each = each->outer_.get()) {
    if (each->slots_ >= each->bounds_.parallel) return false;
  }
  return true;
}

void Budget::take_slot() noexcept {
  for (Budget* each = this; each != nullptr; each = each->outer_.get()) ++each->slots_;
}

void Budget::give_slot() noexcept {
  for (Budget* each = this; each != nullptr; each = each->outer_.get()) --each->slots_;
}

void Budget::count_denial() noexcept {
  for (Budget* each = this; each != nullptr; each = each->outer_.get()) ++each->denials_;
}

void Budget::count_bytes(std::uint64_t bytes) noexcept {
  for (Budget* each = this; each != nullptr; each = each->outer_.get()) each->bytes_ += bytes;
}

void Budget::count_delivered(std::uint64_t bytes) noexcept {
  for (Budget* each = this; each != nullptr; each = each->outer_.get()) each->delivered_ += bytes;
}

std::uint64_t Budget::bytes_left() const noexcept {
  const std::uint64_t own = left_of(bounds_.total, bytes_);
  return outer_ == nullptr ? own : std::min(own, outer_->bytes_left());
}

std::uint64_t Budget::delivered_left() const noexcept {
  const std::uint64_t own = left_of(bounds_.delivered, delivered_);
  return outer_ == nullptr ? own : std::min(own, outer_->delivered_left());
}

std::uint64_t Budget::denials_left() const noexcept {
  const std::uint64_t own = left_of(bounds_.denials, denials_);
  return outer_ == nullptr ? own : std::min(own, outer_->denials_left());
}

std::uint64_t Budget::requests_left() const noexcept {
  const std::uint64_t own = left_of(bounds_.requests, requests_);
  return outer_ == nullptr ? own : std::min(own, outer_->requests_left());
}

cap::FetchBounds Budget::bounds() const noexcept {
  return outer_ == nullptr ? bounds_ : narrower(bounds_, outer_->bounds());
}

cap::FetchBounds narrower(const cap::FetchBounds& a, const cap::FetchBounds& b) noexcept {
  return {.requests = std::min(a.requests, b.requests),
          .parallel = std::min(a.parallel, b.parallel),
          .denials = std::min(a.denials, b.denials),
          .names = std::min(a.names, b.names),
          .request_body = std::min(a.request_body, b.request_body),
          .response = std::min(a.response, b.response),
          .total = std::min(a.total, b.total),
          .delivered = std::min(a.delivered, b.delivered),
          .dns = std::min(a.dns, b.dns),
          .connect = std::min(a.connect, b.connect),
          .first_byte = std::min(a.first_byte, b.first_byte),
          .timeout = std::min(a.timeout, b.timeout)};
}

}  // namespace warrant::fetch
