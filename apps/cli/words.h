// SPDX-License-Identifier: Apache-2.0
#pragma once
// Takes a command line apart by a table of flags: getopt_long(3) of the C library, without its
// abbreviations. The first word that is no flag ends it; `--` may stand before that word.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/cli/flags.h"

namespace warrant::cli {

// A command line that does not parse: exit status 64.
struct UsageError {
  std::string what;
  std::string hint;
  std::vector<std::string> more = {};  // further faults, each a line
};

struct GivenFlag {
  const Flag* flag;
  std::optional<std::string> value;  // none: a flag without a value, or an optional one left out
};

struct SplitWords {
  std::vector<GivenFlag> flags;
  std::vector<std::string> rest;  // from the first word that is no flag
};

// Nothing, and `error` filled, for an unknown flag (with the nearest known one), a missing value, a
// value where none belongs, and a flag that is not in this build yet. `verb`: for the messages.
std::optional<SplitWords> split_words(std::span<const std::string> words,
                                      std::span<const Flag> flags, std::string_view verb,
                                      UsageError& error);

}  // namespace warrant::cli
