// SPDX-License-Identifier: Apache-2.0
// Uses of files that change nothing are counted per file, and never across anything else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "warrant/audit/log_fixture.h"
#include "warrant/codec/json.h"

namespace warrant::audit {
namespace {

using testing::denial;
using testing::effect;
using ::testing::ElementsAre;
using testing::kEnd;
using testing::Written;

// "path_open /w/a x3 of 12" for each record of files, in the order of the log.
std::vector<std::string> told(const std::string& log) {
  std::vector<std::string> rows;
  for (std::size_t at = 0; at < log.size();) {
    const std::size_t end = log.find('\n', at);
    codec::JsonDiagnosis why;
    const auto line = codec::parse_json(std::string_view(log).substr(at, end - at),
                                        {.depth = 32, .nodes = 100'000}, why);
    at = end + 1;
    if (!line || *line->find("kind")->as_string() != "fs") continue;
    std::string row = *line->find("call")->as_string() + " " + *line->find("path")->as_string();
    if (const auto* count = line->find("count")) row += " x" + std::to_string(*count->as_integer());
    if (const auto* bytes = line->find("bytes")) {
      row += " of " + std::to_string(*bytes->as_integer());
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

struct PlainUses : ::testing::Test {
  void SetUp() override { ASSERT_TRUE(written.recorder->start(Kind::kRunStart, "")); }
  void use(std::string_view call, std::string_view path, std::uint64_t bytes = 0) {
    written.recorder->record(effect(call, path, bytes));
  }
  codec::Json receipt() {
    const auto text = written.recorder->end(kEnd);
    EXPECT_TRUE(text);
    codec::JsonDiagnosis why;
    auto page = codec::parse_json(text.value_or("{}"), {.depth = 32, .nodes = 1'000'000}, why);
    return page ? *std::move(page) : codec::Json();
  }
  std::vector<std::string> rows() {
    EXPECT_TRUE(written.recorder->end(kEnd));
    return told(written.log.text);
  }
  Written written;
};

TEST_F(PlainUses, OfOneSortAndFileAreOneRecord) {
  for (int n = 0; n < 3; ++n) {
    use("path_open", "/w/a");
    use("fd_read", "/w/a", 5);
    use("path_open", "/w/b");
  }
  EXPECT_THAT(rows(),
              ElementsAre("path_open /w/a x3", "fd_read /w/a x3 of 15", "path_open /w/b x3"));
}

TEST_F(PlainUses, OfOtherNamesAndGrantsAreOthers) {
  use("path_open", "/w/a");
  use("path_open", "/w/A");
  use("path_open", "/v/a");
  use("path_open", "/w/./a");
  Event other = effect("path_open", "/w/a", 0);
  other.grant = cap::GrantIndex{1};
  written.recorder->record(other);
  EXPECT_EQ(rows().size(), 5U);
}

TEST_F(PlainUses, AreNotCountedAcrossAChange) {
  use("path_open", "/w/a");
  use("path_unlink_file", "/w/a");
  use("path_create_file", "/w/a");
  use("path_open", "/w/a");
  use("path_open", "/w/a");
  EXPECT_THAT(rows(), ElementsAre("path_open /w/a", "path_unlink_file /w/a",
                                  "path_create_file /w/a", "path_open /w/a x2"));
}

TEST_F(PlainUses, AreNotCountedAcrossADenialOrAnotherKind) {
  use("path_open", "/w/a");
  written.recorder->record(denial("../x"));
  use("path_open", "/w/a");
  written.recorder->record({.kind = Kind::kClock, .decision = Decision::kAllow, .operation = "c"});
  use("path_open", "/w/a");
  EXPECT_THAT(rows(),
              ElementsAre("path_open /w/a", "path_open ../x", "path_open /w/a", "path_open /w/a"));
}

// What is not listed any more ends a count as well.
TEST_F(PlainUses, AreNotCountedAcrossWhatIsBeyondTheCaps) {
  for (int n = 0; n < 10'000; ++n) use("fd_write", "/w/" + std::to_string(n), 1);
  use("path_open", "/w/a");
  use("path_unlink_file", "/w/a");
  use("path_open", "/w/a");
  const std::vector<std::string> all = rows();
  EXPECT_EQ(all.size(), 10'002U);
  EXPECT_EQ(all.back(), "path_open /w/a");
}

TEST_F(PlainUses, ChangesAndDenialsAreNeverCountedTogether) {
  for (int n = 0; n < 2; ++n) {
    use("fd_write", "/w/a", 1);
    use("path_unlink_file", "/w/a");
  }
  written.recorder->record(denial("../x"));
  written.recorder->record(denial("../x"));
  EXPECT_EQ(rows().size(), 6U);
}

TEST_F(PlainUses, AreCountedAnewInEachBlock) {
  use("path_open", "/w/a");
  use("path_open", "/w/a");
  written.recorder->hand_over();
  use("path_open", "/w/a");
  EXPECT_THAT(rows(), ElementsAre("path_open /w/a x2", "path_open /w/a"));
}

TEST_F(PlainUses, UseUpOneOfTheirCapEachRecord) {
  for (int n = 0; n < 50'000; ++n) use("path_open", "/w/a");
  for (int n = 0; n < 9'999; ++n) use("path_open", "/w/" + std::to_string(n));
  use("path_open", "/w/late");
  const codec::Json page = receipt();
  EXPECT_EQ(page.find("audit")->find("suppressed")->as_integer(), 1);
  EXPECT_EQ(page.find("decisions")->find("fs")->find("allow")->as_integer(), 60'000);
}

// Every use is in the receipt, whether it has a record of its own or not.
TEST_F(PlainUses, AreAllInTheReceipt) {
  for (int n = 0; n < 1'000; ++n) use("fd_read", "/r/" + std::to_string(n), 2);
  for (int n = 0; n < 7; ++n) {
    use("fd_read", "/r/3", 10);
    use("fd_read", "/r/late", 1);
  }
  const codec::Json page = receipt();
  EXPECT_EQ(page.find("files")->find("/r/3")->find("read")->as_integer(), 72);
  EXPECT_EQ(page.find("files_more")->as_integer(), 7);
  EXPECT_EQ(page.find("decisions")->find("fs")->find("allow")->as_integer(), 1'014);
}

// Names that are told apart only where the ring has cut them are not one.
TEST_F(PlainUses, OfNamesLongerThanTheRingKeepsAreRecordedEach) {
  const std::string path = "/w/" + std::string(9'000, 'x');
  use("path_open", path);
  use("path_open", path);
  EXPECT_EQ(rows().size(), 2U);
}

TEST_F(PlainUses, AnEmptyNameIsCountedLikeAnother) {
  Event nameless = effect("fd_readdir", "", 0);
  for (int n = 0; n < 4; ++n) written.recorder->record(nameless);
  EXPECT_TRUE(written.recorder->end(kEnd));
  EXPECT_THAT(written.log.text, ::testing::HasSubstr("\"operation\":\"list\",\"count\":4}"));
}

}  // namespace
}  // namespace warrant::audit
