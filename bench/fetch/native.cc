// SPDX-License-Identifier: Apache-2.0
// fetch_native ours|asleep|raw|turns ORIGIN CA PATH COUNT: warm GETs without a guest: by Fetch with
// its records in a chained file, by the same that never waits awake, by libcurl alone, or by the
// first and the last in turns within one process.
//
// fetch_native judge COUNT: what a URL is judged in, by 32 grants of which the last covers it.
//
// Prints nanoseconds of one request, for `turns` of both and the median of the ratios. What a
// profiler or a counter of instructions looks at: the difference of two counts is one request.
#include <curl/curl.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "bench/chained_file.h"
#include "bench/fetch/raw_options.h"
#include "warrant/audit/ledger.h"
#include "warrant/fetch/fetcher.h"
#include "warrant/fetch/judge.h"
#include "warrant/os/cares_resolver.h"
#include "warrant/os/curl_transport.h"

namespace {

using warrant::os::Ambient;
namespace audit = warrant::audit;
namespace cap = warrant::cap;
namespace fetch = warrant::fetch;
namespace os = warrant::os;
using warrant::bench::ChainedFile;
using warrant::bench::now;

constexpr int kWarm = 3;

std::string text_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Ours {
 public:
  Ours(Ambient ambient, const os::CurlOptions& options)
      : transport_(ambient, options),
        resolver_(ambient, {.waiter = options.waiter}),
        recorder_(warrant::bench::setup_of(file_.chain.get())) {
    ledger_.forward_to(&recorder_);
  }

  bool open(std::uint16_t port, std::string ca) {
    warrant::policy::FetchGrant grant;
    grant.host = "127.0.0.1";
    grant.port = port;
    grant.methods = {"GET"};
    grant.paths = {"/"};
    grant.private_hosts = {"127.0.0.1"};
    auto loaded = fetch::load({&grant, 1}, {}, {}, fetch::Author::kOperator);
    for (const auto& each : loaded.findings) std::fprintf(stderr, "%s\n", each.what.c_str());
    if (!loaded.findings.empty()) return false;
    fetch::Grant& loaded_grant = loaded.rules.grants.front();
    loaded_grant.ca = std::move(ca);
    loaded_grant.bounds.requests = UINT32_MAX;
    loaded_grant.bounds.total = UINT64_MAX / 2;
    fetch::FetchSetup setup{.ports = {&transport_, &resolver_, nullptr, &ledger_},
                            .warrant_hash = std::string(64, '0')};
    fetch_ = fetch::make_fetch(std::move(loaded.rules), std::move(setup));
    return recorder_.start(audit::Kind::kRunStart, "");
  }

  bool get(std::string_view url) {
    body_.clear();
    const auto attempt = fetch_->start({.url = url,
                                        .cut_at = std::uint64_t{2} << 20U,
                                        .door = cap::FetchDoor::kOpenagenticNetfetch});
    for (;;) {
      switch (attempt->advance(cap::Blocking::kWait)) {
        case cap::FetchState::kPending:
        case cap::FetchState::kHead:
          break;
        case cap::FetchState::kBody: {
          const auto ready = attempt->ready();
          body_.insert(body_.end(), ready.begin(), ready.end());
          attempt->consume(ready.size());
          break;
        }
        case cap::FetchState::kEnd:
          return attempt->head().status == 200;
        case cap::FetchState::kFailed:
          return false;
      }
    }
  }

 private:
  os::CurlTransport transport_;
  os::CaresResolver resolver_;
  ChainedFile file_;
  audit::Recorder recorder_;
  audit::Ledger ledger_;
  std::unique_ptr<cap::Fetch> fetch_;
  std::vector<std::byte> body_;
};

class Raw {
 public:
  Raw(const char* ca, const char* url) : easy_(curl_easy_init()) {
    set_raw_options(easy_, ca, url);
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &take);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  }
  bool get() {
    body_.clear();
    return curl_easy_perform(easy_) == CURLE_OK;
  }

 private:
  static std::size_t take(char* from, std::size_t, std::size_t size, void* self) {
    auto& body = static_cast<Raw*>(self)->body_;
    body.insert(body.end(), from, from + size);
    return size;
  }
  CURL* easy_;
  std::vector<char> body_;
};

