// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/terminal.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "warrant/base/utf8.h"
#include "warrant/codec/text.h"
#include "warrant/os/console.h"

namespace warrant::cli {
namespace {

constexpr int kPatienceStep = 100;  // milliseconds

void append_unit(std::uint32_t unit, std::string& to) {
  constexpr std::string_view kHex = "0123456789abcdef";
  to += "\\u";
  for (unsigned shift = 16; shift > 0; shift -= 4) to += kHex[unit >> (shift - 4) & 15U];
}

// One character of two to four bytes.
void append_utf16_escapes(std::string_view character, std::string& to) {
  std::uint32_t point = static_cast<std::uint8_t>(character[0]) & (0xFFU >> (character.size() + 1));
  for (const char next : character.substr(1)) {
    point = point << 6 | (static_cast<std::uint8_t>(next) & 0x3FU);
  }
  if (point < 0x10000) return append_unit(point, to);
  append_unit(0xD800 + ((point - 0x10000) >> 10), to);
  append_unit(0xDC00 + ((point - 0x10000) & 0x3FFU), to);
}

}  // namespace

bool is_terminal(int descriptor) noexcept { return isatty(descriptor) == 1; }

bool write_all(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t done = ::write(descriptor, text.data(), text.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

Voice::Voice(When color, Verbosity verbosity)
    : terminal_(cli::is_terminal(STDERR_FILENO)), verbosity_(verbosity) {
  const char* no_color = std::getenv("NO_COLOR");
  color_ = color == When::kAlways ||
           (color == When::kAuto && terminal_ && (no_color == nullptr || *no_color == '\0'));
}

// Nobody who does not read can hold the process up: after a while the rest is dropped.
void Voice::say(std::string_view text) {
  std::string scrubbed;
  if (secrets_ != nullptr && !secrets_->empty()) {
    scrubbed = secrets_->scrubbed(text, audit::KnownSecrets::End::kWhole);
    text = scrubbed;
  }
  std::string begun;
  if (os::is_error_line_open()) {
    begun = "\n" + std::string(text);
    text = begun;
  }
  os::close_error_line();
  while (!text.empty() && patience_ > 0) {
    pollfd set{STDERR_FILENO, POLLOUT, 0};
    const int ready = ::poll(&set, 1, kPatienceStep);
    if (ready == 0) --patience_;
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    // Where nothing can be waited for, it is tried.
    const std::string_view piece = text.substr(0, PIPE_BUF);
    const ssize_t done = ::write(STDERR_FILENO, piece.data(), piece.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(done));
  }
}

std::string Voice::head() const {
  std::string text = terminal_ ? "\x1b[0m" : "";
  text += color_ ? "\x1b[1mwarrant:\x1b[0m " : "warrant: ";
  return text;
}

void Voice::error(std::string_view what, const std::vector<std::string>& more,
                  std::string_view hint) {
  std::string text = head();
  text += color_ ? "\x1b[31merror:\x1b[0m " : "error: ";
  text += what;
  text += '\n';
  for (const std::string& each : more) text += "  " + each + "\n";
  if (!hint.empty()) text += "  hint: " + std::string(hint) + "\n";
  say(text);
}

void Voice::usage(const UsageError& error) {
  std::vector<std::string> more;
  more.reserve(error.more.size());
  for (const std::string& each : error.more) more.push_back(codec::escape_text(each));
  this->error(codec::escape_text(error.what), more, codec::escape_text(error.hint));
}

void Voice::note(std::string_view text) {
  if (verbosity_ == Verbosity::kQuiet) return;
  say(head() + std::string(text) + "\n");
}

void Voice::verbose(std::string_view text) {
  if (verbosity_ == Verbosity::kVerbose) note(text);
}

void Voice::line(std::string_view text) { say(std::string(text) + "\n"); }

std::unique_ptr<Progress> Voice::progress(std::string_view file) const {
  constexpr std::size_t kMostName = 40;
  if (verbosity_ == Verbosity::kQuiet || !terminal_) return nullptr;
  const std::string_view name = file.substr(file.rfind('/') + 1);
  return std::make_unique<Progress>(codec::escape_text(name, kMostName));
}

void Progress::compiling(Nanoseconds since) {
  constexpr std::uint64_t kTenth = 100'000'000;
  constexpr std::uint64_t kPatience = 5;
  const std::uint64_t tenths = count(since) / kTenth;
  if (tenths < kPatience || tenths == shown_) return;
  shown_ = tenths;
  (void)write_all(STDERR_FILENO, "\r\x1b[0m\x1b[Kwarrant: compiling " + name_ + ", " +
                                     std::to_string(tenths / 10) + "." +
                                     std::to_string(tenths % 10) + " s");
}

void Progress::compiled() {
  if (shown_ != 0) (void)write_all(STDERR_FILENO, "\r\x1b[K");
  shown_ = 0;
}

std::string print_document(const codec::Json& document) {
  return disarm_json(codec::print_indented(document));
}

std::string disarm_json(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = std::max<std::size_t>(1, utf8_length(text, at));
    const std::string_view character = text.substr(at, length);
    at += length;
    // Below U+0080 the printer has escaped what must be.
    if (length == 1 || codec::escape_text(character) == character) {
      shown += character;
    } else {
      append_utf16_escapes(character, shown);
    }
  }
  return shown;
}

std::string print_columns(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    text += "  ";
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      const bool last = i + 1 == row.size();
      if (!last) text.append(widths[i] - row[i].size() + 2, ' ');
    }
    while (text.ends_with(' ')) text.pop_back();
    text += '\n';
  }
  return text;
}

}  // namespace warrant::cli
