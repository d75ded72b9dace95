// SPDX-License-Identifier: Apache-2.0
#pragma once
// The runner `wasmtime-cli`: the wasmtime command line of the machine, for warrants that it can
// honour whole.
//
// describe() looks for the program and tries it once: its version, and a tiny module that prints
// its arguments, run by the exact form of words that runs use. run() takes only what plan()
// accepted for this very request. Its process has no environment, no descriptor of ours, and our
// timer. Output is passed on and not kept. A directory is opened again by its path, by wasmtime,
// after it was judged. Spec: runners.md section 9.
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "warrant/host/cli_words.h"
#include "warrant/lib/outcome.h"
#include "warrant/os/external_process.h"

namespace warrant {

struct CliStreams {
  bool inherit_input = false;  // descriptor 0, pumped
  std::span<const std::byte> input = {};
  os::BytesCallback output = {};
  os::BytesCallback error_output = {};
};

class CliRunner {
 public:
  // `program`: an absolute path, or empty: looked for along `search`, a list of folders as in PATH.
  static CliRunner find(os::Ambient ambient, const std::string& program, const std::string& search);
  const host::Descriptor& descriptor() const noexcept { return descriptor_; }
  const std::string& program() const noexcept { return program_; }

  host::RunResult run(const host::Accepted& accepted, const host::RunnerRequest& request,
                      std::span<const std::byte> module, const CliStreams& streams);
  void cancel() noexcept;  // async-signal-safe; while run() waits

 private:
  explicit CliRunner(os::Ambient ambient);
  std::string probe();  // why it is not to be used; empty: it is

  os::Ambient ambient_;
  std::string program_;
  host::Descriptor descriptor_ = host::wasmtime_cli_runner();
  std::unique_ptr<os::ExternalProcess> process_;
};

}  // namespace warrant
