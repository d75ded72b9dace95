// SPDX-License-Identifier: Apache-2.0
#pragma once
// A process of the same program that compiles one module and ends: what the compiler does with
// outside bytes happens there.
//
// The child gets three files in memory (the module, a place for the code, a place for words), no
// other descriptor, no environment, no path and no privilege, and the bounds; its answer is taken
// only from those files. The caller's thread waits. Spec: limits.md section 6.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "warrant/base/result.h"
#include "warrant/base/time.h"
#include "warrant/os/ambient.h"
#include "warrant/os/fd.h"

namespace warrant::os {

struct CompileBounds {
  Nanoseconds wall{0};
  Nanoseconds cpu{0};
  std::uint64_t memory = 0;  // writable bytes
};

enum class CompileEnd : std::uint8_t {
  kDone,
  kRefused,  // by the compiler; `words` is what it said
  kWall,
  kCpu,
  kMemory,
  kDied,  // `words` says of what
};

struct CompileAnswer {
  CompileEnd end = CompileEnd::kDied;
  OwnedFd code;  // sealed; with kDone
  std::string words;
};

// Told, on the waiting thread, how long a compilation goes on, ten times a second, and its end.
class CompileWatcher {
 public:
  virtual void compiling(Nanoseconds since) = 0;
  virtual void compiled() = 0;

 protected:
  ~CompileWatcher() = default;
};

// `program`: one that calls CompileChild::begin() when its first word is kCompileWord; empty: this.
Result<CompileAnswer> compile_in_child(Ambient, const std::string& program,
                                       std::span<const std::byte> module,
                                       const std::string& settings, const CompileBounds& bounds,
                                       CompileWatcher* watcher = nullptr);

inline constexpr std::string_view kCompileWord = "--compile";

// The child's side.
class CompileChild {
 public:
  // `words`: what follows kCompileWord. Locks the process down before a byte of the module is
  // looked at; an error names the layer.
  static Result<CompileChild> begin(Ambient, std::span<const std::string> words,
                                    std::string_view& failed);
  std::span<const std::byte> module() const noexcept { return module_; }
  const std::string& settings() const noexcept { return settings_; }
  int code_fd() const noexcept;
  // What the parent reads as `words`; ends the process.
  [[noreturn]] static void refuse(std::string_view text) noexcept;

 private:
  std::span<const std::byte> module_;
  std::string settings_;
};

}  // namespace warrant::os
