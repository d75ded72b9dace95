// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/hardening.h"

#include <gtest/gtest.h>

namespace warrant::host {
namespace {

// limits.md section 7.4, its example.
TEST(Hardening, IsWrittenAsTheSpecificationShowsIt) {
  cap::Hardening hardening;
  hardening.profile = cap::HardeningProfile::kStrict;
  hardening.no_new_privs = true;
  hardening.dumpable = 0;
  hardening.landlock_abi = 7;
  hardening.seccomp = "sha256:ab";
  hardening.user_namespace = hardening.net_namespace = hardening.pid_namespace = true;
  hardening.mdwe = true;
  hardening.limits = {.core = 0, .nofile = 1'120, .fsize = 67'108'864};
  hardening.miss("cgroup");
  EXPECT_EQ(codec::print_canonical(json_of(hardening)),
            R"({"caps":0,"cgroup":false,"dumpable":0,"landlock_abi":7,"mdwe":true,)"
            R"("missing":["cgroup"],"netns":true,"nnp":true,"pidns":true,"profile":"strict",)"
            R"("rlimits":{"core":0,"fsize":67108864,"nofile":1120},"seccomp":"sha256:ab",)"
            R"("userns":true})");
}

TEST(Hardening, OffSaysNothingButThat) {
  EXPECT_EQ(codec::print_canonical(json_of({})), R"({"profile":"off"})");
}

TEST(Hardening, PeopleReadWhatIsMissing) {
  cap::Hardening hardening;
  hardening.profile = cap::HardeningProfile::kBasic;
  hardening.seccomp = "sha256:ab";
  hardening.miss("landlock");
  EXPECT_EQ(describe(hardening), "locked down: basic, seccomp; missing: landlock");
}

}  // namespace
}  // namespace warrant::host
