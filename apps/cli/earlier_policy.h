// SPDX-License-Identifier: Apache-2.0
#pragma once
// The configuration of the earlier hostcall, { "policy": { … } }, as a grant of today.
//
// Its numbers become [netfetch]; what was code there (allowUrl, denyUrl) has no data form and is an
// error that says so. Nothing that is written is dropped. Pure. Spec: netfetch.md section 2.
#include <string>
#include <string_view>

namespace warrant::cli {

struct EarlierPolicy {
  std::string page;   // TOML that --grant takes, with what is in force as comments
  std::string fault;  // not empty: there is no page
  std::string fix;
};

EarlierPolicy translate_earlier(std::string_view text);

}  // namespace warrant::cli
