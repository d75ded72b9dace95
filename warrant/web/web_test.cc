// SPDX-License-Identifier: Apache-2.0
// The room over a page that is played: what it asks of one, and what it makes of the answers. The
// page's functions are defined here; tests/browser has the real ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "warrant/base/bytes.h"
#include "warrant/fetch/fetcher.h"
#include "warrant/wasm/reader.h"
#include "warrant/wasm/test_binary.h"
#include "warrant/web/engine.h"
#include "warrant/web/maxima.h"
#include "warrant/web/page_run.h"
#include "warrant/web/transport.h"

namespace warrant::web {
namespace {

// What the page is asked, and what it says.
struct Page {
  double now = 1'000;
  bool cancelled = false;
  std::uint32_t pages = 0;
  std::vector<std::string> requests;
  std::deque<std::pair<std::uint32_t, std::string>> messages;
  double told_from = 0;  // no message is there before
  int asked = 0;
  int ended = 0;
};

Page& page() {
  static Page made;  // one a process: the functions below have no other way to it
  return made;
}

}  // namespace
}  // namespace warrant::web

using warrant::web::page;

extern "C" {
void page_compile(const void*, std::size_t, PageEnd*) {}
void page_start(void*, PageEnd*) {}
void page_call(const char*, std::size_t, PageEnd*) {}
std::uint32_t page_memory_pages() { return page().pages; }
void page_memory_read(std::uint32_t, void*, std::size_t) {}
void page_memory_write(std::uint32_t, const void*, std::size_t) {}
double page_monotonic() { return page().now; }
double page_wall() { return 0; }
void page_random(void* to, std::size_t size) {
  std::fill_n(static_cast<std::uint8_t*>(to), size, std::uint8_t{7});
}
void page_wait(double until) { page().now = until; }
std::uint32_t page_is_cancelled() { return page().cancelled ? 1 : 0; }
void page_deadline(double) {}
void page_output(std::uint32_t, const void*, std::size_t) {}
std::int32_t page_fetch_start(const char* request, std::size_t size, const void*, std::size_t) {
  page().requests.emplace_back(request, size);
  return 3;
}
void page_fetch_ask(std::int32_t) { ++page().asked; }
std::uint32_t page_fetch_take(std::int32_t, void* to, std::size_t* size) {
  if (page().messages.empty() || page().now < page().told_from) return 0;
  const auto [kind, text] = page().messages.front();
  page().messages.pop_front();
  std::copy(text.begin(), text.end(), static_cast<char*>(to));
  *size = text.size();
  return kind;
}
void page_fetch_end(std::int32_t) { ++page().ended; }
}

