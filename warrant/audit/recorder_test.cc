// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "warrant/audit/log_fixture.h"
#include "warrant/codec/json.h"

namespace warrant::audit {
namespace {

using testing::denial;
using testing::effect;
using ::testing::HasSubstr;
using testing::kEnd;
using ::testing::Not;
using testing::Written;

codec::Json parsed(const std::string& text) {
  codec::JsonDiagnosis why;
  auto page = codec::parse_json(text, {.depth = 32, .nodes = 1'000'000}, why);
  EXPECT_TRUE(page) << why.text << "\n" << text;
  return page ? *std::move(page) : codec::Json();
}

TEST(Recorder, TheStartIsHandedOverBeforeAnythingElse) {
  Written written;
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, "\"a\":1"));
  EXPECT_EQ(written.log.appends, 1);
  EXPECT_THAT(written.log.text, HasSubstr("\"kind\":\"run.start\",\"a\":1}"));
}

TEST(Recorder, BufferedKeepsAnEffectUntilTheEnd) {
  Written written;
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  written.recorder->record(effect("path_create_file", "/w/a", 0));
  EXPECT_EQ(written.log.appends, 1);
  ASSERT_TRUE(written.recorder->end(kEnd));
  EXPECT_EQ(written.log.appends, 2);
  EXPECT_THAT(written.log.text, HasSubstr("path_create_file"));
}

TEST(Recorder, TheFirstDenialOfEachReasonIsHandedOverBeforeItIsAnswered) {
  Written written;
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  written.recorder->record(denial("a"));
  EXPECT_EQ(written.log.appends, 2);
  written.recorder->record(denial("b"));
  EXPECT_EQ(written.log.appends, 2);
  Event other = denial("c");
  other.reason = cap::Reason::kReadOnly;
  written.recorder->record(other);
  EXPECT_EQ(written.log.appends, 3);
}

TEST(Recorder, WhatWaitedFiftyMillisecondsGoesWithTheNextHostCall) {
  Written written;
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  written.recorder->record(effect("path_create_file", "/w/a", 0));
  testing::g_monotonic = saturating_add(testing::g_monotonic, Nanoseconds{49'000'000});
  written.recorder->tick();
  EXPECT_EQ(written.log.appends, 1);
  testing::g_monotonic = saturating_add(testing::g_monotonic, Nanoseconds{2'000'000});
  written.recorder->tick();
  EXPECT_EQ(written.log.appends, 2);
  written.recorder->tick();
  EXPECT_EQ(written.log.appends, 2);
}

