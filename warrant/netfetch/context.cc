// SPDX-License-Identifier: Apache-2.0
#include "warrant/netfetch/context.h"

#include <algorithm>

namespace warrant::netfetch {

const Granted& Context::granted() {
  if (setup_.source != nullptr) setup_.granted = setup_.source(setup_.source_self);
  setup_.source = nullptr;
  return setup_.granted;
}

Open* Context::find(std::uint32_t handle) noexcept {
  const auto found = std::find_if(open_.begin(), open_.end(),
                                  [&](const Open& each) { return each.handle == handle; });
  return found == open_.end() ? nullptr : &*found;
}

std::uint32_t Context::add(Open open) {
  open.handle = ++last_;
  open_.push_back(std::move(open));
  return last_;
}

bool Context::close(std::uint32_t handle) {
  return std::erase_if(open_, [&](const Open& each) { return each.handle == handle; }) > 0;
}

}  // namespace warrant::netfetch