namespace warrant::web {
namespace {

using wasm::bytes;
using wasm::section;

std::string memory_of(std::string_view bounds) {
  return wasm::module({section(5, bytes({1}) + std::string(bounds))});
}

std::optional<std::string> bounded(const std::string& module, const Maxima& maxima) {
  wasm::Diagnosis why;
  const auto info = wasm::read_module(bytes_of(module), wasm::ReadDepth::kDeep, {}, why);
  if (!info) return std::nullopt;
  return with_maxima(bytes_of(module), *info, maxima);
}

constexpr std::uint64_t kPageBytes = 65'536;

TEST(Maxima, AMemoryThatMayGrowForEverMayGrowToTheLimit) {
  EXPECT_EQ(bounded(memory_of(bytes({0, 2})), {5 * kPageBytes, 0}), memory_of(bytes({1, 2, 5})));
}

TEST(Maxima, WhatIsWithinTheLimitStaysAsItIs) {
  EXPECT_EQ(bounded(memory_of(bytes({1, 2, 3})), {5 * kPageBytes, 0}), memory_of(bytes({1, 2, 3})));
  EXPECT_EQ(bounded(memory_of(bytes({1, 2, 9})), {5 * kPageBytes, 0}), memory_of(bytes({1, 2, 5})));
}

TEST(Maxima, WhatIsNotValidIsNotMended) {
  EXPECT_EQ(bounded(memory_of(bytes({1, 3, 2})), {5 * kPageBytes, 0}), memory_of(bytes({1, 3, 2})));
}

TEST(Maxima, TablesShareTheirLimit) {
  const auto tables = [](std::initializer_list<int> rest) {
    return wasm::module({section(4, bytes({2}) + bytes(rest))});
  };
  EXPECT_EQ(bounded(tables({0x70, 0, 2, 0x6f, 0, 1}), {0, 10}),
            tables({0x70, 1, 2, 9, 0x6f, 1, 1, 1}));
  EXPECT_EQ(bounded(tables({0x70, 1, 2, 4, 0x6f, 0, 1}), {0, 10}),
            tables({0x70, 1, 2, 4, 0x6f, 1, 1, 6}));
}

TEST(Maxima, AllElseIsCopied) {
  const std::string module = wasm::function_with(bytes({0}), bytes({1, 1}));
  EXPECT_EQ(bounded(module, {0, 0}), module);
}

TEST(Maxima, FormsThatItDoesNotKnowAreNotGuessedAt) {
  const wasm::ModuleInfo info;
  for (const std::string& module :
       {memory_of(bytes({3, 1, 1})), memory_of(bytes({0})), memory_of(bytes({0, 1, 7})),
        wasm::module({section(4, bytes({1, 0x40, 0, 0x70, 0, 1, 0xd0, 0x70, 0x0b}))}),
        wasm::module({bytes({5, 9, 1})}), std::string("\0asm", 4)}) {
    EXPECT_EQ(with_maxima(bytes_of(module), info, {kPageBytes, 1}), std::nullopt);
  }
}

TEST(Traps, AreKnownByTheWordsOfEachEngine) {
  using wasm::TrapCode;
  EXPECT_EQ(trap_of("unreachable"), TrapCode::kUnreachable);
  EXPECT_EQ(trap_of("unreachable executed"), TrapCode::kUnreachable);
  EXPECT_EQ(trap_of("memory access out of bounds"), TrapCode::kMemoryOutOfBounds);
  EXPECT_EQ(trap_of("index out of bounds"), TrapCode::kMemoryOutOfBounds);
  EXPECT_EQ(trap_of("divide by zero"), TrapCode::kIntegerDivisionByZero);
  EXPECT_EQ(trap_of("divide result unrepresentable"), TrapCode::kIntegerOverflow);
  EXPECT_EQ(trap_of("float unrepresentable in integer range"), TrapCode::kBadConversionToInteger);
  EXPECT_EQ(trap_of("table index is out of bounds"), TrapCode::kTableOutOfBounds);
  EXPECT_EQ(trap_of("null function or function signature mismatch"), TrapCode::kBadSignature);
  EXPECT_EQ(trap_of("something new"), TrapCode::kOther);
}

class Recorded final : public audit::Sink {
 public:
  void record(const audit::Event& event) override {
    reasons.emplace_back(cap::word(event.reason));
    fields = event.fields;
  }
  std::vector<std::string> reasons;
  std::string fields;
};

class Transporting : public ::testing::Test {
 protected:
  Transporting() {
    page() = Page();
    grant_.host = "api.example.com";
    grant_.methods = {"GET", "POST"};
    grant_.paths = {"/v1/"};
    grant_.browser_unpinned = true;
    open();
  }
  void open() {
    auto loaded = fetch::load({&grant_, 1}, {}, {}, fetch::Author::kOperator);
    ASSERT_TRUE(loaded.findings.empty());
    fetch::FetchSetup setup;
    setup.ports.transport = &transport_;
    setup.ports.sink = &sink;
    setup.addresses = fetch::Addresses::kUnpinned;
    setup.user_agent.clear();
    fetch_ = fetch::make_fetch(std::move(loaded.rules), std::move(setup));
  }
  void says(std::uint32_t kind, std::string text = {}) {
    page().messages.emplace_back(kind, std::move(text));
  }
  // The reason, "ok" for a whole body; `body` is what was read.
  std::string get(std::span<const cap::GuestHeader> headers = {},
                  std::string_view url = "https://api.example.com/v1/a") {
    body.clear();
    const auto attempt = fetch_->start({.url = url, .headers = headers});
    for (;;) {
      const cap::FetchState state = attempt->advance(cap::Blocking::kWait);
      if (state == cap::FetchState::kFailed)
        return std::string(cap::word(attempt->failure().reason));
      if (state == cap::FetchState::kEnd) return "ok";
      body += text_of(attempt->ready());
      attempt->consume(attempt->ready().size());
    }
  }

  Recorded sink;
  std::string body;
  policy::FetchGrant grant_;

