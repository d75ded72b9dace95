// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/terminal_output.h"

#include "warrant/base/utf8.h"

namespace warrant::host {
namespace {

constexpr std::size_t kMaxColourBytes = 32;
constexpr unsigned char kEscape = 0x1b;
constexpr unsigned char kC1Lead = 0xc2;

bool passes(unsigned char byte) {
  return byte == '\n' || byte == '\t' || byte == '\r' || byte == '\b' ||
         (byte >= 0x20 && byte < 0x7f);
}

void append_hex(std::string_view head, unsigned char byte, std::string& shown) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  shown += head;
  shown += kDigits[byte >> 4U];
  shown += kDigits[byte & 15U];
}

// Bytes as they are where a terminal may have them, the others in hexadecimal.
void show(std::string_view bytes, std::string& shown) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (passes(byte)) {
      shown += c;
    } else {
      append_hex("\\x", byte, shown);
    }
  }
}

bool continues_colour(std::string_view pending, unsigned char byte) {
  if (pending.size() == 1) return byte == '[';
  return byte == ';' || (byte >= '0' && byte <= '9');
}

// How many bytes a character has that begins so; 0: none does.
std::size_t character_size(unsigned char lead) {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

bool is_continuation(unsigned char byte) { return byte >= 0x80 && byte < 0xc0; }

// A whole character of several bytes: C1 controls and what is no UTF-8 are shown.
void show_character(std::string_view character, std::string& shown) {
  const auto second = static_cast<unsigned char>(character[1]);
  const bool control = static_cast<unsigned char>(character[0]) == kC1Lead && second < 0xa0;
  if (control) {
    append_hex("\\u00", second, shown);
  } else if (is_utf8(character)) {
    shown += character;
  } else {
    show(character, shown);
  }
}

}  // namespace

// True when the byte belonged to what was pending.
bool TerminalOutput::take_pending(unsigned char byte, std::string& shown) {
  const auto lead = static_cast<unsigned char>(pending_.front());
  if (lead == kEscape) {
    if (byte == 'm' && pending_.size() > 1) {
      shown += pending_ + "m";
      pending_.clear();
      return true;
    }
    if (!continues_colour(pending_, byte) || pending_.size() == kMaxColourBytes) return false;
    pending_ += static_cast<char>(byte);
    return true;
  }
  if (!is_continuation(byte)) return false;
  pending_ += static_cast<char>(byte);
  if (pending_.size() == character_size(lead)) {
    show_character(pending_, shown);
    pending_.clear();
  }
  return true;
}

void TerminalOutput::take(unsigned char byte, std::string& shown) {
  if (!pending_.empty()) {
    if (take_pending(byte, shown)) return;
    show(pending_, shown);
    pending_.clear();
  }
  const char c = static_cast<char>(byte);
  if (byte == kEscape || character_size(byte) != 0) {
    pending_ = c;
  } else {
    show(std::string_view(&c, 1), shown);
  }
}

std::string TerminalOutput::changed(std::string_view bytes) {
  std::string shown;
  for (const char c : bytes) take(static_cast<unsigned char>(c), shown);
  return shown;
}

}  // namespace warrant::host
