// SPDX-License-Identifier: Apache-2.0
#pragma once
// The authority of the process itself, as a token that shows.
//
// Every constructor that reaches for something that nobody handed to it (a host path, an inherited
// descriptor, a clock, randomness, an address) asks for one. Made in main() (and in tests) only; a
// room that holds none cannot make one by accident, because the maker's name is what reviewers and
// the layer checker look for. It carries no state.

namespace warrant::os {

class Ambient {
 public:
  static Ambient danger_from_main() noexcept { return Ambient(); }

 private:
  Ambient() noexcept = default;
};

}  // namespace warrant::os
