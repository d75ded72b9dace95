// SPDX-License-Identifier: Apache-2.0
// shared_fetch GUEST URL HOW: runs of one embedder that draw on one Fetch, over the real transport.
//
// GUEST is the program `get` of tests/netfetch/guests. HOW is "pipeline": three runs, each given
// what the one before printed, share a budget of three requests, and the last of them makes two; or
// "revoked": what the second run holds is taken back while the first one's connection is warm.
// Prints what each guest printed, then "event REASON" for each hop. Spec: netfetch.md section 10,
// NF16, NF27.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/cap/reason.h"
#include "warrant/fetch/fetcher.h"
#include "warrant/lib/warrant.h"
#include "warrant/os/cares_resolver.h"
#include "warrant/os/curl_transport.h"
#include "warrant/os/waiter.h"

namespace {

using warrant::os::Ambient;

std::vector<std::byte> bytes_of_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

// The records of all runs, in one place.
class Heard final : public warrant::audit::Sink {
 public:
  void record(const warrant::audit::Event& event) override {
    if (event.kind == warrant::audit::Kind::kFetch) reasons_.push_back(event.reason);
  }
  void print() const {
    for (const auto reason : reasons_) {
      const std::string_view word = warrant::cap::word(reason);
      std::printf("event %.*s\n", static_cast<int>(word.size()), word.data());
    }
  }

 private:
  std::vector<warrant::cap::Reason> reasons_;
};

warrant::policy::FetchGrant grant_of_the_api() {
  warrant::policy::FetchGrant grant;
  grant.host = "api.example.com";
  grant.methods = {"GET"};
  grant.paths = {"/v1/"};
  grant.bounds[warrant::policy::FetchBound::kRequests] = 100;
  return grant;
}

class Embedder {
 public:
  explicit Embedder(Ambient ambient, warrant::os::Waiter& waiter)
      : host_(warrant::Host::create(ambient, {})),
        transport_(ambient, {.waiter = &waiter}),
        resolver_(ambient, {.waiter = &waiter}) {}

  bool open(const char* guest) {
    if (!host_ || !transport_.prepare() || !resolver_.prepare()) return false;
    const auto grant = grant_of_the_api();
    auto loaded = warrant::fetch::load({&grant, 1}, {}, {}, warrant::fetch::Author::kOperator);
    if (!loaded.findings.empty()) return false;
    warrant::fetch::FetchSetup setup{.ports = {&transport_, &resolver_, nullptr, &heard_},
                                     .warrant_hash = "shared"};
    all_ = warrant::fetch::make_fetch(std::move(loaded.rules), std::move(setup));
    tool_ = host_->load(bytes_of_file(guest), {});
    if (!*tool_) return false;
    warrant::Grant terms;
    terms.console = {.stdin_stream = true, .stdout_stream = true, .stderr_stream = true};
    terms.fetch.push_back(grant);
    terms.clock.monotonic = true;
    warrant_ = host_->admit(**tool_, terms);
    return static_cast<bool>(*warrant_);
  }

  std::string run(warrant::cap::Fetch& fetch, std::vector<std::string> words,
                  std::string_view input) {
    warrant::Launch launch;
    launch.argv = {"get"};
    launch.argv.insert(launch.argv.end(), words.begin(), words.end());
    launch.input = std::as_bytes(std::span(input));
    launch.own.fetch = &fetch;
    const warrant::RunResult result = host_->run(**tool_, **warrant_, std::move(launch));
    std::fputs(result.output.c_str(), stdout);
    if (!result.exit.message.empty()) std::fprintf(stderr, "%s\n", result.exit.message.c_str());
    return result.output;
  }

  void pipeline(const std::string& url) {
    const auto shared = all_->narrow({.requests = 3});
    const std::string first = run(*shared, {url}, {});
    const std::string second = run(*shared, {url}, first);
    (void)run(*shared, {url, url}, second);
    heard_.print();
  }

  void revoked(const std::string& url) {
    (void)run(*all_, {url}, {});
    all_->revoke();
    (void)run(*all_, {url}, {});
    heard_.print();
  }

 private:
  warrant::Outcome<warrant::Host> host_;
  warrant::os::CurlTransport transport_;
  warrant::os::CaresResolver resolver_;
  Heard heard_;
  std::unique_ptr<warrant::cap::Fetch> all_;
  std::optional<warrant::Outcome<warrant::Tool>> tool_;
  std::optional<warrant::Outcome<warrant::Warrant>> warrant_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  const auto ambient = Ambient::danger_from_main();
  const auto waiter = warrant::os::Waiter::make(ambient);
  if (!waiter) return 1;
  Embedder embedder(ambient, **waiter);
  if (!embedder.open(argv[1])) {
    std::fputs("the guest or its Fetch cannot be made\n", stderr);
    return 1;
  }
  const std::string_view how = argv[3];
  if (how == "pipeline") {
    embedder.pipeline(argv[2]);
  } else if (how == "revoked") {
    embedder.revoked(argv[2]);
  } else {
    return 64;
  }
  return 0;
}
