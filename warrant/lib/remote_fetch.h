// SPDX-License-Identifier: Apache-2.0
#pragma once
// Fetch in an executor, which has no network: every question goes to its broker and waits there.
//
// What a broker decides, bounds and puts on record it does by the objects of any run; here are
// copies of its answers. Where the broker is gone everything failed, cancelled. One thread.
// Internal to lib. Spec: limits.md section 7, egress.md.
#include <memory>

#include "warrant/cap/fetch.h"
#include "warrant/lib/remote_sink.h"
#include "warrant/lib/wire.h"
#include "warrant/os/channel.h"

namespace warrant::lib {

inline constexpr std::uint32_t kWholeFetch = 0;     // what the warrant grants
inline constexpr std::uint32_t kNarrowedFetch = 1;  // the same within `[netfetch]`

// Both outlive it. What `sink` holds is handed over before each question, so that records stand in
// the order of what happened.
std::unique_ptr<cap::Fetch> make_remote_fetch(os::Channel& channel, RemoteSink& sink,
                                              std::uint32_t number);

void write_bounds(WireWriter& to, const cap::FetchBounds& bounds);
cap::FetchBounds read_bounds(WireReader& from);

}  // namespace warrant::lib
