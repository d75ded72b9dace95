// SPDX-License-Identifier: Apache-2.0
#pragma once
// The help pages; each fits one screen. The examples in them are run by a test.
#include <string>

namespace warrant::cli {

std::string main_help();
std::string run_help();

}  // namespace warrant::cli
