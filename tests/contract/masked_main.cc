// SPDX-License-Identifier: Apache-2.0
// The suite in a process whose kernel has no openat2: seccomp answers ENOSYS. What needs openat2 is
// left out by the caller's filter; the walk must carry the rest, and a root must not open without
// it.
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <cerrno>

#include "tests/contract/mask_call.h"
#include "tests/contract/world.h"
#include "warrant/os/root.h"

namespace warrant::contract {
namespace {

TEST(WithoutOpenat2, ARootDoesNotOpenUnlessTheWalkWasAskedFor) {
  const TemporaryTree tree;
  os::RootReport report;
  const auto opened =
      os::open_root(os::Ambient::danger_from_main(), tree.path(), writable(), cap::GrantIndex{0},
                    std::make_shared<os::RunFiles>(os::RunFilesOptions{}), nullptr, report);
  ASSERT_FALSE(opened);
  EXPECT_EQ(said(opened), "NOTCAPABLE os_unsupported");
  EXPECT_NE(report.fix.find("allow openat2"), std::string::npos) << report.fix;
}

}  // namespace
}  // namespace warrant::contract

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (!warrant::contract::mask_call(SYS_openat2, ENOSYS)) return 77;
  return RUN_ALL_TESTS();
}
