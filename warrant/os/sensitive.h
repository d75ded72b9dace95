// SPDX-License-Identifier: Apache-2.0
#pragma once
// Places that people keep secrets in, where a granted directory contains or lies in one: told
// before a run, or reason to refuse it.
//
// A list of known names, looked for in the directory, on the way to it, and in the home directory;
// a secret that lies anywhere else is not found. Spec: grants.md section 6.
#include <string>
#include <vector>

#include "warrant/os/ambient.h"
#include "warrant/os/fd.h"

namespace warrant::os {

struct SensitiveSources {
  std::vector<std::string> homes;
  std::vector<std::string> sockets;  // of agents, as the environment names them; absolute
};

// "it lies in /etc", "it contains .ssh": each a sentence, not escaped; empty: none is known.
std::vector<std::string> sensitive_places(Ambient, BorrowedFd root,
                                          const SensitiveSources& sources);
// The same for a name; empty also where it cannot be opened.
std::vector<std::string> sensitive_places(Ambient, const std::string& host_path,
                                          const SensitiveSources& sources);
// Of this process: the homes that HOME and the passwd entry name, and the sockets that
// SSH_AUTH_SOCK, GPG_AGENT_INFO and DOCKER_HOST name.
SensitiveSources sensitive_sources(Ambient);

// Whether the directory `inner` is `outer` or lies beneath it, by handles and mounts ignored.
bool directory_lies_in(Ambient, const std::string& inner, const std::string& outer);

}  // namespace warrant::os
