// SPDX-License-Identifier: Apache-2.0
// Families of imports that modules in the wild ask for, and the way out of each.
#include "warrant/wasm/imports.h"

namespace warrant::wasm {
namespace {

enum class Match : std::uint8_t { kModule, kModulePrefix, kModuleSuffix, kName, kNamePrefix };

struct Family {
  Match match;
  std::string_view module;  // with kName and kNamePrefix: of this module
  std::string_view name;
  std::string_view advice;
};

constexpr std::string_view kSockets =
    "a socket extension of another runtime: Warrant gives a guest sockets that are open already; "
    "write them as [[connect]] or [[listen]] in the grant";
constexpr std::string_view kEmscripten =
    "the JavaScript side of Emscripten: build with -sSTANDALONE_WASM, or with a WASI toolchain";
constexpr std::string_view kGoJs = "Go's js/wasm target: build with GOOS=wasip1 GOARCH=wasm";
constexpr std::string_view kBindgen =
    "wasm-bindgen, for JavaScript hosts: build the program for wasm32-wasip1";
constexpr std::string_view kLinked =
    "position-independent code for a dynamic linker: link it statically";
constexpr std::string_view kComponent =
    "an interface of WASI 0.2 and later: this is a core module out of a component, or one that "
    "still "
    "has to be made into a component; give the component itself";
constexpr std::string_view kThreads = "threads are off in every runner: build without them";

// The first that fits counts.
constexpr Family kFamilies[] = {
    Family{Match::kNamePrefix, "wasi_snapshot_preview1", "sock_", kSockets},
    Family{Match::kModule,
           "wasi_snapshot_preview1",
           {},
           "not one of the 46 functions of WASI preview 1: an extension of another runtime"},
    Family{Match::kModule,
           "wasi_unstable",
           {},
           "not one of the 45 functions of wasi_unstable: build for wasm32-wasip1"},
    Family{Match::kName, "wasi", "thread-spawn", kThreads},
    Family{Match::kModulePrefix, "wasi:", {}, kComponent},
    Family{Match::kModulePrefix,
           "wasix_",
           {},
           "WASIX, the interface of another runtime: build for wasm32-wasip1"},
    Family{Match::kModulePrefix,
           "wasi_ephemeral_",
           {},
           "a proposal of WASI that Warrant does not have"},
    Family{Match::kModule,
           "openagentic_netfetch",
           {},
           "network by openagentic_netfetch: needs a [[fetch]] in the grant"},
    Family{Match::kModule,
           "warrant_fetch",
           {},
           "network by warrant_fetch: needs a [[fetch]] in the grant"},
    Family{Match::kModulePrefix,
           "yoi:",
           {},
           "the plugin interface: run the module as a plugin, from a bundle that says so"},
    Family{Match::kModule, "gojs", {}, kGoJs},
    Family{Match::kModule, "go", {}, kGoJs},
    Family{Match::kModulePrefix, "__wbindgen", {}, kBindgen},
    Family{Match::kModule, "wbg", {}, kBindgen},
    Family{Match::kModuleSuffix, "_bg.js", {}, kBindgen},
    Family{Match::kModulePrefix, "GOT.", {}, kLinked},
    Family{Match::kName, "env", "__indirect_function_table", kLinked},
    Family{Match::kName, "env", "__memory_base", kLinked},
    Family{Match::kName, "env", "__table_base", kLinked},
    Family{Match::kName, "env", "__stack_pointer", kLinked},
    Family{Match::kName, "env", "memory",
           "memory made by the host: build so that the module has and exports its own"},
    Family{Match::kName, "env", "abort",
           "AssemblyScript's default: build with --use abort= or with its WASI shim"},
    Family{Match::kNamePrefix, "env", "emscripten_", kEmscripten},
    Family{Match::kNamePrefix, "env", "_emscripten_", kEmscripten},
    Family{Match::kNamePrefix, "env", "__syscall_", kEmscripten},
    Family{Match::kNamePrefix, "env", "invoke_", kEmscripten},
    Family{Match::kNamePrefix, "env", "__cxa_", kEmscripten},
    Family{Match::kNamePrefix, "env", "_embind_", kEmscripten},
    Family{Match::kNamePrefix, "env", "pthread_", kThreads},
    Family{Match::kModule, "a", {}, kEmscripten},  // minified names
    Family{Match::kModulePrefix,
           "extism:",
           {},
           "the plugin interface of Extism, which Warrant does not have"},
    Family{Match::kModulePrefix,
           "fastly_",
           {},
           "an edge platform's interface, which Warrant does not have"},
    Family{Match::kModule,
           "env",
           {},
           "functions that one certain host makes for its own modules, or symbols that the linker "
           "did not find (then link with --no-allow-undefined to see them)"},
};

bool fits(const Family& family, std::string_view module, std::string_view name) noexcept {
  switch (family.match) {
    case Match::kModule:
      return module == family.module;
    case Match::kModulePrefix:
      return module.starts_with(family.module);
    case Match::kModuleSuffix:
      return module.ends_with(family.module);
    case Match::kName:
      return module == family.module && name == family.name;
    case Match::kNamePrefix:
      return module == family.module && name.starts_with(family.name);
  }
  return false;
}

}  // namespace

std::string_view advice_for(std::string_view module, std::string_view name) noexcept {
  for (const Family& family : kFamilies) {
    if (fits(family, module, name)) return family.advice;
  }
  return {};
}

}  // namespace warrant::wasm
