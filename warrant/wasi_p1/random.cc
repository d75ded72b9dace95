// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "warrant/wasi_p1/calls.h"

namespace warrant::wasi_p1 {

Answer random_get(Call& call) {
  const std::uint32_t address = call.u32(0);
  const std::uint32_t length = call.u32(1);
  if (!call.place("buf", address, length, 1)) return Answer::end();
  Context& context = call.context();
  const Subject about{audit::Kind::kEntropy, cap::kNoGrant, {}, {}};
  if (context.entropy() == nullptr) {
    return call.deny(Errno::kNoSys, cap::Reason::kEntropyNotGranted, about);
  }
  if (length == 0) return Errno::kSuccess;
  std::uint64_t& used = context.counters().random;
  if (length > context.limits().random_run - std::min(used, context.limits().random_run)) {
    return call.deny(Errno::kDQuot, cap::Reason::kEntropyQuota, about);
  }
  Buffer rest;
  WARRANT_CHECK(call.memory().buffer(address, length, rest));
  const std::uint64_t piece = std::max<std::uint64_t>(context.limits().random_call, 1);
  while (rest.size() > 0) {
    const Buffer now = rest.first(piece);
    if (const Status filled = context.entropy()->fill(now); !filled) {
      return call.fail(filled.error(), about);
    }
    used += now.size();
    rest = rest.after(now.size());
  }
  if (context.is_first(Context::Use::kEntropy)) call.did(about, length);
  return Errno::kSuccess;
}

}  // namespace warrant::wasi_p1
