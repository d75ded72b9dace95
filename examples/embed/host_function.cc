// SPDX-License-Identifier: Apache-2.0
// Offers the guest a function of our own, acme.lookup, and calls one of the guest's exports.
//   host_function MODULE.wasm [grant]      without the word, the module is refused
#include <map>
#include <string>

#include "read_file.h"

namespace {

warrant::HostModule make_acme() {
  warrant::HostModule acme("acme");
  acme.function("lookup",
                [](warrant::HostContext&, std::string_view key) -> warrant::Result<std::string> {
                  static const std::map<std::string, std::string, std::less<>> kNames = {
                      {"one", "eins"}, {"two", "zwei"}};
                  const auto found = kNames.find(key);
                  if (found == kNames.end())
                    return warrant::Error{warrant::Errc::kNoEntry, 0, "lookup"};
                  return found->second;
                });
  acme.function("add", [](warrant::HostContext&, std::int32_t a, std::int32_t b) { return a + b; });
  return acme;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  warrant::HostOptions options;
  options.modules.push_back(make_acme());
  auto host = warrant::Host::create(warrant::ambient(), std::move(options));
  if (!host) return explain(host.problem());
  auto tool = host->load(read_file(argv[1]), {});
  if (!tool) return explain(tool.problem());

  warrant::Grant grant;
  if (argc > 2) grant.host_functions.push_back("acme.*");
  auto warrant = host->admit(*tool, grant);
  if (!warrant) return explain(warrant.problem());

  warrant::wasm::Slot slots[2];
  slots[0].set_u32(40);
  slots[1].set_u32(2);
  const warrant::RunResult result = host->call(*tool, *warrant, {}, "add_by_host", slots);
  std::printf("%s: %u\n", std::string(warrant::host::word(result.exit.kind)).c_str(),
              slots[0].u32());
  warrant::wasm::Slot answer[1];
  const warrant::RunResult looked = host->call(*tool, *warrant, {}, "length_of_two", answer);
  std::printf("%s: %u\n", std::string(warrant::host::word(looked.exit.kind)).c_str(),
              answer[0].u32());
  return warrant::host::status_of(result.exit);
}
