// SPDX-License-Identifier: Apache-2.0
#pragma once
// A shared library that is loaded when it is needed, and stays for the life of the process.
//
// Symbols are asked for by name into pointers of their own type; one that is missing fails the
// load as a whole (complete() is false). Nothing is loaded by searching a directory that the
// environment names in a process that has been scrubbed (curl_library.h). Spec: egress.md 15.1.
#include <dlfcn.h>

#include "warrant/os/ambient.h"

namespace warrant::os {

class DynamicLibrary {
 public:
  DynamicLibrary(Ambient, const char* name) noexcept
      : handle_(::dlopen(name, RTLD_NOW | RTLD_LOCAL)), complete_(handle_ != nullptr) {}

  template <typename Function>
  void find(const char* symbol, Function*& to) noexcept {
    void* const found = handle_ == nullptr ? nullptr : ::dlsym(handle_, symbol);
    if (found == nullptr) complete_ = false;
    to = reinterpret_cast<Function*>(found);  // NOLINT: what dlsym is for
  }
  bool complete() const noexcept { return complete_; }

 private:
  void* handle_;
  bool complete_;
};

}  // namespace warrant::os
