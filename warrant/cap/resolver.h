// SPDX-License-Identifier: Apache-2.0
#pragma once
// Names to addresses: facts, not decisions.
//
// A name is asked for in absolute form, once, A and AAAA together, without search lists, hosts
// files or aliases of the environment; every address of the answer is handed over, de-duplicated,
// whatever it is. Start, then poll; destroying a Lookup cancels it at once. One thread. Times are
// points of Transport::now(). Spec: egress.md section 7.
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "warrant/base/time.h"
#include "warrant/cap/address.h"
#include "warrant/cap/file_types.h"
#include "warrant/cap/transport.h"

namespace warrant::cap {

enum class Families : std::uint8_t { kBoth, kIpv4 };

struct LookupAnswer {
  enum class What : std::uint8_t {
    kAddresses,    // at least one
    kNoAnswer,     // no such name, or no address of it
    kFailure,      // a server said so, or none could be reached
    kUnavailable,  // the library is missing
  } what = What::kFailure;
  std::vector<IpAddress> addresses;
};

class Lookup {
 public:
  virtual ~Lookup() = default;
  Lookup() = default;
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  // As Exchange::poll.
  virtual Polled poll(Blocking blocking, Nanoseconds until) = 0;
  // nullptr: not yet.
  virtual const LookupAnswer* answer() const noexcept = 0;
};

class Resolver {
 public:
  virtual ~Resolver() = default;
  // `name` is a checked name without the last dot. Never blocks, never nullptr.
  virtual std::unique_ptr<Lookup> start(std::string_view name, Families families) = 0;
};

}  // namespace warrant::cap
