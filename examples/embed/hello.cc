// SPDX-License-Identifier: Apache-2.0
// Runs a module with its arguments, its standard input and one directory to read; prints what it
// printed, and every denial.
//   hello MODULE.wasm HOST-DIRECTORY [ARG...]
#include "read_file.h"

int main(int argc, char** argv) {
  if (argc < 3) return 64;
  const warrant::Ambient ambient = warrant::ambient();
  auto host = warrant::Host::create(ambient, {});
  if (!host) return explain(host.problem());
  auto tool = host->load(read_file(argv[1]), {});
  if (!tool) return explain(tool.problem());

  warrant::Grant grant;
  grant.console = {.stdin_stream = true, .stdout_stream = true, .stderr_stream = true};
  grant.directories.push_back({.guest = "/data", .host = argv[2]});
  grant.limits.write(warrant::policy::LimitKey::kWall, 5'000'000'000);  // nanoseconds
  auto warrant = host->admit(*tool, grant);
  if (!warrant) return explain(warrant.problem());

  warrant::Launch launch;
  launch.argv.assign(argv + 2, argv + argc);
  launch.argv[0] = "guest";
  launch.on_event = [](const warrant::audit::Event& event) {
    if (event.decision != warrant::audit::Decision::kDeny) return;
    std::fprintf(stderr, "denied: %.*s\n", static_cast<int>(event.operation.size()),
                 event.operation.data());
  };
  const warrant::RunResult result = host->run(*tool, *warrant, std::move(launch));
  std::fputs(result.output.c_str(), stdout);
  std::fputs(result.error_output.c_str(), stderr);
  std::fprintf(stderr, "%s\n", std::string(warrant::host::word(result.exit.kind)).c_str());
  return warrant::host::status_of(result.exit);
}
