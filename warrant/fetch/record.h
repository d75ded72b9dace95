// SPDX-License-Identifier: Apache-2.0
#pragma once
// One hop, or one refusal, as the audit knows it.
//
// The members are a closed list; what is no number and no word of ours goes through the printer for
// strangers. Paths, bodies and malformed URLs stand as MACs under a key of the call, so equal ones
// can be told and short ones not guessed. Spec: egress.md section 19, netfetch.md section 6.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/audit/event.h"
#include "warrant/audit/known_secrets.h"
#include "warrant/codec/hash.h"
#include "warrant/fetch/answers.h"
#include "warrant/fetch/judge.h"
#include "warrant/fetch/keyed_mac.h"

namespace warrant::fetch {

using CallKey = std::array<std::byte, 32>;
enum class PathShown : std::uint8_t { kPattern, kFull };

struct HopRecord {
  cap::FetchDoor door = cap::FetchDoor::kHost;
  std::uint64_t request = 0;  // of the run
  std::uint32_t hop = 0;
  cap::Reason reason = cap::Reason::kOk;
  std::span<const cap::Reason> notes;  // what else was decided on the way
  const Judgement* judgement = nullptr;
  std::string_view asked = {};  // print_asked() of this hop; empty: it was not printed yet
  std::string_view raw_url;     // where it was malformed
  std::span<const JudgedAddress> addresses;
  const cap::ExchangeFacts* facts = nullptr;
  std::uint16_t status = 0;
  std::uint64_t request_headers = 0, request_header_bytes = 0;
  std::vector<std::string_view> request_header_names;  // lower case, listed ones only
  std::uint64_t response_headers = 0, response_header_bytes = 0;
  std::vector<std::string_view> response_header_names;
  std::uint64_t request_bytes = 0, response_wire = 0, response_bytes = 0;
  std::optional<std::uint64_t> declared = {};
  cap::FetchCut cut = cap::FetchCut::kNo;
  std::optional<codec::Digest> body_mac = {};
  std::string_view content_type, retry_after;
  std::vector<std::string_view> secrets;  // references
  Nanoseconds dns{0}, total{0};
  std::uint64_t requests_left = 0, bytes_left = 0;
};

// The members beside those that every event has.
// `known`: what no text in them may show; nullptr: nothing is.
std::string print_members(const HopRecord& record, const KeyedMac& macs, PathShown shown,
                          const audit::KnownSecrets* known);

// Those of them that are known before anything was sent: of judgement, raw_url and addresses.
std::string print_asked(const HopRecord& record, const KeyedMac& macs, PathShown shown,
                        const audit::KnownSecrets* known);

// The decision of a reason, for the event.
audit::Decision decision_of(cap::Reason reason) noexcept;
std::string_view word(cap::FetchDoor door) noexcept;
std::string_view word(cap::ExchangeFacts::Sent sent) noexcept;
std::string_view word(cap::FetchCut cut) noexcept;

}  // namespace warrant::fetch
