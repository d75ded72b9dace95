// SPDX-License-Identifier: Apache-2.0
#pragma once
// What two entries, or two lists of them, both allow; see intersect.h for what holds of the
// results.
//
// `Partner` says what the second operand is: what it cannot speak of is left as the first says.
#include <algorithm>
#include <optional>
#include <vector>

#include "warrant/policy/entries.h"
#include "warrant/policy/grant.h"

namespace warrant::policy {

enum class Partner : std::uint8_t {
  kGrant,    // both say everything
  kRequest,  // says nothing of the host's side and of operators' keys
  kCeiling,  // its entries have the widest values where nothing is written
};

// Without hosts and names: those are joined by who calls.
DirectoryGrant meet(const DirectoryGrant& a, const DirectoryGrant& b);
std::optional<ListenGrant> meet(const ListenGrant& a, const ListenGrant& b);
std::optional<ConnectGrant> meet(const ConnectGrant& a, const ConnectGrant& b, Partner partner);
std::optional<FetchGrant> meet(const FetchGrant& a, const FetchGrant& b, Partner partner);
ClockGrant meet(const ClockGrant& a, const ClockGrant& b);
EntropyGrant meet(const EntropyGrant& a, const EntropyGrant& b);
NetworkOptions meet(const NetworkOptions& a, const NetworkOptions& b);
NetfetchGrant meet(const NetfetchGrant& a, const NetfetchGrant& b);

// All pairs that meet; an entry that an earlier one covers in every aspect is left out, so that the
// first entry that matches stays the first.
std::vector<ListenGrant> meet(const std::vector<ListenGrant>& a, const std::vector<ListenGrant>& b);
std::vector<ConnectGrant> meet(const std::vector<ConnectGrant>& a,
                               const std::vector<ConnectGrant>& b, Partner partner);
std::vector<FetchGrant> meet(const std::vector<FetchGrant>& a, const std::vector<FetchGrant>& b,
                             Partner partner);

// Everything of both lists, without doubles: deny lists narrow by growing.
template <typename T>
std::vector<T> both(std::vector<T> a, const std::vector<T>& b) {
  for (const T& each : b) {
    if (std::find(a.begin(), a.end(), each) == a.end()) a.push_back(each);
  }
  return a;
}

}  // namespace warrant::policy
