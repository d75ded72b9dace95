// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/terminal.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "warrant/codec/text.h"

namespace warrant::cli {
namespace {

constexpr int kPatienceStep = 100;  // milliseconds

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
    : terminal_(is_terminal(STDERR_FILENO)), verbosity_(verbosity) {
  const char* no_color = std::getenv("NO_COLOR");
  color_ = color == When::kAlways ||
           (color == When::kAuto && terminal_ && (no_color == nullptr || *no_color == '\0'));
}

// Nobody who does not read can hold the process up: after a while the rest is dropped.
void Voice::say(std::string_view text) {
  while (!text.empty() && patience_ > 0) {
    pollfd set{STDERR_FILENO, POLLOUT, 0};
    const int ready = ::poll(&set, 1, kPatienceStep);
    if (ready == 0) --patience_;
    if (ready <= 0) continue;
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
  this->error(codec::escape_text(error.what), {}, codec::escape_text(error.hint));
}

void Voice::note(std::string_view text) {
  if (verbosity_ == Verbosity::kQuiet) return;
  say(head() + std::string(text) + "\n");
}

void Voice::verbose(std::string_view text) {
  if (verbosity_ == Verbosity::kVerbose) note(text);
}

void Voice::line(std::string_view text) { say(std::string(text) + "\n"); }

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
