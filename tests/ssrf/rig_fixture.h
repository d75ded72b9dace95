// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the tests over the rig of rig.h share: one rig for all of them, or a visible skip.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/ssrf/rig.h"

namespace warrant::ssrf {

class Ignored final : public audit::Sink {
 public:
  void record(const audit::Event&) override {}
};

// A SetUp() of a test's own calls this one first, and returns where there is no rig.
class OverRig : public testing::Test {
 protected:
  void SetUp() override {
    static std::string why;
    static const std::unique_ptr<Rig> made = Rig::make(why);
    if (made == nullptr) GTEST_SKIP() << why;
    rig_ = made.get();
  }

  Rig* rig_ = nullptr;
};

}  // namespace warrant::ssrf
