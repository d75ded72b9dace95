// SPDX-License-Identifier: Apache-2.0
#pragma once
// One run in a page, from the words of its caller to its result, both JSON.
//
// The grant is read, admitted and planned against the browser's row of the runner table before
// anything of the module is compiled; what a page cannot honour is refused with the capability
// named, and recorded. A grant of fetch counts here only with `browser-unpinned`, and then the
// receipt lists `net.fetch.vetted` as not enforced. Output and records leave by page_output as they
// come; a worker that is ended leaves no receipt. Once; one thread.
// Spec: runners.md sections 1, 4, 8 and 10, egress.md section 21.
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "warrant/audit/recorder.h"
#include "warrant/codec/hash.h"
#include "warrant/fetch/rules.h"
#include "warrant/host/console.h"
#include "warrant/host/module_check.h"
#include "warrant/host/run_record.h"
#include "warrant/host/runner_plan.h"
#include "warrant/host/session.h"
#include "warrant/policy/read.h"
#include "warrant/web/engine.h"
#include "warrant/web/page_fetch.h"

namespace warrant::web {

// The runner of this page. Without shared memory nothing can be waited for, and nothing runs.
enum class SharedMemory : std::uint8_t { kNone, kThere };
host::Descriptor page_runner(SharedMemory memory);

// What the page's caller said.
struct PageWords {
  std::string grant;  // a JSON document
  std::string name;   // argv[0] where the grant names none
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> environment;  // beside the grant's
  std::string origin;                                            // of the page
  std::string engine;                                            // as the browser names itself
  SharedMemory memory = SharedMemory::kNone;
};
// Nothing: not of that form, which is a bug of the page's script.
std::optional<PageWords> parse_words(std::string_view json);

class PageRun {
 public:
  // The bytes outlive the run.
  PageRun(PageWords words, std::span<const std::byte> module, std::span<const std::byte> input);
  std::string go();

 private:
  using Fault = std::optional<host::ModuleFault>;
  Fault admit();
  Fault check_words();
  Fault read_module();
  Fault plan();
  Fault check_module();
  Fault compile();
  void open_console();
  void open_records();
  host::Exit execute();
  std::string conclude(host::Exit exit);
  std::string refuse(host::ModuleFault fault);
  std::string result(const host::Exit& exit, const std::string& receipt) const;

  PageWords words_;
  std::span<const std::byte> module_;
  std::span<const std::byte> input_;
  codec::Digest document_;  // of the grant
  codec::Digest digest_;    // of the module
  std::string run_;
  std::vector<std::string> argv_;
  wasm::Interrupt interrupt_;
  RunTime time_{interrupt_};
  PageAccess access_;
  PageRecords records_;
  std::optional<policy::Warrant> warrant_;
  wasm::ModuleInfo info_;
  std::optional<host::Accepted> accepted_;
  std::optional<host::Refusal> refusal_;
  std::vector<wasm::HostFunction> functions_;
  std::string bounded_;  // the module, with its maxima
  std::unique_ptr<PageProgram> program_;
  audit::KnownSecrets secrets_;
  host::RunFacts facts_;
  std::unique_ptr<audit::Recorder> recorder_;
  audit::Ledger ledger_{audit::Caps{.effects = 0}};
  std::unique_ptr<host::GivenInput> stdin_;
  std::unique_ptr<host::KeptOutput> stdout_;
  std::unique_ptr<host::KeptOutput> stderr_;
  std::unique_ptr<PageClock> clock_;
  std::unique_ptr<PageEntropy> entropy_;
  PagePoller poller_{time_};
  std::unique_ptr<PageFetch> fetch_;
  std::unique_ptr<host::Session> session_;
};

// The functions that a guest may import, for the page's script: JSON, by index.
std::string print_functions();

}  // namespace warrant::web
