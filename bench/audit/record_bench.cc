// SPDX-License-Identifier: Apache-2.0
// Nanoseconds a record (performance.md, benchmark 16): in the host call alone (into the ring), and
// whole (text, chain, write to a file), in each mode; what a use costs that is counted with another
// of the same file; beside it the bare copy of such a record. With a number, makes so many records
// and says nothing: for who counts instructions.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bench/chained_file.h"
#include "warrant/audit/ledger.h"

namespace {

using warrant::Nanoseconds;
namespace audit = warrant::audit;
using warrant::bench::ChainedFile;
using warrant::bench::now;

constexpr int kRounds = 40;
constexpr int kFew = 200;  // fit into the ring

audit::RecorderSetup setup_of(audit::Journal* journal, audit::Flush flush) {
  audit::RecorderSetup setup = warrant::bench::setup_of(journal);
  setup.flush = flush;
  setup.caps.effects = 1'000'000'000;
  return setup;
}

const audit::Event kEvent{.kind = audit::Kind::kFs,
                          .decision = audit::Decision::kAllow,
                          .operation = "path_open",
                          .grant = {},
                          .path = "/work/src/some/directory/file.txt"};

// Opens of one file after another: each has a record of its own.
class Opens {
 public:
  const audit::Event& next() {
    ++name_[kLast];
    for (std::size_t at = kLast; name_[at] > '9'; --at) {
      name_[at] = '0';
      ++name_[at - 1];
    }
    event_.path = {name_.data(), name_.size() - 1};
    return event_;
  }

 private:
  static constexpr std::size_t kLast = sizeof "/work/src/some/file00000000.txt" - 6;
  std::array<char, sizeof "/work/src/some/file00000000.txt"> name_ =
      std::to_array("/work/src/some/file00000000.txt");
  audit::Event event_ = kEvent;
};

// The least of several rounds.
template <typename Round>
double least(Round round) {
  double best = 1e12;
  for (int n = 0; n < kRounds; ++n) best = std::min(best, round());
  return best;
}

template <typename Next>
double in_host_call(Next next) {
  return least([&] {
    ChainedFile file;
    audit::Recorder recorder(setup_of(file.chain.get(), audit::Flush::kBuffered));
    audit::Ledger ledger({.effects = 0});
    ledger.forward_to(&recorder);
    (void)recorder.start(audit::Kind::kRunStart, "");
    const double begin = now();
    for (int n = 0; n < kFew; ++n) ledger.record(next());
    return (now() - begin) / kFew;
  });
}

double whole(audit::Flush flush, int records) {
  return least([&] {
    ChainedFile file;
    audit::Recorder recorder(setup_of(file.chain.get(), flush));
    (void)recorder.start(audit::Kind::kRunStart, "");
    Opens opens;
    const double begin = now();
    for (int n = 0; n < records; ++n) {
      const audit::Event& event = opens.next();
      if (flush != audit::Flush::kBuffered) (void)recorder.intend(event);
      recorder.record(event);
    }
    recorder.hand_over();
    return (now() - begin) / records;
  });
}

double floor_copy() {
  struct Plain {
    std::array<char, 128> bytes;
  };
  static std::array<Plain, kFew> store;
  return least([] {
    Plain record{};
    const double begin = now();
    for (int n = 0; n < kFew; ++n) {
      const auto at = static_cast<std::uint64_t>(warrant::count(warrant::os::host_monotonic()));
      std::memcpy(record.bytes.data(), &at, sizeof at);
      std::memcpy(record.bytes.data() + 8, kEvent.path.data(), kEvent.path.size());
      store[static_cast<std::size_t>(n)] = record;
    }
    return (now() - begin) / kFew;
  });
}

// As a run makes them: its ledger keeps none, and looks at the clock before each call.
void record_many(int records) {
  ChainedFile file;
  audit::RecorderSetup setup = setup_of(file.chain.get(), audit::Flush::kBuffered);
  setup.coarse = &warrant::os::host_monotonic_coarse;
  audit::Recorder recorder(std::move(setup));
  audit::Ledger ledger({.effects = 0});
  ledger.forward_to(&recorder);
  (void)recorder.start(audit::Kind::kRunStart, "");
  Opens opens;
  for (int n = 0; n < records; ++n) {
    ledger.tick();
    ledger.record(opens.next());
  }
  recorder.hand_over();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2) {
    record_many(static_cast<int>(std::strtol(argv[1], nullptr, 10)));
    return 0;
  }
  std::printf("audit/floor %.1f ns/record\n", floor_copy());
  Opens opens;
  std::printf("audit/in-host-call %.1f ns/record\n", in_host_call([&] { return opens.next(); }));
  std::printf("audit/counted %.1f ns/use\n", in_host_call([] { return kEvent; }));
  std::printf("audit/buffered %.1f ns/record\n", whole(audit::Flush::kBuffered, 100'000));
  std::printf("audit/each %.1f ns/record\n", whole(audit::Flush::kEach, 2'000));
  std::printf("audit/sync %.1f ns/record\n", whole(audit::Flush::kSync, 20));
  return 0;
}
