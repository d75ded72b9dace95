// SPDX-License-Identifier: Apache-2.0
#pragma once
// The heads of one response, line by line as a server sends them: read strictly, counted, and
// stripped of what no guest is given.
//
// 1xx responses and trailers count like everything else. Nothing is joined, repaired or stored; a
// line that two readers could understand in two ways ends the response. Spec: egress.md section 13.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "warrant/cap/fetch.h"

namespace warrant::fetch {

inline constexpr std::uint32_t kHeadLinesMax = 256;
inline constexpr std::uint64_t kHeadBytesMax = std::uint64_t{64} * 1'024;

class ResponseReader {
 public:
  // kOk, kProtocol or kHeaderLimit. `line` with its line end.
  cap::Reason line(std::string_view line);
  // The head of the final response is whole.
  bool has_head() const noexcept { return state_ == State::kAfter; }

  // From has_head() on.
  std::uint16_t status() const noexcept { return status_; }
  const std::vector<cap::ResponseHeader>& headers() const noexcept WARRANT_LIFETIMEBOUND {
    return headers_;
  }
  // They are the caller's then; headers() is empty.
  std::vector<cap::ResponseHeader> take_headers() noexcept { return std::exchange(headers_, {}); }
  const std::vector<std::string>& locations() const noexcept WARRANT_LIFETIMEBOUND {
    return locations_;
  }
  std::optional<std::uint64_t> length() const noexcept { return length_; }
  bool had_ignored() const noexcept { return ignored_; }  // Alt-Svc, Strict-Transport-Security
  bool had_refresh() const noexcept { return refresh_; }
  unsigned coded_layers() const noexcept { return gzip_layers_; }
  // Whether the body may be coded as it is: kOk, kEncoding, kEncodingDepth.
  cap::Reason check_coding(cap::HopRequest::Decompress decompress) const noexcept;
  // Leaves out what describes the coded form of a body that is decoded on the way.
  void forget_coding();

  std::uint32_t lines() const noexcept { return lines_; }
  std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  enum class State : std::uint8_t { kStatus, kFields, kAfter } state_ = State::kStatus;
  cap::Reason status_line(std::string_view line);
  cap::Reason field(std::string_view line);
  cap::Reason known_field(std::string_view name, std::string_view value);
  cap::Reason content_length(std::string_view value);
  void content_encoding(std::string_view value);
  cap::Reason end();
  void start_over();

  std::uint16_t status_ = 0;
  std::vector<cap::ResponseHeader> headers_;
  std::vector<std::string> locations_;
  std::vector<std::string> connection_;  // names that Connection lists
  std::optional<std::uint64_t> length_ = {};
  bool chunked_ = false;
  bool ignored_ = false;
  bool refresh_ = false;
  bool other_coding_ = false;
  unsigned gzip_layers_ = 0;
  std::uint32_t lines_ = 0;
  std::uint64_t bytes_ = 0;
};

// The value of the first of that name, or nothing.
std::string_view value_of(std::span<const cap::ResponseHeader> headers,
                          std::string_view name) noexcept;

}  // namespace warrant::fetch
