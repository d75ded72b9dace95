// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/verify.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "warrant/audit/log_fixture.h"
#include "warrant/codec/json.h"

namespace warrant::audit {
namespace {

using testing::denial;
using testing::effect;
using testing::kEnd;
using testing::kFile;
using testing::kRun;
using testing::test_keys;
using testing::Written;

// A run of several blocks.
void write_run(Written& written) {
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, "\"who\":{}"));
  written.recorder->record(effect("path_create_file", "/w/a", 0));
  written.recorder->record(denial("../b"));  // the first of its reason: a block ends
  written.recorder->record(effect("fd_write", "/w/a", 5));
  ASSERT_TRUE(written.recorder->end(kEnd));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at + 1));
    at = end + 1;
  }
  return lines;
}
std::string join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

TEST(LogFile, WhatWasWrittenIsWhole) {
  Written written;
  write_run(written);
  const FileClaim claim = written.claim(true);
  const FileReading reading = read_log_file(written.log.text, claim, written.keys);
  EXPECT_TRUE(reading.findings.empty());
  EXPECT_TRUE(reading.is_whole(claim));
  ASSERT_EQ(reading.runs.size(), 1U);
  EXPECT_EQ(reading.runs[0].run, kRun);
  EXPECT_EQ(reading.runs[0].started_as, "run.start");
  EXPECT_TRUE(reading.runs[0].ended);
  EXPECT_EQ(reading.records, lines_of(written.log.text).size());
}

TEST(LogFile, NumbersHaveNoGapsAndEveryLineIsJson) {
  Written written;
  write_run(written);
  std::uint64_t next = 0;
  for (const std::string& line : lines_of(written.log.text)) {
    const auto head = head_of_line(line);
    ASSERT_TRUE(head) << line;
    EXPECT_EQ(head->seq, next++) << line;
    codec::JsonDiagnosis why;
    EXPECT_TRUE(codec::parse_json(line.substr(0, line.size() - 1), {}, why)) << why.text << line;
  }
}

TEST(LogFile, EveryByteFlipIsFound) {
  Written written;
  write_run(written);
  const FileClaim claim = written.claim(true);
  for (std::size_t at = 0; at < written.log.text.size(); ++at) {
    for (const unsigned mask : {1U, 0x20U, 0x80U}) {
      std::string text = written.log.text;
      text[at] = static_cast<char>(static_cast<unsigned char>(text[at]) ^ mask);
      ASSERT_FALSE(read_log_file(text, claim, written.keys).findings.empty())
          << "byte " << at << " mask " << mask;
    }
  }
}

TEST(LogFile, EveryCutIsDamageWhenTheIndexHasClosedTheFile) {
  Written written;
  write_run(written);
  const FileClaim claim = written.claim(true);
  for (std::size_t size = 0; size < written.log.text.size(); ++size) {
    const auto reading = read_log_file(written.log.text.substr(0, size), claim, written.keys);
    ASSERT_EQ(reading.findings.size(), 1U) << size;
    EXPECT_EQ(reading.findings[0].damage, Damage::kCut) << size;
  }
}

TEST(LogFile, EveryCutIsIncompleteWhenItWasNeverClosed) {
  Written written;
  write_run(written);
  const FileClaim claim = written.claim(false);
  for (std::size_t size = 0; size < written.log.text.size(); ++size) {
    const auto reading = read_log_file(written.log.text.substr(0, size), claim, written.keys);
    ASSERT_TRUE(reading.findings.empty()) << size;
    EXPECT_FALSE(reading.is_whole(claim));
  }
}

TEST(LogFile, ALineThatIsGoneIsNamedWithItsPlace) {
  Written written;
  write_run(written);
  const FileClaim claim = written.claim(true);
  const std::vector<std::string> lines = lines_of(written.log.text);
  for (std::size_t gone = 0; gone < lines.size(); ++gone) {
    std::vector<std::string> rest = lines;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(gone));
    const auto reading = read_log_file(join(rest), claim, written.keys);
    ASSERT_EQ(reading.findings.size(), 1U) << gone;
    const Damage damage = reading.findings[0].damage;
    EXPECT_TRUE(damage == Damage::kRemoved || damage == Damage::kCut) << gone << word(damage);
    EXPECT_GE(reading.findings[0].line, 1U);
    EXPECT_LE(reading.findings[0].line, gone + 1);
  }
}

