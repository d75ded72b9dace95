// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/flags.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "apps/cli/help.h"

namespace warrant::cli {
namespace {

// Every flag of cli.md section 1, typed from the page.
TEST(Flags, EveryFlagOfThePageIsKnown) {
  for (const char* name : {"--no-stdin",
                           "--no-stdout",
                           "--no-stderr",
                           "--dir",
                           "--env",
                           "--clock",
                           "--random",
                           "--basic",
                           "--fetch",
                           "--fetch-deny",
                           "--listen",
                           "--connect",
                           "--connect-udp",
                           "--spawn",
                           "--secret",
                           "--grant",
                           "--project",
                           "--cwd",
                           "--argv0",
                           "--label",
                           "--pin",
                           "--ceiling",
                           "--config",
                           "--runner",
                           "--hardening",
                           "--allow-missing-import",
                           "--wall",
                           "--cpu",
                           "--memory",
                           "--stack",
                           "--fuel",
                           "--stdout",
                           "--stderr",
                           "--open-files",
                           "--written",
                           "--module-bytes",
                           "--audit",
                           "--receipt",
                           "--no-log",
                           "--denials",
                           "--trace",
                           "--time",
                           "--tty",
                           "-q",
                           "-v",
                           "--color",
                           "--print-grant",
                           "--json"}) {
    EXPECT_NE(find_flag(run_flags(), name), nullptr) << name;
  }
}

TEST(Flags, NoNameStandsTwice) {
  std::set<std::string_view> names;
  for (const Flag& flag : run_flags()) EXPECT_TRUE(names.insert(flag.name).second) << flag.name;
}

TEST(Nearest, IsNearEnoughToBeMeant) {
  constexpr std::array<std::string_view, 3> kKnown = {"--wall", "--memory", "--dir"};
  EXPECT_EQ(nearest("--wal", kKnown), "--wall");
  EXPECT_EQ(nearest("--memroy", kKnown), "--memory");
  EXPECT_FALSE(nearest("--completely-different", kKnown));
}

TEST(Help, FitsOneScreen) {
  const std::string page = run_help();
  EXPECT_LE(std::count(page.begin(), page.end(), '\n'), 50);
  std::size_t start = 0;
  while (start < page.size()) {
    const std::size_t end = page.find('\n', start);
    EXPECT_LE(end - start, 100U) << page.substr(start, end - start);
    start = end + 1;
  }
}

}  // namespace
}  // namespace warrant::cli
