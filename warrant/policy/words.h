// SPDX-License-Identifier: Apache-2.0
#pragma once
// The words of documents for our enumerators, at the place of the enumerator's number; the table of
// keys has the same words.
#include <array>
#include <string_view>

namespace warrant::policy {

template <std::size_t N>
using Words = std::array<std::string_view, N>;

inline constexpr Words<3> kAccessWords = {"read", "overlay", "write"};
inline constexpr Words<2> kSymlinksWords = {"none", "follow"};
inline constexpr Words<2> kCreateSymlinksWords = {"none", "relative"};
inline constexpr Words<3> kHardlinksWords = {"deny", "own", "allow"};
inline constexpr Words<3> kHardeningWords = {"off", "basic", "strict"};
inline constexpr Words<2> kExcessWords = {"fail", "drop"};
inline constexpr Words<2> kEntropyWords = {"none", "system"};
inline constexpr Words<3> kRedirectWords = {"error", "manual", "follow"};
inline constexpr Words<2> kDecompressWords = {"off", "gzip"};
inline constexpr Words<2> kAttachWords = {"request", "always"};
inline constexpr Words<2> kEchoWords = {"refuse", "mask"};
inline constexpr Words<3> kFlushWords = {"buffered", "each", "sync"};
inline constexpr Words<2> kPathWords = {"pattern", "full"};
inline constexpr Words<2> kUnsignedWords = {"pin", "never"};
inline constexpr Words<2> kUnenforcedWords = {"report", "refuse"};
inline constexpr Words<2> kLogWords = {"optional", "required"};
inline constexpr Words<2> kSensitiveWords = {"warn", "refuse"};
inline constexpr Words<2> kResolverWords = {"kernel", "walk"};
inline constexpr Words<2> kVerifyWords = {"shared", "always"};

// By FetchBound.
inline constexpr Words<11> kFetchBoundKeys = {"requests", "parallel",   "denials", "request_body",
                                              "response", "total",      "names",   "dns",
                                              "connect",  "first_byte", "timeout"};

}  // namespace warrant::policy
