// SPDX-License-Identifier: Apache-2.0
#pragma once
// Words of our own on stderr: errors with their hint, notes, and tables in columns.
//
// Each is written at once; a terminal's colours are reset before our own lines. Texts are escaped
// by whoever made them.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/cli/run_request.h"
#include "warrant/codec/json.h"

namespace warrant::cli {

bool is_terminal(int descriptor) noexcept;
// Everything, or as much as the descriptor takes; false when it took less.
bool write_all(int descriptor, std::string_view text) noexcept;

class Voice {
 public:
  Voice(When color, Verbosity verbosity);

  // "warrant: error: WHAT", the reasons below it, "  hint: HINT".
  void error(std::string_view what, const std::vector<std::string>& more, std::string_view hint);
  // The words of a command line may be in it: they are escaped here.
  void usage(const UsageError& error);
  void note(std::string_view text);     // "warrant: TEXT", unless quiet
  void verbose(std::string_view text);  // only with -v
  void line(std::string_view text);     // as it is
  // As it was when this was made: a locked down process cannot ask.
  bool is_terminal() const noexcept { return terminal_; }

 private:
  void say(std::string_view text);
  std::string head() const;
  bool color_;
  bool terminal_;
  Verbosity verbosity_;
  int patience_ = 10;  // steps of waiting for a reader that are left
};

// A JSON document, indented; what could disturb a terminal (C1 controls, direction marks, invisible
// characters) stands in its \u form.
std::string print_document(const codec::Json& document);

// Rows of equal length as lines with aligned columns, each line indented by two.
std::string print_columns(const std::vector<std::vector<std::string>>& rows);

}  // namespace warrant::cli
