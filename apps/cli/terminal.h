// SPDX-License-Identifier: Apache-2.0
#pragma once
// Words of our own on stderr: errors with their hint, notes, and tables in columns.
//
// Each is written at once; a terminal's colours are reset before our own lines. Texts are escaped
// by whoever made them.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/cli/run_request.h"
#include "warrant/audit/known_secrets.h"
#include "warrant/codec/json.h"
#include "warrant/os/compile_child.h"

namespace warrant::cli {

bool is_terminal(int descriptor) noexcept;
// Everything, or as much as the descriptor takes; false when it took less.
bool write_all(int descriptor, std::string_view text) noexcept;

// One line on the terminal that stderr is, while a module is compiled: from half a second on, and
// gone when it is done.
class Progress final : public os::CompileWatcher {
 public:
  explicit Progress(std::string name) : name_(std::move(name)) {}
  void compiling(Nanoseconds since) override;
  void compiled() override;

 private:
  std::string name_;
  std::uint64_t shown_ = 0;  // tenths of a second; 0: there is no line
};

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
  // `file`: as it was named. nullptr: there is no terminal, or nobody wants words.
  std::unique_ptr<Progress> progress(std::string_view file) const;
  // From now on no line shows what these know; they outlive it.
  void guard_with(const audit::KnownSecrets& secrets) noexcept { secrets_ = &secrets; }
  // As it was when this was made: a locked down process cannot ask.
  bool is_terminal() const noexcept { return terminal_; }

 private:
  void say(std::string_view text);
  std::string head() const;
  bool color_;
  bool terminal_;
  Verbosity verbosity_;
  const audit::KnownSecrets* secrets_ = nullptr;
  int patience_ = 10;  // steps of waiting for a reader that are left
};

// A JSON document, indented; what could disturb a terminal (C1 controls, direction marks, invisible
// characters) stands in its \u form.
std::string print_document(const codec::Json& document);
// The same of JSON that is text already.
std::string disarm_json(std::string_view text);

// Rows of equal length as lines with aligned columns, each line indented by two.
std::string print_columns(const std::vector<std::vector<std::string>>& rows);

}  // namespace warrant::cli
