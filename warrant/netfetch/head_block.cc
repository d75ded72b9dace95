// SPDX-License-Identifier: Apache-2.0
#include "warrant/netfetch/head_block.h"

namespace warrant::netfetch {

std::optional<std::vector<cap::GuestHeader>> parse_head_block(std::string_view text, BlockEnd end) {
  std::vector<cap::GuestHeader> headers;
  // Up to the next NUL; nothing where there is none and the text is whole.
  const auto part = [&]() -> std::optional<std::string_view> {
    const std::size_t nul = text.find('\0');
    if (nul == std::string_view::npos && end == BlockEnd::kWhole) return std::nullopt;
    const std::string_view found = text.substr(0, nul);
    text = nul == std::string_view::npos ? std::string_view() : text.substr(nul + 1);
    return found;
  };
  while (!text.empty()) {
    cap::GuestHeader header;
    if (text.front() == '$') {
      header.kind = cap::GuestHeader::Kind::kReference;
    } else if (text.front() != '=') {
      return std::nullopt;
    }
    text.remove_prefix(1);
    const auto name = part();
    const auto value = name ? part() : std::nullopt;
    if (!value) return std::nullopt;
    header.name = *name;
    header.value = *value;
    headers.push_back(header);
  }
  return headers;
}

std::string print_head_block(const std::vector<cap::ResponseHeader>& headers) {
  std::string block;
  for (const cap::ResponseHeader& header : headers) {
    block += '=';
    block += header.name;
    block += '\0';
    block += header.value;
    block += '\0';
  }
  return block;
}

}  // namespace warrant::netfetch