template <typename Get>
double time_of(int times, Get get) {
  const double began = now();
  for (int i = 0; i < times; ++i) {
    if (!get()) std::exit(1);
  }
  return (now() - began) / times;
}

double median(std::vector<double>& of) {
  std::sort(of.begin(), of.end());
  return of[of.size() / 2];
}

// A few of one, a few of the other: what else the machine does hits both.
void in_turns(int count, Ours& ours, Raw& raw, std::string_view url) {
  constexpr int kTurn = 10;
  std::vector<double> first, second, ratios;
  for (int i = 0; i < count / kTurn; ++i) {
    first.push_back(time_of(kTurn, [&] { return ours.get(url); }));
    second.push_back(time_of(kTurn, [&] { return raw.get(); }));
    ratios.push_back(first.back() / second.back());
  }
  const double a = median(first);
  const double b = median(second);
  std::printf("ours %.0f libcurl %.0f ratio %.3f\n", a, b, median(ratios));
}

// Steps 3 to 7 of egress.md section 1, the same URL never twice in a row: the median.
int judge_by_many(int count) {
  constexpr int kGrants = 32;
  std::vector<warrant::policy::FetchGrant> grants(kGrants);
  for (int i = 0; i < kGrants; ++i) {
    grants[static_cast<std::size_t>(i)].host = "api" + std::to_string(i) + ".example.com";
    grants[static_cast<std::size_t>(i)].methods = {"GET", "POST"};
    grants[static_cast<std::size_t>(i)].paths = {"/v1/", "/v2/items/*"};
  }
  const auto loaded = fetch::load(grants, {}, {}, fetch::Author::kOperator);
  if (!loaded.findings.empty()) return 1;
  const cap::GuestHeader headers[] = {{"accept", "application/json"}, {"x-request", "1"}};
  std::vector<double> each;
  for (int i = 0; i < count; ++i) {
    const std::string url =
        "https://api31.example.com/v2/items/" + std::to_string(i) + "?q=%20a&page=2";
    const double began = now();
    const auto judged = fetch::judge(loaded.rules, {.url = url, .headers = headers}, nullptr, 0);
    each.push_back(now() - began);
    if (!judged.is_allowed() || judged.match.grant != kGrants - 1) return 1;
  }
  std::printf("%.0f\n", median(each));
  return 0;
}

}  // namespace

int main(int count, char** words) {
  if (count == 3 && std::string_view(words[1]) == "judge") {
    return judge_by_many(static_cast<int>(std::strtol(words[2], nullptr, 10)));
  }
  if (count != 6) return 64;
  const auto ambient = Ambient::danger_from_main();
  const auto waiter = os::Waiter::make(ambient);
  if (!waiter) return 1;
  const std::string mode = words[1];
  const std::string origin = words[2];
  const std::string url = origin + words[4];
  const int times = static_cast<int>(std::strtol(words[5], nullptr, 10));
  curl_global_init(CURL_GLOBAL_DEFAULT);
  std::unique_ptr<Ours> ours;
  std::unique_ptr<Raw> raw;
  if (mode != "raw") {
    os::CurlOptions options{.waiter = waiter->get()};
    if (mode == "asleep") options.short_wait = warrant::Nanoseconds{0};
    ours = std::make_unique<Ours>(ambient, options);
    const auto port = std::strtoul(origin.c_str() + origin.rfind(':') + 1, nullptr, 10);
    if (!ours->open(static_cast<std::uint16_t>(port), text_of(words[3]))) return 1;
    time_of(kWarm, [&] { return ours->get(url); });
  }
  if (mode == "raw" || mode == "turns") {
    raw = std::make_unique<Raw>(words[3], url.c_str());
    time_of(kWarm, [&] { return raw->get(); });
  }
  if (mode == "turns") {
    in_turns(times, *ours, *raw, url);
  } else if (ours) {
    std::printf("%.0f\n", time_of(times, [&] { return ours->get(url); }));
  } else {
    std::printf("%.0f\n", time_of(times, [&] { return raw->get(); }));
  }
  return 0;
}
