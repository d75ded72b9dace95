// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a process has only by loading code of the system's: shared libraries, and the database of
// users, which answers through libraries of its own (NSS).
//
// There are two implementations, and a program links one. loading.cc loads. loading_elsewhere.cc is
// for a program that is linked statically, because it starts sooner: nothing can be loaded there,
// and such a process becomes another program that lies beside it and does, with the same words,
// environment and descriptors. It can as long as nothing that it did shows (output, records, a
// consumed input); who is past that says so by stay(). Decision 0028.
#include <cstdint>
#include <string>

#include "warrant/base/result.h"
#include "warrant/os/ambient.h"
#include "warrant/os/process.h"

namespace warrant::os {

// Where the program that loads lies, seen from the directory of the one that does not.
inline constexpr const char* kLoadingProgram = "../libexec/warrant/warrant-dynamic";

// In main(), once, before all else here. The words stay where they are.
void keep_start(Ambient, char** words, const ClosedStreams& closed) noexcept;
// Where this process loads nothing, becomes the program that does, and does not return. An error:
// that program is not there, or somebody else could have put it there; the process goes on without.
Status load_from_here(Ambient) noexcept;
// From here on this process stays this program.
void stay(Ambient) noexcept;

// Null: not there, or nothing is loaded here. A library stays for the life of the process.
void* load_library(Ambient, const char* name) noexcept;
void* find_symbol(Ambient, void* library, const char* symbol) noexcept;

// The home of the effective user by the database, an absolute path; empty: it knows none.
std::string passwd_home(Ambient);
// Whether the group is the user's own, of the user's name and with no other member. False where the
// database cannot be asked.
bool is_private_group(Ambient, std::uint32_t user, std::uint32_t group);

}  // namespace warrant::os