TEST(LogFile, ABlockThatIsGoneIsRemovedLines) {
  Written written;
  write_run(written);
  const FileClaim claim = written.claim(true);
  const std::vector<std::string> lines = lines_of(written.log.text);
  // run.start with its block; then the second block.
  std::vector<std::string> rest(lines.begin() + 2, lines.end());
  auto reading = read_log_file(join(rest), claim, written.keys);
  ASSERT_EQ(reading.findings.size(), 1U);
  EXPECT_EQ(reading.findings[0].damage, Damage::kRemoved);
  EXPECT_EQ(reading.findings[0].line, 1U);
  rest = {lines[0], lines[1]};
  rest.insert(rest.end(), lines.begin() + 5, lines.end());
  reading = read_log_file(join(rest), claim, written.keys);
  ASSERT_EQ(reading.findings.size(), 1U);
  EXPECT_EQ(reading.findings[0].damage, Damage::kRemoved);
  EXPECT_EQ(reading.findings[0].line, 3U);
}

TEST(LogFile, LinesThatChangedPlacesAreReordered) {
  Written written;
  write_run(written);
  std::vector<std::string> lines = lines_of(written.log.text);
  std::swap(lines[2], lines[3]);
  const auto reading = read_log_file(join(lines), written.claim(true), written.keys);
  ASSERT_EQ(reading.findings.size(), 1U);
  EXPECT_EQ(reading.findings[0].damage, Damage::kReordered);
  EXPECT_EQ(reading.findings[0].line, 3U);
}

TEST(LogFile, AnEditedValueIsNamedByItsBlock) {
  Written written;
  write_run(written);
  std::string text = written.log.text;
  text.replace(text.find("escape"), 6, "escapf");
  const auto reading = read_log_file(text, written.claim(true), written.keys);
  ASSERT_EQ(reading.findings.size(), 1U);
  EXPECT_EQ(reading.findings[0].damage, Damage::kEdited);
  EXPECT_EQ(reading.findings[0].line, 3U);
}

TEST(LogFile, LinesBehindTheEndAreAdded) {
  Written written;
  write_run(written);
  const auto reading =
      read_log_file(written.log.text + "{\"v\":1}\n", written.claim(true), written.keys);
  ASSERT_EQ(reading.findings.size(), 1U);
  EXPECT_EQ(reading.findings[0].damage, Damage::kAdded);
}

TEST(LogFile, AnotherRunsRecordsUnderThisNameAreSwapped) {
  Written written;
  write_run(written);
  FileClaim claim = written.claim(true);
  claim.file = "2026-11-21/ffeeddccbbaa99887766554433221100.jsonl";
  claim.id = "ffeeddccbbaa99887766554433221100";
  const auto reading = read_log_file(written.log.text, claim, written.keys);
  ASSERT_EQ(reading.findings.size(), 1U);
  EXPECT_EQ(reading.findings[0].damage, Damage::kSwapped);
}

TEST(LogFile, AnotherKeyVerifiesNothing) {
  Written written;
  write_run(written);
  EXPECT_FALSE(read_log_file(written.log.text, written.claim(true), test_keys(8)).findings.empty());
}

// The index.

std::string index_of(int entries, const Keys& keys) {
  std::string text;
  for (int n = 0; n < entries; ++n) {
    IndexEntry entry;
    entry.kind = n % 2 == 0 ? IndexKind::kOpen : IndexKind::kClose;
    entry.file = "2026-11-21/" + std::to_string(n / 2) + ".jsonl";
    entry.id = std::to_string(n / 2);
    entry.first = std::string(64, 'a');
    text += *append_entry(entry, text, true, keys);
  }
  return text;
}

