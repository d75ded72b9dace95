// SPDX-License-Identifier: Apache-2.0
#pragma once
// The help pages; each fits one screen. The examples in them are run by a test.
#include <span>
#include <string>
#include <string_view>

#include "apps/cli/flags.h"

namespace warrant::cli {

std::string main_help();
std::string run_help();
// Of a verb that has no page of its own.
std::string verb_help(std::string_view verb, std::span<const Flag> flags);

}  // namespace warrant::cli
