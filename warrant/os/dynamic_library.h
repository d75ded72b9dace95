// SPDX-License-Identifier: Apache-2.0
#pragma once
// A shared library that is loaded when it is needed, and stays for the life of the process.
//
// Symbols are asked for by name into pointers of their own type; one that is missing fails the
// load as a whole (complete() is false). Nothing is loaded by searching a directory that the
// environment names in a process that has been scrubbed (curl_library.h). Spec: egress.md 15.1.
#include <algorithm>
#include <list>
#include <mutex>
#include <string>

#include "warrant/base/result.h"
#include "warrant/os/ambient.h"
#include "warrant/os/loading.h"

namespace warrant::os {

class DynamicLibrary {
 public:
  DynamicLibrary(Ambient ambient, const char* name) noexcept
      : ambient_(ambient), handle_(load_library(ambient, name)), complete_(handle_ != nullptr) {}

  template <typename Function>
  void find(const char* symbol, Function*& to) noexcept {
    void* const found = find_symbol(ambient_, handle_, symbol);
    if (found == nullptr) complete_ = false;
    to = reinterpret_cast<Function*>(found);  // NOLINT: what dlsym is for
  }
  bool complete() const noexcept { return complete_; }

 private:
  [[no_unique_address]] Ambient ambient_;
  void* handle_;
  bool complete_;
};

// A library's functions, loaded when they are first asked for: the library is the process's,
// however many ask for it, and stays. Each name is tried once.
template <typename Functions>
Result<const Functions*> load_once(Ambient ambient, const char* name,
                                   Result<Functions> (*load)(Ambient, const char*)) {
  struct Loaded {
    std::string name;
    Result<Functions> functions;
  };
  static std::mutex mutex;
  // Never moves what it holds, and is never destroyed: who uses a library may be static, and older.
  static auto& all = *new std::list<Loaded>;  // NOLINT(cppcoreguidelines-owning-memory)
  const std::scoped_lock lock(mutex);
  auto found =
      std::find_if(all.begin(), all.end(), [&](const Loaded& each) { return each.name == name; });
  if (found == all.end()) found = all.insert(all.end(), Loaded{name, load(ambient, name)});
  if (!found->functions) return found->functions.error();
  return &*found->functions;
}

}  // namespace warrant::os
