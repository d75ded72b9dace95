// SPDX-License-Identifier: Apache-2.0
#pragma once
// What we decide for one vector, by the functions of the released program.
//
// The policies P0 to P4 and A0 to A3 are loaded from grants as an operator would write them, so the
// loader is under test too. Spec: ssrf_vectors.md.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/ssrf/vector_file.h"
#include "warrant/fetch/rules.h"

namespace warrant::ssrf {

struct Answer {
  std::string decision;              // "allow", "deny", "error"
  std::vector<std::string> reasons;  // the reason; for what is allowed, all notes
  std::string trouble;               // not decided: the row cannot be run, or an effect was wrong
};

// Rules of P0 to P4; `extra` changes the first grant (a port, a redirect mode, a second origin).
fetch::Rules rules_of(std::string_view policy);
policy::FetchGrant grant_of(std::string_view policy);
std::vector<policy::FetchGrant> grants_of(std::string_view policy);  // P4 has three

// Layers addr, conn, url, grant, header and method: no I/O. Nothing: another layer.
std::optional<Answer> run_pure(const Vector& vector);

// Layers dns, redirect and response: by the whole capability, with a scripted network.
Answer run_network(const Vector& vector);

// What is wrong with an answer; empty: nothing.
std::string compare(const Vector& vector, const Answer& answer);

Answer answer_of(cap::Reason reason);

}  // namespace warrant::ssrf
