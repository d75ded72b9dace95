// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a guest may have lacked without a call that was refused: guesses, by what it called, was
// given and ended with.
//
// A library of a guest answers by itself for a path that no granted directory holds; only what it
// asked before tells. Empty: nothing is to be said. Spec: cli.md section 3.
#include <string>
#include <string_view>

#include "apps/cli/run_report.h"

namespace warrant::cli {

// Made with Go, as far as its sections say.
bool is_go(const wasm::ModuleInfo& info);
// One of `preview1` that begins so.
bool imports_call(const wasm::ModuleInfo& info, std::string_view prefix);

// Paths that lie in no granted directory.
std::string lacked_paths(const RunSubject& subject, const RunResult& result);
// A Python that did not find its library.
std::string lacked_encodings(const RunSubject& subject, const RunResult& result);

}  // namespace warrant::cli
