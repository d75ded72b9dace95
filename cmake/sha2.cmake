# Target warrant_sha2: SHA-256 by the processor's instructions (warrant/codec/sha2), built once per
# machine by tools/build_sha2, then looked up. Not part of the wasm32 core.
include_guard(GLOBAL)
execute_process(
  COMMAND ${PROJECT_SOURCE_DIR}/tools/build_sha2
  OUTPUT_VARIABLE sha2_archive OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
file(GLOB_RECURSE sha2_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/warrant/codec/sha2/src/*.rs)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/tools/build_sha2 ${sha2_sources}
  ${PROJECT_SOURCE_DIR}/warrant/codec/sha2/Cargo.toml ${PROJECT_SOURCE_DIR}/warrant/codec/sha2/Cargo.lock)
add_library(warrant_sha2 STATIC IMPORTED GLOBAL)
set_target_properties(warrant_sha2 PROPERTIES
  IMPORTED_LOCATION ${sha2_archive}
  INTERFACE_INCLUDE_DIRECTORIES ${PROJECT_SOURCE_DIR}/warrant/codec/sha2/include)
