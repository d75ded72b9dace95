// SPDX-License-Identifier: Apache-2.0
#pragma once
// What benchmarks of records write into: a chained file without a name, and a recorder's setup for
// it. Exits where there is no such file.
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>

#include "warrant/audit/chain.h"
#include "warrant/audit/recorder.h"
#include "warrant/os/identity.h"
#include "warrant/os/log_directory.h"
#include "warrant/os/waiter.h"

namespace warrant::bench {

inline double now() { return static_cast<double>(count(os::host_monotonic())); }

struct ChainedFile {
  ChainedFile() {
    char name[] = "/tmp/warrant-bench-XXXXXX";
    const int fd = ::mkstemp(name);
    if (fd < 0) std::exit(1);
    ::unlink(name);
    log = std::make_unique<os::LogFile>(os::OwnedFd(fd));
    std::array<std::byte, audit::kKeyBytes> secret{};
    chain = std::make_unique<audit::Chain>(audit::Keys(secret), *log, "bench", "bench");
  }
  std::unique_ptr<os::LogFile> log;
  std::unique_ptr<audit::Chain> chain;
};

inline audit::RecorderSetup setup_of(audit::Journal* journal) {
  audit::RecorderSetup setup;
  setup.run = std::string(32, 'a');
  setup.warrant = "sha256:" + std::string(64, '0');
  setup.journal = journal;
  setup.monotonic = &os::host_monotonic;
  setup.wall_micros = &os::wall_micros;
  return setup;
}

}  // namespace warrant::bench
