// SPDX-License-Identifier: Apache-2.0
#pragma once
// c-ares, loaded with libcurl and as late: a name is looked up by nothing else.
//
// As load_curl(): one loaded library of a name for the process, initialised once under a lock;
// kNotSupported when it is not there or lacks a function. Any thread. Spec: egress.md sections 7
// and 15.1.
#include <ares.h>

#include "warrant/base/result.h"
#include "warrant/os/ambient.h"

namespace warrant::os {

inline constexpr const char* kCaresName = "libcares.so.2";

struct CaresLibrary {
  decltype(&ares_library_init) library_init = nullptr;
  decltype(&ares_init_options) init_options = nullptr;
  decltype(&ares_set_servers_ports_csv) set_servers_ports_csv = nullptr;
  decltype(&ares_set_socket_functions) set_socket_functions = nullptr;
  decltype(&ares_query) query = nullptr;
  decltype(&ares_parse_a_reply) parse_a_reply = nullptr;
  decltype(&ares_parse_aaaa_reply) parse_aaaa_reply = nullptr;
  decltype(&ares_getsock) getsock = nullptr;
  decltype(&ares_timeout) timeout = nullptr;
  decltype(&ares_process_fd) process_fd = nullptr;
  decltype(&ares_cancel) cancel = nullptr;
  decltype(&ares_destroy) destroy = nullptr;
};

Result<const CaresLibrary*> load_cares(Ambient ambient, const char* name = kCaresName);

}  // namespace warrant::os
