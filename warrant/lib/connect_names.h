// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a `[[connect]]` may lead: names are looked up once, every address of the answer is judged,
// and only what was judged is connected to; internal to lib.
//
// A name needs public addresses, or those of its own `private`; one that is neither denies the
// whole name. The options of `[network]` hold for addresses that were written, too. Opens nothing
// but the sockets of the look-up, before the guest starts. Spec: grants.md section 2, egress.md
// sections 6-8.
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "warrant/cap/resolver.h"
#include "warrant/fetch/answers.h"
#include "warrant/fetch/rules.h"
#include "warrant/os/ambient.h"
#include "warrant/os/waiter.h"
#include "warrant/policy/entries.h"

namespace warrant::lib {

struct NamedTarget {
  std::string host;  // lower case
  std::uint16_t port = 0;
};

// Nothing: the host of HOST:PORT is no name; `fault` where it is a bad one.
std::optional<NamedTarget> named_target(const std::string& address, std::string& fault);

// `[network]` as rules; what is wrong with it is found where Fetch is loaded.
fetch::Rules network_rules(const policy::NetworkOptions& options);

// `grant`: its `private`. `own`: addresses of local interfaces.
fetch::JudgedAnswers judge_named(const policy::ConnectGrant& grant, const fetch::Rules& rules,
                                 std::span<const cap::IpAddress> answers,
                                 std::span<const cap::IpAddress> own, std::uint16_t port);

struct Looked {
  fetch::JudgedAnswers judged;  // allowed, or a reason
  std::string why;              // a sentence, where it is not allowed
};

// Until `end` at most, of it five seconds.
Looked look_up(os::Ambient ambient, const policy::ConnectGrant& grant, const fetch::Rules& rules,
               const NamedTarget& target, os::Waiter& waiter, Nanoseconds end);

}  // namespace warrant::lib
