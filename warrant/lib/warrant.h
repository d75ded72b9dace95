// SPDX-License-Identifier: Apache-2.0
#pragma once
// libwarrant: the only header that most programs need. Start at warrant::Host. Guide:
// docs/guide/embedding.md.
#include "warrant/lib/host.h"

namespace warrant {

// The authority of this process. Call it in main() and hand it on.
inline Ambient ambient() noexcept { return Ambient::danger_from_main(); }

}  // namespace warrant
