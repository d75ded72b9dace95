// SPDX-License-Identifier: Apache-2.0
#pragma once
// The instances of a manifest, made ready and started one by one on a Host.
//
// prepare() judges all that can be judged before a start: the file and its digest, imports and
// shape, the grant against the ceilings, directories and addresses. What is refused keeps every
// reason and runs nothing of its guest. Each start() is a store of its own; one instance failing
// changes nothing for the next. Spec: host-adapter.md 1.2 and section 3.
#include <optional>
#include <string>
#include <vector>

#include "warrant/host/manifest.h"
#include "warrant/lib/host.h"

namespace warrant {

struct PreparedInstance {
  std::string name;
  std::optional<Tool> tool;  // both are there, or a refusal is
  std::optional<Warrant> warrant;
  std::vector<std::string> refusals;  // one line each, escaped
  std::vector<std::string> narrowed;  // what a ceiling took away
  Launch launch;                      // arguments, console and surface of the manifest
};

// `root`: what host paths of the manifest are relative to.
Outcome<std::vector<PreparedInstance>> prepare_manifest(const Ambient& ambient, const Host& host,
                                                        const host::Manifest& manifest,
                                                        const std::string& root);

// "1 import is not provided: env.x", "2 imports are not provided: env.x, env.y": what a module asks
// of WASI that nobody here provides, sorted, then each that has another type. Empty: all is there.
std::vector<std::string> missing_imports(const wasm::ModuleInfo& info);

}  // namespace warrant
