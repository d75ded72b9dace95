// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a runner can honour a request whole, and which runner runs it.
//
// plan() and select() are pure: no file, no process, no byte of the module; equal inputs give equal
// answers. Only plan() makes an Accepted, bound to the digest of request and warrant, and nothing
// runs without one. A refusal is complete, sorted by key, and names for each item who could.
// Spec: runners.md sections 1, 4 and 5.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/codec/hash.h"
#include "warrant/codec/json.h"
#include "warrant/host/runner.h"
#include "warrant/policy/grant.h"

namespace warrant::host {

enum class StdinForm : std::uint8_t { kNone, kBytes, kStream };
// Layers of the kernel around the guest: none are wanted, those that nobody asked for, or asked
// for.
enum class HardeningForm : std::uint8_t { kNone, kDefault, kWritten };

struct RunnerRequest {
  const policy::Grant* terms = nullptr;    // of the warrant
  const wasm::ModuleInfo* info = nullptr;  // facts, from one reading
  codec::Digest module = {};               // its sha256
  codec::Digest warrant = {};              // its hash
  std::vector<std::string> argv = {};      // argv[0] first
  StdinForm stdin_form = StdinForm::kNone;
  HardeningForm hardening = HardeningForm::kNone;
  bool net_fetch = false;     // asked for by a field or a tool, even with an empty list
  bool memory_files = false;  // /tmp, /dev
  bool exit_full = false;     // the tool declares exit codes above 125
  bool stderr_pure = false;
  bool audit_effects = false;      // grant or ceiling ask for a record of effects
  bool refuse_unenforced = false;  // ceiling: unenforced = "refuse"
};

enum class Need : std::uint8_t { kProvide, kWithhold };

struct RefusalItem {
  std::string capability;  // "net.fetch", "limit.written"
  std::string from;        // "grant fetch[0] (https://api.example.com)"
  Need need = Need::kProvide;
  std::string why;
  std::vector<std::string> could;  // runners that can honour this item
  friend bool operator==(const RefusalItem&, const RefusalItem&) = default;
};

struct Refusal {
  std::string_view code;  // "runner.cannot_honour", "runner.unavailable", "runner.none", …
  std::string runner;
  std::vector<RefusalItem> items;
  std::string help;
};

class Accepted {
 public:
  const std::string& runner() const noexcept { return runner_; }
  // Defaults that this runner does not enforce.
  const std::vector<std::string>& unenforced() const noexcept { return unenforced_; }
  // Is it for this request under this warrant?
  bool is_for(const RunnerRequest& request) const;

 private:
  friend struct Planned plan(const RunnerRequest&, const Descriptor&, std::span<const Descriptor>);
  std::string runner_;
  std::vector<std::string> unenforced_;
  codec::Digest request_;
};

// Exactly one of the two is there.
struct Planned {
  std::optional<Accepted> accepted;
  std::optional<Refusal> refusal;
};

// `others`: who is asked who could; the runner itself may be among them.
Planned plan(const RunnerRequest& request, const Descriptor& runner,
             std::span<const Descriptor> others);

struct PassedOver {
  std::string runner;
  std::string why;
  friend bool operator==(const PassedOver&, const PassedOver&) = default;
};

struct Selection {
  std::optional<Accepted> accepted;
  std::optional<Refusal> refusal;
  std::vector<PassedOver> passed_over;
};

// The first of `runners`, in their order, that accepts; `named`: that one or its refusal.
Selection select(const RunnerRequest& request, std::span<const Descriptor> runners,
                 const std::optional<std::string>& named);

codec::Json lower(const Refusal& refusal);
// A line an item: "net.fetch is not supported by wasmtime-cli (…); native, browser can".
std::vector<std::string> print_lines(const Refusal& refusal);

}  // namespace warrant::host
