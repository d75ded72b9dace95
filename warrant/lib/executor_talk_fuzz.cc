// SPDX-License-Identifier: Apache-2.0
// Any sequence of messages from an executor that guest code has taken over, against the real rules
// of fetching on a scripted network, a real recorder and a scrubbed output: nothing that only a
// broker may say is on record, the log verifies, no request leaves what is granted, and no secret
// is shown. First byte: what the network does and what else there is; then messages, each a kind, a
// length of two bytes and its words.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "tests/support/scripted_network.h"
#include "warrant/audit/log_fixture.h"
#include "warrant/base/check.h"
#include "warrant/fetch/address_text.h"
#include "warrant/fetch/fetcher.h"
#include "warrant/host/console.h"
#include "warrant/host/scrubbed_output.h"
#include "warrant/lib/executor_plan.h"
#include "warrant/lib/executor_talk.h"

namespace audit = warrant::audit;
namespace cap = warrant::cap;
namespace fetch = warrant::fetch;
namespace host = warrant::host;
namespace lib = warrant::lib;
namespace test = warrant::test;
using warrant::Buffer;

namespace {

constexpr std::string_view kSecret = "s3cr3t-value+with/odd&bytes";
constexpr std::string_view kGranted = "https://api.example.com:443/v1/";
constexpr std::uint64_t kMostBody = 100;
constexpr std::uint64_t kMostOut = 1U << 20;
constexpr std::uint8_t kReportKind = 0xFE;

class OneSecret final : public cap::Secrets {
 public:
  bool has(std::string_view reference) const noexcept override { return reference == "key"; }
  warrant::Result<cap::SecretText> reveal(std::string_view) override {
    return cap::SecretText(std::string(kSecret));
  }
  std::vector<std::string> references() const override { return {"key"}; }
};

// Between what the executor tells and the log: kinds of audit.md that a guest comes to.
class Checked final : public audit::Sink {
 public:
  explicit Checked(audit::Sink& next) : next_(next) {}
  void record(const audit::Event& event) override {
    check(event);
    next_.record(event);
  }
  bool intend(const audit::Event& event) override {
    check(event);
    return next_.intend(event);
  }

 private:
  static void check(const audit::Event& event) {
    static const std::set<audit::Kind> kOfGuests = {
        audit::Kind::kFs,      audit::Kind::kNet,     audit::Kind::kEnv,   audit::Kind::kClock,
        audit::Kind::kFetch,   audit::Kind::kEntropy, audit::Kind::kLimit, audit::Kind::kImport,
        audit::Kind::kConsole, audit::Kind::kTrap,
    };
    WARRANT_CHECK(kOfGuests.contains(event.kind));
    WARRANT_CHECK(event.fields.empty());
    WARRANT_CHECK(event.kind != audit::Kind::kFetch || event.decision != audit::Decision::kAllow);
    WARRANT_CHECK(event.path.size() <= 8'192 && event.second_path.size() <= 8'192);
    for (const char each : event.operation) WARRANT_CHECK(each > ' ' && each < '\x7f');
  }
  audit::Sink& next_;
};

class HostBytes final : public warrant::BufferAccess {
 public:
  bool read(const Buffer& from, std::span<std::byte> to) override {
    std::copy_n(std::bit_cast<const std::byte*>(from.address()), to.size(), to.begin());
    return true;
  }
  bool write(const Buffer&, std::span<const std::byte>) override { return false; }
};

class Traced final : public host::TraceObserver {
 public:
  void called(const warrant::wasm::HostFunction& function, std::span<const std::uint64_t> arguments,
              const std::uint64_t* answer, warrant::wasm::HostResult result) override {
    WARRANT_CHECK(arguments.size() == function.params.size());
    WARRANT_CHECK(!host::print_call(function, arguments, answer, result).empty());
  }
};

std::deque<test::Script> scripts_of(std::uint8_t how) {
  const std::string secret(kSecret);
  test::Script good{.lines = {"HTTP/1.1 200 OK\r\n", "content-length: 4\r\n", "\r\n"},
                    .pieces = {"ab", "cd"}};
  test::Script echo{.pieces = {"x" + secret.substr(0, 7), secret.substr(7)}};
  test::Script away{.lines = {"HTTP/1.1 302 x\r\n", "location: https://evil.example/\r\n", "\r\n"}};
  test::Script silent{.silent = true};
  test::Script broken{.pieces = {"ab"}, .fault = cap::TransportFault::kTruncated};
  const std::vector<test::Script> all = {good, echo, away, silent, broken};
  return {all[how % all.size()], all[how / all.size() % all.size()]};
}

class World {
 public:
  explicit World(std::uint8_t how)
      : log_(how % 3 == 0 ? audit::Flush::kEach : audit::Flush::kBuffered, &known_),
        checked_(*log_.recorder) {
    WARRANT_CHECK(known_.add("key", kSecret).has_value());
    known_.seal();
    log_.recorder->secrets_grew("{}");
    ledger_.forward_to(&checked_);
    warrant::policy::FetchGrant grant;
    grant.host = "api.example.com";
    grant.methods = {"GET", "POST"};
    grant.paths = {"/v1/"};
    grant.bounds[warrant::policy::FetchBound::kRequestBody] = kMostBody;
    grant.secret =
        warrant::policy::SecretBinding{.header = "authorization", .value = "Bearer ${key}"};
    auto loaded = fetch::load(std::vector{grant}, {}, {}, fetch::Author::kOperator);
    WARRANT_CHECK(loaded.findings.empty());
    transport_.scripts = scripts_of(how);
    resolver_.answers = {
        {cap::LookupAnswer::What::kAddresses, {*fetch::parse_ip("93.184.215.14")}}};
    fetch::FetchSetup setup;
    setup.ports = {&transport_, &resolver_, &secrets_, log_.recorder.get()};
    setup.known = &known_;
    fetch_ = fetch::make_fetch(std::move(loaded.rules), setup);
    narrowed_ = fetch_->narrow(cap::FetchBounds{.requests = 3});
    context_ = std::make_unique<warrant::netfetch::Context>(warrant::netfetch::Setup{
        .granted = {fetch_.get(), narrowed_.get(), true}, .sink = log_.recorder.get()});
    WARRANT_CHECK(log_.recorder->start(audit::Kind::kRunStart, ""));
    if (how >= 0x80) log_.log.room = 4'096;  // a disk that is full soon
    talk_ = std::make_unique<lib::ExecutorTalk>(
        lib::ExecutorTalk::Parts{ledger_,
                                 *log_.recorder,
                                 reader_,
                                 *context_,
                                 {&output_, nullptr},
                                 how % 2 == 0 ? &traced_ : nullptr,
                                 kMostBody});
  }

