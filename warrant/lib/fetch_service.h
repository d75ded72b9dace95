// SPDX-License-Identifier: Apache-2.0
#pragma once
// A broker's answers to the Fetch of its executor.
//
// Every question is held against closed lists and small numbers of open attempts; the rules, the
// budgets, secrets and records are those of the Fetch behind it. Nothing that it is told widens
// what the warrant grants. One thread. Internal to lib. Spec: limits.md section 7, egress.md.
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "warrant/cap/fetch.h"
#include "warrant/lib/wire.h"
#include "warrant/netfetch/context.h"

namespace warrant::lib {

class FetchService {
 public:
  // Asked for what is granted at the first question; outlives it. `most_body`: of a request.
  FetchService(netfetch::Context& context, std::uint64_t most_body)
      : context_(context), most_body_(most_body) {}

  // Whether `kind` is a question of Fetch.
  static bool serves(Wire kind) noexcept;
  // False: no executor of ours asks so. An empty answer is none.
  bool answer(Wire kind, WireReader from, WireWriter& to);

 private:
  struct Attempt {
    std::string request;  // what the attempt views
    std::unique_ptr<cap::FetchAttempt> live;
    bool told_head = false;
  };
  cap::Fetch* fetch_of(std::uint32_t number);
  bool start(WireReader& from, WireWriter& to);
  bool on_attempt(Wire kind, WireReader& from, WireWriter& to);
  bool on_fetch(Wire kind, WireReader& from, WireWriter& to);
  static void write_state(WireWriter& to, Attempt& attempt, cap::FetchState state);

  netfetch::Context& context_;
  std::uint64_t most_body_;
  std::map<std::uint32_t, std::unique_ptr<cap::Fetch>> narrowed_;
  std::map<std::uint32_t, Attempt> attempts_;
  std::uint32_t last_ = 0;
};

}  // namespace warrant::lib
