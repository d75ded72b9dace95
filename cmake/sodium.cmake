# Target warrant_sodium: libsodium as Debian ships it; in the wasm32 core the same version compiled
# by tools/sodium_wasm, whose folder WARRANT_SODIUM_WASM names.
include_guard(GLOBAL)
add_library(warrant_sodium INTERFACE)
if(WARRANT_WASM_CORE)
  target_include_directories(warrant_sodium SYSTEM INTERFACE ${WARRANT_SODIUM_WASM}/include)
  target_link_libraries(warrant_sodium INTERFACE ${WARRANT_SODIUM_WASM}/lib/libsodium.a)
else()
  find_path(WARRANT_SODIUM_INCLUDE sodium.h REQUIRED)
  find_library(WARRANT_SODIUM_LIBRARY NAMES libsodium.a sodium REQUIRED)
  target_include_directories(warrant_sodium SYSTEM INTERFACE ${WARRANT_SODIUM_INCLUDE})
  target_link_libraries(warrant_sodium INTERFACE ${WARRANT_SODIUM_LIBRARY})
endif()
