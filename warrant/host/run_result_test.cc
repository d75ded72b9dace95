// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/run_result.h"

#include <gtest/gtest.h>

namespace warrant::host {
namespace {

// preview1.md section 8.
TEST(Status, IsThatOfTheSpec) {
  EXPECT_EQ(status_of({.kind = ExitKind::kExited, .code = 0}), 0);
  EXPECT_EQ(status_of({.kind = ExitKind::kExited, .code = 255}), 255);
  EXPECT_EQ(status_of({.kind = ExitKind::kExited, .code = 256}), 255);
  EXPECT_EQ(status_of({.kind = ExitKind::kExited, .code = 0xFFFFFF00}), 255);
  EXPECT_EQ(status_of({.kind = ExitKind::kSignalled, .code = 6}), 134);
  EXPECT_EQ(status_of({.kind = ExitKind::kTrapped}), 134);
  EXPECT_EQ(status_of({.kind = ExitKind::kLimited}), 124);
  EXPECT_EQ(status_of({.kind = ExitKind::kCancelled}), 143);
  EXPECT_EQ(status_of({.kind = ExitKind::kCancelled, .signal = 2}), 130);
  EXPECT_EQ(status_of({.kind = ExitKind::kRefused}), 126);
  EXPECT_EQ(status_of({.kind = ExitKind::kBug}), 70);
  EXPECT_EQ(status_of({.kind = ExitKind::kAuditFailed}), 74);
}

}  // namespace
}  // namespace warrant::host
