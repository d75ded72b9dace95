// SPDX-License-Identifier: Apache-2.0
#pragma once
// The names under which a guest sees its granted directories, compared as text: they are our own
// words, not paths that anybody resolves. "/", "." and "" are one name.
#include <optional>
#include <string>
#include <string_view>

namespace warrant::policy {

// Why a name cannot be one, for people; nothing when it can.
std::optional<std::string_view> check_guest_name(std::string_view name);
// Without doubled and trailing slashes and "." components; the root is "/".
std::string normal_guest_name(std::string_view name);
// `path` names `directory` or something beneath it.
bool lies_in(std::string_view path, std::string_view directory);
// What of `path` lies beneath `directory` ("src" for "/work/src" in "/work"), "." for itself.
std::string beneath(std::string_view path, std::string_view directory);

}  // namespace warrant::policy