TEST(Recorder, SixtyFourKibibytesOfRecordsGoByThemselves) {
  Written written;
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  for (int n = 0; n < 1'000; ++n) written.recorder->record(effect("path_create_file", "/w/a", 0));
  EXPECT_GT(written.log.appends, 1);
}

// audit.md section 2, by row and mode.
TEST(Recorder, BytesThatLeaveByNetworkAreOnRecordFirstInEveryMode) {
  for (const Flush flush : {Flush::kBuffered, Flush::kEach, Flush::kSync}) {
    Written written(flush);
    ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
    const int before = written.log.appends;
    const int synced = written.log.syncs;
    ASSERT_TRUE(written.recorder->intend({.kind = Kind::kNet, .operation = "sock_send"}));
    EXPECT_EQ(written.log.appends, before + 1);
    EXPECT_EQ(written.log.syncs, synced + (flush == Flush::kSync ? 1 : 0));
    EXPECT_THAT(written.log.text, HasSubstr("\"intent\":true"));
  }
}

TEST(Recorder, AChangeOfAFileIsOnRecordFirstWhereTheModeSaysSo) {
  for (const Flush flush : {Flush::kBuffered, Flush::kEach, Flush::kSync}) {
    Written written(flush);
    ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
    const int before = written.log.appends;
    ASSERT_TRUE(written.recorder->intend(effect("path_create_file", "/w/a", 0)));
    EXPECT_EQ(written.log.appends, before + (flush == Flush::kBuffered ? 0 : 1));
  }
}

TEST(Recorder, ADenialIsOnDiskBeforeItsAnswerInSync) {
  Written written(Flush::kSync);
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  for (int n = 1; n <= 3; ++n) {
    written.recorder->record(denial("a"));
    EXPECT_EQ(written.log.syncs, 1 + n);
  }
}

TEST(Recorder, AFullDiskEndsTheRunAndLetsNothingHappen) {
  Written written;
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  written.log.room = written.log.text.size();
  EXPECT_FALSE(written.recorder->intend({.kind = Kind::kNet, .operation = "sock_send"}));
  EXPECT_TRUE(written.failed);
  EXPECT_TRUE(written.recorder->failed());
  written.log.room = SIZE_MAX;  // room again: the log has a hole all the same
  EXPECT_FALSE(written.recorder->intend({.kind = Kind::kNet, .operation = "sock_send"}));
  EXPECT_FALSE(written.recorder->end(kEnd));
}

TEST(Recorder, AFullDiskAtTheStartRefusesIt) {
  Written written;
  written.log.room = 0;
  EXPECT_FALSE(written.recorder->start(Kind::kRunStart, ""));
}

TEST(Recorder, AFloodOfAMillionDenialsIsCountedAndTheReceiptIsSmall) {
  Written written;
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  for (int n = 0; n < 1'000'000; ++n) written.recorder->record(denial("../x"));
  written.recorder->record(effect("path_create_file", "/w/kept", 0));
  const auto receipt = written.recorder->end(kEnd);
  ASSERT_TRUE(receipt);
  EXPECT_LE(receipt->size(), 1U << 20);
  const codec::Json page = parsed(*receipt);
  EXPECT_EQ(page.find("decisions")->find("fs")->find("escape")->as_integer(), 1'000'000);
  EXPECT_EQ(page.find("audit")->find("suppressed")->as_integer(), 999'000);
  EXPECT_NE(page.find("files")->find("/w/kept"), nullptr);
  EXPECT_THAT(written.log.text, HasSubstr("\"kind\":\"audit.suppressed\""));
  EXPECT_THAT(written.log.text, HasSubstr("\"count\":999000"));
  EXPECT_TRUE(read_log_file(written.log.text, written.claim(true), written.keys)
                  .is_whole(written.claim(true)));
}

TEST(Recorder, AClosedFetchIsCountedAndHidesNothing) {
  Written written;
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  for (const cap::Reason each : {cap::Reason::kBudgetDenials, cap::Reason::kNotGranted}) {
    for (int n = 0; n < 50'000; ++n) {
      written.recorder->record({.kind = Kind::kFetch,
                                .decision = Decision::kDeny,
                                .reason = each,
                                .operation = "fetch"});
    }
  }
  written.recorder->record(denial("../x"));
  const auto receipt = written.recorder->end(kEnd);
  ASSERT_TRUE(receipt);
  const codec::Json page = parsed(*receipt);
  EXPECT_EQ(page.find("decisions")->find("fetch")->find("not_granted")->as_integer(), 50'000);
  EXPECT_EQ(page.find("audit")->find("suppressed")->as_integer(), 99'936);
  EXPECT_THAT(written.log.text, HasSubstr("\"count\":49936"));
  EXPECT_THAT(written.log.text, HasSubstr("\"count\":50000"));
  EXPECT_THAT(written.log.text, HasSubstr("../x"));
}

TEST(Recorder, RefusedOriginsHideNoneThatWasAsked) {
  Written written;
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  const auto asks = [&](const std::string& origin, Decision decision) {
    written.recorder->record(
        {.kind = Kind::kFetch, .decision = decision, .operation = "fetch", .path = origin});
  };
  for (int n = 0; n < 300; ++n) asks("https://" + std::to_string(n) + ".example", Decision::kDeny);
  // As long as origins can be, and told apart only by what stands last.
  const std::string host = "https://" + std::string(253, 'h');
  asks(host + ":40001", Decision::kAllow);
  asks(host + ":40002", Decision::kAllow);
  const auto receipt = written.recorder->end(kEnd);
  ASSERT_TRUE(receipt);
  const codec::Json page = parsed(*receipt);
  const codec::Json& origins = *page.find("origins");
  EXPECT_EQ(origins.as_object()->size(), 256U);
  EXPECT_NE(origins.find(host + ":40001"), nullptr);
  EXPECT_NE(origins.find(host + ":40002"), nullptr);
  EXPECT_EQ(page.find("origins_more")->as_integer(), 46);
}

// A refusal may come when everything was sent already, and a failure before anything was.
TEST(Recorder, OriginsThatGotOrGaveSomethingAreNotPushedOut) {
  Written written;
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  const auto asks = [&](const std::string& origin, Decision decision, std::uint64_t out) {
    written.recorder->record({.kind = Kind::kFetch,
                              .decision = decision,
                              .operation = "fetch",
                              .path = origin,
                              .bytes = out});
  };
  asks("https://taker.example", Decision::kDeny, 1'000);
  for (int n = 0; n < 300; ++n) {
    asks("https://" + std::to_string(n) + ".example", Decision::kError, 0);
  }
  asks("https://late.example", Decision::kAllow, 10);
  for (int n = 0; n < 300; ++n) {
    asks("https://" + std::to_string(n) + ".other.example", Decision::kDeny, 0);
  }
  const auto receipt = written.recorder->end(kEnd);
  ASSERT_TRUE(receipt);
  const codec::Json page = parsed(*receipt);
  const codec::Json& origins = *page.find("origins");
  EXPECT_EQ(origins.as_object()->size(), 256U);
  ASSERT_NE(origins.find("https://taker.example"), nullptr);
  EXPECT_EQ(origins.find("https://taker.example")->find("bytes_out")->as_integer(), 1'000);
  EXPECT_NE(origins.find("https://late.example"), nullptr);
}

TEST(Recorder, EffectsHaveACapOfTheirOwn) {
  Written written;
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  for (int n = 0; n < 10'003; ++n) {
    written.recorder->record(effect("path_create_file", "/w/" + std::to_string(n), 0));
  }
  const auto receipt = written.recorder->end(kEnd);
  ASSERT_TRUE(receipt);
  const codec::Json page = parsed(*receipt);
  EXPECT_EQ(page.find("audit")->find("suppressed")->as_integer(), 3);
  EXPECT_EQ(page.find("files")->as_object()->size(), kMostFiles);
  EXPECT_EQ(page.find("files_more")->as_integer(), 9'003);
  EXPECT_THAT(written.log.text, HasSubstr("/w/9999\""));
  EXPECT_THAT(written.log.text, Not(HasSubstr("/w/10000\"")));
}

TEST(Recorder, AWrittenFileTakesThePlaceOfOneThatWasReadAndNoneTakesTheirs) {
  Written written;
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  for (std::size_t n = 0; n < kMostFiles; ++n) {
    written.recorder->record(effect("fd_read", "/r/" + std::to_string(n), 5));
  }
  written.recorder->record(effect("fd_write", "/r/0", 3));
  written.recorder->record(effect("fd_write", "/w/new", 7));
  written.recorder->record(effect("fd_read", "/r/late", 1));
  const auto receipt = written.recorder->end(kEnd);
  ASSERT_TRUE(receipt);
  const codec::Json page = parsed(*receipt);
  const codec::Json& files = *page.find("files");
  EXPECT_EQ(files.as_object()->size(), kMostFiles);
  EXPECT_NE(files.find("/r/0"), nullptr);
  EXPECT_NE(files.find("/w/new"), nullptr);
  EXPECT_EQ(files.find("/r/late"), nullptr);
  EXPECT_EQ(page.find("files_more")->as_integer(), 2);
}

TEST(Recorder, AFloodOfReadsHidesNoChange) {
  Written written;
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  for (int n = 0; n < 30'000; ++n) {
    const std::string path = "/r/" + std::to_string(n);
    written.recorder->record(effect("path_open", path, 0));
    written.recorder->record(effect("fd_read", path, 3));
  }
  for (const char* call : {"path_create_file", "fd_write", "path_unlink_file"}) {
    written.recorder->record(effect(call, "/w/hidden.txt", 4));
  }
  written.recorder->record(effect("path_create_directory", "/w/secret", 0));
  const auto receipt = written.recorder->end(kEnd);
  ASSERT_TRUE(receipt);
  for (const char* line : {R"("operation":"create","path":"/w/hidden.txt")",
                           R"("operation":"write","path":"/w/hidden.txt")",
                           R"("operation":"remove","path":"/w/hidden.txt")",
                           R"("operation":"create","path":"/w/secret")"}) {
    EXPECT_THAT(written.log.text, HasSubstr(line));
  }
  const codec::Json page = parsed(*receipt);
  const codec::Json& files = *page.find("files");
  EXPECT_EQ(files.as_object()->size(), kMostFiles);
  ASSERT_NE(files.find("/w/hidden.txt"), nullptr);
  EXPECT_EQ(files.find("/w/hidden.txt")->find("removed")->as_integer(), 1);
  EXPECT_NE(files.find("/w/secret"), nullptr);
  EXPECT_EQ(page.find("files_more")->as_integer(), 30'000 - 998);
  EXPECT_EQ(page.find("audit")->find("suppressed")->as_integer(), 50'000);
}

TEST(Recorder, AFileBeyondTheCapsIsListedWhereThereIsRoom) {
  Written written;
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  for (int n = 0; n < 20'000; ++n) written.recorder->record(effect("fd_write", "/w/one", 1));
  written.recorder->record(effect("fd_write", "/w/late", 7));
  const auto receipt = written.recorder->end(kEnd);
  ASSERT_TRUE(receipt);
  const codec::Json page = parsed(*receipt);
  EXPECT_EQ(page.find("files")->find("/w/one")->find("written")->as_integer(), 20'000);
  EXPECT_EQ(page.find("files")->find("/w/late")->find("written")->as_integer(), 7);
  EXPECT_EQ(page.find("files_more")->as_integer(), 0);
}

TEST(Recorder, AFileOfManySpellingsIsOneLine) {
  Written written;
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  for (const char* path : {"ro/a", "ro/./a", "ro//.//a", "./ro/a"}) {
    written.recorder->record(effect("fd_read", path, 3));
  }
  written.recorder->record(effect("fd_read", "ro/b/../a", 3));
  const auto receipt = written.recorder->end(kEnd);
  ASSERT_TRUE(receipt);
  EXPECT_THAT(*receipt, HasSubstr(R"("files":{"ro/a":{"read":12},"ro/b/../a":{"read":3}})"));
  EXPECT_THAT(written.log.text, HasSubstr("\"ro//.//a\""));
}

TEST(Recorder, DotsAndSlashesPushNoNameBeyondTheCut) {
  Written written;
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  std::string path = "rw/";
  for (int n = 0; n < 500; ++n) path += "./";
  written.recorder->record(effect("path_create_file", path + "hidden", 0));
  ASSERT_TRUE(written.recorder->end(kEnd));
  EXPECT_THAT(written.log.text, HasSubstr("\"path\":\"rw/hidden\""));
}

TEST(Recorder, ALimitIsToldWhenItIsFirstTouched) {
  Written written;
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  for (int n = 0; n < 5; ++n) {
    written.recorder->record({.kind = Kind::kLimit,
                              .decision = Decision::kDeny,
                              .reason = cap::Reason::kMemory,
                              .operation = "memory.grow",
                              .bytes = 9,
                              .limit = 8});
  }
  ASSERT_TRUE(written.recorder->end(kEnd));
  const std::string& text = written.log.text;
  const std::size_t first = text.find("\"kind\":\"limit\",\"decision\"");
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(text.find("\"kind\":\"limit\",\"decision\":\"deny\",\"reason\":\"memory\",\"grant\"",
                      first + 1),
            std::string::npos);
  EXPECT_THAT(text, HasSubstr("\"count\":4"));
}

TEST(Recorder, AClockThatJumpsChangesNoOrder) {
  Written written;
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  const std::uint64_t wall = testing::g_wall;
  for (int n = 0; n < 20; ++n) {
    testing::g_wall = n % 2 == 0 ? wall - 3'600'000'000 : wall + 7'200'000'000;
    Event event = denial("a");
    event.reason = n % 2 == 0 ? cap::Reason::kEscape : cap::Reason::kReadOnly;
    written.recorder->record(event);
  }
  testing::g_wall = wall;
  ASSERT_TRUE(written.recorder->end(kEnd));
  EXPECT_TRUE(read_log_file(written.log.text, written.claim(true), written.keys)
                  .is_whole(written.claim(true)));
}

TEST(Recorder, TheAbruptEndLeavesAWholeFileWithAReceipt) {
  Written written;
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  written.recorder->record(effect("fd_write", "/w/a", 5));
  EXPECT_TRUE(written.recorder->end_abruptly(kEnd));
  EXPECT_TRUE(read_log_file(written.log.text, written.claim(true), written.keys)
                  .is_whole(written.claim(true)));
  EXPECT_THAT(written.log.text, HasSubstr("\"complete\":false"));
}

TEST(Recorder, TheCopyHoldsTheSameLines) {
  Written written;
  testing::MemoryLog copy;
  written.recorder->copy_to(&copy);
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  written.recorder->record(denial("a"));
  ASSERT_TRUE(written.recorder->end(kEnd));
  EXPECT_EQ(copy.text, written.log.text);
}

// What a guest may call its files makes five bytes of one: such a block is several writes.
TEST(Recorder, ABlockLargerThanAnyBufferIsWholeAndItsCopyTheSame) {
  Written written;
  testing::MemoryLog copy;
  written.recorder->copy_to(&copy);
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  const std::string name(200, '\x01');
  for (int n = 0; n < 1'000; ++n) {
    written.recorder->record(effect("path_create_file", name, 0));
    written.recorder->record(effect("fd_write", "/w/a", 5));
  }
  ASSERT_TRUE(written.recorder->end(kEnd));
  EXPECT_GT(written.log.text.size(), 1'000'000U);
  EXPECT_EQ(copy.text, written.log.text);
  EXPECT_TRUE(read_log_file(written.log.text, written.claim(true), written.keys)
                  .is_whole(written.claim(true)));
  EXPECT_THAT(written.log.text,
              HasSubstr(R"("call":"path_create_file","operation":"create","path":"\\x01\\x01)"));
  EXPECT_THAT(written.log.text,
              HasSubstr(R"("call":"fd_write","operation":"write","path":"/w/a","bytes":5})"));
}

TEST(Recorder, WithoutALogThereIsAReceiptThatSaysSo) {
  Recorder recorder(testing::setup_of(nullptr));
  ASSERT_TRUE(recorder.start(Kind::kRunStart, ""));
  recorder.record(effect("fd_read", "/w/a", 5));
  const auto receipt = recorder.end(kEnd);
  ASSERT_TRUE(receipt);
  const codec::Json page = parsed(*receipt);
  EXPECT_TRUE(page.find("audit")->find("file")->is_null());
  EXPECT_EQ(page.find("files")->find("/w/a")->find("read")->as_integer(), 5);
}

TEST(Recorder, GuestStringsAreCutEscapedAndFreeOfSecrets) {
  KnownSecrets secrets;
  ASSERT_TRUE(secrets.add("token", "s3cr3t-value"));
  secrets.seal();
  Written written(Flush::kBuffered, &secrets);
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  written.recorder->record(denial("a\n\x1b[31m\xe2\x80\xae\"b"));
  written.recorder->record(denial("x-s3cr3t-value-y"));
  written.recorder->record(denial(std::string(250, 'z') + "s3cr3t-value"));
  written.recorder->record(effect("fd_write", "/w/s3cr3t-value", 1));
  const auto receipt = written.recorder->end(kEnd);
  ASSERT_TRUE(receipt);
  EXPECT_THAT(written.log.text, HasSubstr(R"(a\\n\\x1b[31m\\u{202e}\"b)"));
  EXPECT_THAT(written.log.text, HasSubstr("x-\xc2\xabredacted:token\xc2\xbb-y"));
  EXPECT_THAT(written.log.text, Not(HasSubstr("s3cr3t")));
  EXPECT_THAT(written.log.text, Not(HasSubstr("zs3c")));
  EXPECT_THAT(*receipt, HasSubstr("/w/\xc2\xabredacted:token\xc2\xbb"));
}

TEST(Recorder, ASecretThatIsLearnedBeforeTheStartIsInNoRecord) {
  KnownSecrets secrets;
  secrets.seal();
  Written written(Flush::kBuffered, &secrets);
  ASSERT_TRUE(secrets.add("token", "s3cr3t-value-of-some-length"));
  secrets.seal();
  written.recorder->secrets_grew(R"({"k":"told anew"})");
  ASSERT_TRUE(written.recorder->start(Kind::kRunStart, ""));
  // It ends behind what is shown of a text, so it is found only where more than that was kept.
  written.recorder->record(denial(std::string(253, 'z') + "s3cr3t-value-of-some-length"));
  ASSERT_TRUE(written.recorder->end(kEnd));
  EXPECT_THAT(written.log.text, HasSubstr(R"("label":{"k":"told anew"})"));
  EXPECT_THAT(written.log.text, HasSubstr("z\xc2\xabredacted:token\xc2\xbb"));
  EXPECT_THAT(written.log.text, Not(HasSubstr("zs3")));
}

}  // namespace
}  // namespace warrant::audit
