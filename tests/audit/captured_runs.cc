// SPDX-License-Identifier: Apache-2.0
// captured_runs MODULE LOG STATE CACHE FLUSH: runs a module again and again with its output
// captured, on two threads of one host, and prints for each result that it was given one line, in
// one write: the run's id and how many bytes were captured. Until it is killed.
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "warrant/lib/warrant.h"
#include "warrant/os/ambient.h"

namespace {

std::vector<std::byte> bytes_of_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

int fail(const warrant::Problem& problem) {
  std::fprintf(stderr, "%s\n", problem.what.c_str());
  return 1;
}

warrant::policy::Flush flush_of(std::string_view word) {
  if (word == "sync") return warrant::policy::Flush::kSync;
  return word == "each" ? warrant::policy::Flush::kEach : warrant::policy::Flush::kBuffered;
}

void run_on(const warrant::Host& host, const warrant::Tool& tool, const warrant::Warrant& warrant) {
  for (;;) {
    const warrant::RunResult result = host.run(tool, warrant, {});
    const std::string line = result.run + " " + std::to_string(result.output.size()) + "\n";
    if (write(STDOUT_FILENO, line.data(), line.size()) < 0) return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 64;
  const auto ambient = warrant::os::Ambient::danger_from_main();
  warrant::HostOptions options;
  options.log_dir = argv[2];
  options.state_dir = argv[3];
  options.cache_dir = argv[4];
  options.concurrency = 2;
  auto host = warrant::Host::create(ambient, std::move(options));
  if (!host) return fail(host.problem());
  const auto tool = host->load(bytes_of_file(argv[1]), {});
  if (!tool) return fail(tool.problem());
  warrant::Grant grant;
  grant.console = {.stdin_stream = true, .stdout_stream = true, .stderr_stream = true};
  grant.audit.flush = flush_of(argv[5]);
  const auto warrant = host->admit(*tool, grant);
  if (!warrant) return fail(warrant.problem());
  std::thread other([&] { run_on(*host, *tool, *warrant); });
  run_on(*host, *tool, *warrant);
  other.join();
}
