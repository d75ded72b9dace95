// SPDX-License-Identifier: Apache-2.0
#pragma once
// The second budget of fetch_get, inside that of `[[fetch]]`. Pure. Spec: netfetch.md section 2.
#include "warrant/cap/fetch.h"
#include "warrant/policy/grant.h"

namespace warrant::host {

// `[netfetch]` as bounds: what is not written has the default of netfetch.md section 2; what that
// table does not name is not narrowed by it.
cap::FetchBounds netfetch_bounds(const policy::NetfetchGrant& grant);

}  // namespace warrant::host
