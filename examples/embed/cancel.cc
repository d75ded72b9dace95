// SPDX-License-Identifier: Apache-2.0
// Cancels a module that would run for ever, from another thread.
//   cancel MODULE.wasm
#include <chrono>
#include <thread>

#include "read_file.h"

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  auto host = warrant::Host::create(warrant::ambient(), {});
  if (!host) return explain(host.problem());
  auto tool = host->load(read_file(argv[1]), {});
  if (!tool) return explain(tool.problem());
  auto warrant = host->admit(*tool, {});
  if (!warrant) return explain(warrant.problem());
  auto run = host->start(*tool, *warrant, {});
  if (!run) return explain(run.problem());
  std::thread other([handle = *run] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    handle.cancel();
  });
  const warrant::RunResult result = run->wait();
  other.join();
  std::printf("%s\n", std::string(warrant::host::word(result.exit.kind)).c_str());
  return warrant::host::status_of(result.exit);
}