 private:
  wasm::Interrupt interrupt_;
  RunTime time_{interrupt_};
  PageTransport transport_{time_};
  std::unique_ptr<cap::Fetch> fetch_;
};

TEST_F(Transporting, ARequestIsHandedOverAndItsAnswerRead) {
  says(kPageHead, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n");
  says(kPageBody, "ab");
  says(kPageBody, "cd");
  says(kPageEnd);
  EXPECT_EQ(get(), "ok");
  EXPECT_EQ(body, "abcd");
  EXPECT_EQ(page().requests,
            std::vector<std::string>{
                R"({"headers":[["Accept","*/*"]],"method":"GET",)"
                R"("milliseconds":30000,"url":"https://api.example.com:443/v1/a"})"});
  EXPECT_EQ(page().asked, 4);
  EXPECT_EQ(page().ended, 1);
  EXPECT_NE(sink.fields.find(R"("notes":["unpinned"])"), std::string::npos);
  EXPECT_EQ(sink.fields.find("addrs"), std::string::npos);
}

TEST_F(Transporting, AGrantThatDoesNotSayUnpinnedIsServedNothing) {
  grant_.browser_unpinned = false;
  open();
  EXPECT_EQ(get(), "transport_unavailable");
  EXPECT_TRUE(page().requests.empty());
}

TEST_F(Transporting, AnAddressThatIsWrittenIsJudged) {
  grant_.host = "100.64.0.1";  // an operator's literal counts as listed for its own entry
  open();
  says(kPageFailed);
  EXPECT_EQ(get({}, "https://100.64.0.1/v1/a"), "connect_failed");
  EXPECT_NE(sink.fields.find(R"("notes":["granted_private","unpinned"])"), std::string::npos);
  EXPECT_EQ(get({}, "https://10.1.2.3/v1/a"), "ip_literal");
  EXPECT_EQ(page().requests.size(), 1U);
}

TEST_F(Transporting, WhatGoesWrongIsAFailureOfTheConnectionOrACutBody) {
  says(kPageFailed);
  EXPECT_EQ(get(), "connect_failed");
  EXPECT_NE(sink.fields.find(R"("sent":"partial")"), std::string::npos);
  says(kPageHead, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n");
  says(kPageBody, "ab");
  says(kPageFailed);
  EXPECT_EQ(get(), "truncated");
}

TEST_F(Transporting, AShortBodyIsNoSuccessWhateverThePageSays) {
  says(kPageHead, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n");
  says(kPageBody, "ab");
  says(kPageEnd);
  EXPECT_EQ(get(), "truncated");
}

TEST_F(Transporting, TheGuardEndsWhatItDoesNotAllow) {
  says(kPageHead, "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n");
  EXPECT_EQ(get(), "encoding");
  EXPECT_EQ(page().ended, 1);
}

TEST_F(Transporting, AHeaderThatWouldBeLeftOutInSilenceIsNotSent) {
  const cap::GuestHeader header{"user-agent", "mine"};
  EXPECT_EQ(get({&header, 1}), "transport_unavailable");
  EXPECT_TRUE(page().requests.empty());
}

TEST_F(Transporting, SilenceEndsInTime) {
  EXPECT_EQ(get(), "timeout");
  EXPECT_EQ(page().ended, 1);
}

TEST_F(Transporting, WhatThePageEndsWithTheTimeOfTheRequestIsNoFaultOfTheNetwork) {
  grant_.bounds[policy::FetchBound::kTimeout] = 2'000'000'000;
  open();
  says(kPageFailed);
  page().told_from = page().now + 2'000;
  EXPECT_EQ(get(), "timeout");
  EXPECT_EQ(page().ended, 1);
}

TEST_F(Transporting, ARunThatIsEndedEndsItsRequest) {
  page().cancelled = true;
  EXPECT_EQ(get(), "cancelled");
}

TEST(Words, AreTakenWholeOrNotAtAll) {
  const std::string whole = R"({"grant":"{}","name":"a","args":["b"],"env":{"C":"d"},)"
                            R"("origin":"https://e","engine":"f","shared_memory":true})";
  const auto words = parse_words(whole);
  ASSERT_TRUE(words);
  EXPECT_EQ(words->args, std::vector<std::string>{"b"});
  EXPECT_EQ(words->environment.front().second, "d");
  EXPECT_EQ(words->memory, SharedMemory::kThere);
  EXPECT_FALSE(parse_words(R"({"grant":"{}"})"));
  EXPECT_FALSE(parse_words("["));
}

TEST(Runner, OfAPageWithoutSharedMemoryIsNotThere) {
  EXPECT_TRUE(page_runner(SharedMemory::kThere).unavailable.empty());
  EXPECT_NE(page_runner(SharedMemory::kNone).unavailable.find("Cross-Origin"), std::string::npos);
}

TEST(Memory, IsAskedForOnlyWithinItsSize) {
  page() = Page();
  PageAccess access;
  PageMemory memory;
  std::array<std::byte, 4> room{};
  Buffer at;
  EXPECT_FALSE(memory.read(0, room));
  page().pages = 1;
  EXPECT_TRUE(memory.read(65'532, room));
  EXPECT_FALSE(memory.read(65'533, room));
  ASSERT_TRUE(memory.buffer(65'532, 4, at));
  EXPECT_TRUE(access.read(at, room));
  page().pages = 0;  // as after the end of an instance
  EXPECT_FALSE(access.read(at, room));
  EXPECT_FALSE(access.write(at, room));
}

}  // namespace
}  // namespace warrant::web
