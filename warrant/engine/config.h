// SPDX-License-Identifier: Apache-2.0
#pragma once
// Options to engine settings, and the same settings as text for the key of compiled code: one table
// feeds both, so that nothing reaches generated code without being in the key.
#include <string>
#include <string_view>

#include "warrant/codec/hash.h"
#include "warrant/engine/handles.h"
#include "warrant/engine/options.h"

namespace warrant::engine {

enum class Allocation : std::uint8_t { kOnDemand, kPooled };
enum class Compiler : std::uint8_t { kOff, kOn };

ConfigHandle make_config(const Options& options, Allocation allocation, Compiler compiler);
// Null, and the error set, when the settings contradict each other.
EngineHandle make_engine(ConfigHandle config, ErrorHandle& error);
// Everything that reaches generated code but the module: version, target, processor, settings.
std::string codegen_text(const Options& options);
// Under which a module's code for these settings is kept.
codec::Digest code_key(std::string_view codegen, const codec::Digest& module) noexcept;

}  // namespace warrant::engine
