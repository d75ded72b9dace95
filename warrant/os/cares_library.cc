// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/cares_library.h"

#include "warrant/os/dynamic_library.h"

namespace warrant::os {
namespace {

Error unavailable() noexcept { return Error{Errc::kNotSupported, 0, "load_cares"}; }

Result<CaresLibrary> load(Ambient ambient, const char* name) {
  DynamicLibrary library(ambient, name);
  CaresLibrary cares;
  library.find("ares_library_init", cares.library_init);
  library.find("ares_init_options", cares.init_options);
  library.find("ares_set_servers_ports_csv", cares.set_servers_ports_csv);
  library.find("ares_set_socket_functions", cares.set_socket_functions);
  library.find("ares_query", cares.query);
  library.find("ares_parse_a_reply", cares.parse_a_reply);
  library.find("ares_parse_aaaa_reply", cares.parse_aaaa_reply);
  library.find("ares_getsock", cares.getsock);
  library.find("ares_timeout", cares.timeout);
  library.find("ares_process_fd", cares.process_fd);
  library.find("ares_cancel", cares.cancel);
  library.find("ares_destroy", cares.destroy);
  if (!library.complete()) return unavailable();
  if (cares.library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) return unavailable();
  return cares;
}

}  // namespace

Result<const CaresLibrary*> load_cares(Ambient ambient, const char* name) {
  return load_once(ambient, name, &load);
}

}  // namespace warrant::os