  // False: the executor is ended.
  bool hear(std::uint8_t kind, std::string_view words) {
    if (kind == kReportKind) {
      (void)lib::read_report(words);
      return true;
    }
    if (words.size() > talk_->most_message()) return false;  // its channel takes no more
    lib::WireWriter answer;
    const auto heard = talk_->hear(kind, words, answer);
    WARRANT_CHECK(heard != lib::ExecutorTalk::Heard::kAnswered || !answer.is_empty());
    WARRANT_CHECK(answer.size() <= lib::kMostWire);
    WARRANT_CHECK((heard == lib::ExecutorTalk::Heard::kEnded) == talk_->result().has_value());
    return heard == lib::ExecutorTalk::Heard::kAnswered ||
           heard == lib::ExecutorTalk::Heard::kNoted;
  }

  void judge() {
    talk_.reset();
    output_.finish();
    WARRANT_CHECK(kept_.take_bytes().find(kSecret) == std::string::npos);
    for (const auto& sent : transport_.requests) {
      WARRANT_CHECK(sent.url.starts_with(kGranted));
      WARRANT_CHECK(sent.method == "GET" || sent.method == "POST");
      WARRANT_CHECK(sent.body.size() <= kMostBody);
      for (const auto& [name, value] : sent.headers) {
        WARRANT_CHECK(value.find_first_of("\r\n") == std::string::npos);
        WARRANT_CHECK(value.find(kSecret) == std::string::npos || name == "authorization");
      }
    }
    check_log();
  }
  std::optional<host::RunResult>& result() { return talk_->result(); }

 private:
  void check_log() {
    const std::string& text = log_.log.text;
    WARRANT_CHECK(text.find(kSecret) == std::string::npos);
    const auto read = audit::read_log_file(text, log_.claim(false), log_.keys);
    WARRANT_CHECK(read.findings.empty() || log_.recorder->failed());
    WARRANT_CHECK(read.runs.size() == 1 && !read.runs.front().ended);
  }

  audit::KnownSecrets known_;
  lib::EventReader reader_;
  audit::testing::Written log_;
  Checked checked_;
  audit::Ledger ledger_{audit::Caps{.effects = 0}};
  test::ScriptedTransport transport_;
  test::FixedResolver resolver_{transport_};
  OneSecret secrets_;
  std::unique_ptr<cap::Fetch> fetch_, narrowed_;
  std::unique_ptr<warrant::netfetch::Context> context_;
  HostBytes bytes_;
  host::KeptOutput kept_{kMostOut, host::Excess::kDrop, bytes_};
  host::ScrubbedOutput output_{kept_, bytes_, known_};
  Traced traced_;
  std::unique_ptr<lib::ExecutorTalk> talk_;
};

// Texts of the end are shown on terminals.
void check_result(const host::RunResult& result) {
  for (const std::string* text : {&result.exit.message, &result.exit.hint}) {
    for (const char each : *text) {
      WARRANT_CHECK(static_cast<unsigned char>(each) >= 0x20 && each != '\x7f');
    }
  }
  WARRANT_CHECK(result.limits_hit.size() <= warrant::policy::kLimitCount);
  lib::WireWriter again;
  lib::write_result(again, result);
  lib::WireReader from(again.view());
  const auto same = lib::read_result(from);
  WARRANT_CHECK(same && same->exit.code == result.exit.code &&
                same->limits_hit == result.limits_hit);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view left(reinterpret_cast<const char*>(data), size);  // NOLINT: bytes as text
  World world(static_cast<std::uint8_t>(left.front()));
  left.remove_prefix(1);
  while (left.size() >= 3) {
    const auto kind = static_cast<std::uint8_t>(left[0]);
    const std::size_t length = std::size_t{static_cast<std::uint8_t>(left[1])} |
                               std::size_t{static_cast<std::uint8_t>(left[2])} << 8U;
    left.remove_prefix(3);
    const std::string_view words = left.substr(0, std::min(length, left.size()));
    left.remove_prefix(words.size());
    if (!world.hear(kind, words)) break;
  }
  if (world.result()) check_result(*world.result());
  world.judge();
  return 0;
}
