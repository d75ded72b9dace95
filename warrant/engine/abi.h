// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether the linked archive and the headers of this build agree on the layout of shared types.

namespace warrant::engine {

bool abi_matches_headers() noexcept;

}  // namespace warrant::engine
