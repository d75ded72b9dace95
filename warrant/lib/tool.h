// SPDX-License-Identifier: Apache-2.0
#pragma once
// A module that was read and whose imports this host can serve: immutable, cheap to copy, shared by
// threads. It has no authority; a run of it has what its warrant says.
#include <memory>
#include <span>

#include "warrant/policy/grant.h"
#include "warrant/wasm/module_info.h"

namespace warrant {

class Tool {
 public:
  struct Impl;  // of Host
  explicit Tool(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

  std::span<const wasm::Import> imports() const noexcept;
  std::span<const wasm::Export> exports() const noexcept;
  const wasm::ModuleInfo& info() const noexcept;
  // What its imports, its sizes and its language ask for: for a person to narrow, never in force by
  // itself.
  policy::Grant smallest_grant() const;
  // Exports `_start`; otherwise it is a reactor, whose exports are called.
  bool is_command() const noexcept;
  const std::shared_ptr<Impl>& impl() const noexcept { return impl_; }

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace warrant
