// SPDX-License-Identifier: Apache-2.0
#pragma once
// A module's code with its imports resolved. Constant, shared by threads; outlives its instances.
#include "warrant/engine/engine.h"
#include "warrant/engine/handles.h"
#include "warrant/engine/instance.h"

namespace warrant::engine {

struct Provenance {
  Timings timings;
  codec::Digest module_sha256;
};

// `linker` is null where the engine's own is shared. `source.pre` is set here.
std::unique_ptr<Program> make_program(ModuleHandle module, LinkerHandle linker, PreHandle pre,
                                      const InstanceSource& source, const Provenance& provenance);

}  // namespace warrant::engine
