// SPDX-License-Identifier: Apache-2.0
#pragma once
// A log in memory for tests: a key, files written by real chains, an index, and a clock that jumps.
#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "warrant/audit/chain.h"
#include "warrant/audit/index.h"
#include "warrant/audit/recorder.h"
#include "warrant/audit/verify.h"
#include "warrant/base/bytes.h"

namespace warrant::audit::testing {

struct MemoryLog final : cap::AppendLog {
  Status append(std::span<const std::byte> bytes) noexcept override {
    ++appends;
    if (text.size() + bytes.size() > room) return Error{Errc::kNoSpace, 0, "append"};
    text += text_of(bytes);
    return {};
  }
  Status sync() noexcept override {
    ++syncs;
    return {};
  }
  std::string text;
  std::size_t room = SIZE_MAX;
  int appends = 0;
  int syncs = 0;
};

inline Keys test_keys(unsigned char fill = 7) {
  std::array<std::byte, kKeyBytes> secret;
  secret.fill(std::byte{fill});
  return Keys(secret);
}

inline const std::string kRun = "00112233445566778899aabbccddeeff";
inline const std::string kFile = "2026-11-21/" + kRun + ".jsonl";

inline Nanoseconds g_monotonic{1'000'000'000};        // NOLINT: a clock for tests
inline std::uint64_t g_wall = 1'795'282'638'000'000;  // NOLINT: a clock for tests

inline RecorderSetup setup_of(Journal* journal) {
  RecorderSetup setup;
  setup.run = kRun;
  setup.warrant = "sha256:00";
  setup.journal = journal;
  setup.monotonic = []() noexcept { return g_monotonic; };
  setup.wall_micros = []() noexcept { return g_wall; };
  return setup;
}

// One run's file and everything that writes it.
struct Written {
  explicit Written(Flush flush = Flush::kBuffered, const KnownSecrets* secrets = nullptr)
      : chain(keys, log, kFile, kRun) {
    RecorderSetup setup = setup_of(&chain);
    setup.flush = flush;
    setup.secrets = secrets;
    setup.failed = [](void* self) noexcept { static_cast<Written*>(self)->failed = true; };
    setup.self = this;
    recorder = std::make_unique<Recorder>(std::move(setup));
  }
  FileClaim claim(bool value) const {
    return {.file = kFile,
            .id = kRun,
            .closed = value,
            .size = log.text.size(),
            .records = chain.records(),
            .last = std::string(chain.last())};
  }
  Keys keys = test_keys();
  MemoryLog log;
  Chain chain;
  std::unique_ptr<Recorder> recorder;
  bool failed = false;
};

inline Event denial(std::string_view path) {
  return {.kind = Kind::kFs,
          .decision = Decision::kDeny,
          .reason = cap::Reason::kEscape,
          .operation = "path_open",
          .path = path};
}
inline Event effect(std::string_view operation, std::string_view path, std::uint64_t bytes) {
  return {.kind = Kind::kFs,
          .decision = Decision::kAllow,
          .operation = operation,
          .path = path,
          .bytes = bytes};
}
inline const RunEnd kEnd{.exit = "\"kind\":\"exited\"", .usage = "", .limits_hit = ""};

}  // namespace warrant::audit::testing
