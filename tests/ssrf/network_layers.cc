// SPDX-License-Identifier: Apache-2.0
#include "tests/ssrf/layers.h"

namespace warrant::ssrf {

Answer run_network(const Vector&) { return {"", {}, "this layer is not run yet"}; }

}  // namespace warrant::ssrf