TEST(LogIndex, WhatWasWrittenReadsBack) {
  const Keys keys = test_keys();
  const IndexReading reading = read_index(index_of(6, keys), keys);
  EXPECT_TRUE(reading.findings.empty());
  EXPECT_FALSE(reading.torn);
  ASSERT_EQ(reading.entries.size(), 6U);
  EXPECT_EQ(reading.entries[5].n, 5U);
  const auto claims = claims_of(reading);
  ASSERT_EQ(claims.size(), 3U);
  EXPECT_TRUE(claims[2].closed);
}

TEST(LogIndex, EveryByteFlipIsFound) {
  const Keys keys = test_keys();
  const std::string whole = index_of(4, keys);
  for (std::size_t at = 0; at + 1 < whole.size(); ++at) {
    std::string text = whole;
    text[at] = static_cast<char>(text[at] ^ 1);
    const IndexReading reading = read_index(text, keys);
    ASSERT_FALSE(reading.findings.empty()) << at;
  }
}

TEST(LogIndex, ARemovedEntryIsFoundWithItsLine) {
  const Keys keys = test_keys();
  std::vector<std::string> lines = lines_of(index_of(4, keys));
  lines.erase(lines.begin() + 1);
  const IndexReading reading = read_index(join(lines), keys);
  ASSERT_EQ(reading.findings.size(), 1U);
  EXPECT_EQ(reading.findings[0].damage, Damage::kRemoved);
  EXPECT_EQ(reading.findings[0].line, 2U);
}

TEST(LogIndex, ACutLineIsClosedByTheNextWriterAndSaysSo) {
  const Keys keys = test_keys();
  const std::string whole = index_of(3, keys);
  const std::size_t third = whole.rfind('\n', whole.size() - 2) + 1;
  for (std::size_t size = third + 1; size < whole.size(); ++size) {
    std::string text = whole.substr(0, size);
    IndexEntry entry;
    entry.file = "2026-11-21/next.jsonl";
    entry.id = "next";
    const auto lines = append_entry(entry, text, true, keys);
    ASSERT_TRUE(lines) << size;
    text += *lines;
    const IndexReading reading = read_index(text, keys);
    ASSERT_TRUE(reading.findings.empty()) << size << " " << text;
    // Without its line feed alone an entry is whole.
    EXPECT_EQ(reading.torn, size + 1 < whole.size()) << size;
    EXPECT_EQ(reading.entries.back().id, "next");
  }
}

TEST(LogIndex, ACutThatFollowsACutIsClosedToo) {
  const Keys keys = test_keys();
  std::string text = index_of(3, keys);
  text.resize(text.size() - 20);
  IndexEntry entry;
  entry.file = "x";
  text += *append_entry(entry, text, true, keys);
  text.resize(text.size() - 200);
  const auto lines = append_entry(entry, text, true, keys);
  ASSERT_TRUE(lines);
  const IndexReading reading = read_index(text + *lines, keys);
  EXPECT_TRUE(reading.findings.empty());
  EXPECT_TRUE(reading.torn);
}

TEST(LogIndex, ACutLineThatWasEditedAfterwardsIsFound) {
  const Keys keys = test_keys();
  std::string text = index_of(3, keys);
  text.resize(text.size() - 20);
  const std::size_t torn_end = text.size();
  IndexEntry entry;
  entry.file = "x";
  text += *append_entry(entry, text, true, keys);
  text[torn_end - 1] = static_cast<char>(text[torn_end - 1] ^ 1);
  EXPECT_FALSE(read_index(text, keys).findings.empty());
}

TEST(LogIndex, NothingIsAppendedToWhatIsNoIndex) {
  const Keys keys = test_keys();
  IndexEntry entry;
  EXPECT_FALSE(append_entry(entry, "what is this\n", true, keys));
  EXPECT_FALSE(append_entry(entry, std::string(5'000, 'x'), false, keys));
}

}  // namespace
}  // namespace warrant::audit
