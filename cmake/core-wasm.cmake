# Toolchain of the portable core: Debian's clang for wasm32-wasip1, the sysroot of tools/c_sysroot and
# the libsodium of tools/sodium_wasm. Spec: guests.md 2.1.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES WARRANT_SODIUM_WASM WARRANT_SYSROOT WARRANT_RESOURCE_DIR)

get_filename_component(warrant_root ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)
if(NOT WARRANT_SYSROOT)
  execute_process(COMMAND ${warrant_root}/tools/c_sysroot OUTPUT_VARIABLE found
    COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCH "WARRANT_SYSROOT=([^\n]+)" matched "${found}")
  set(WARRANT_SYSROOT ${CMAKE_MATCH_1})
  string(REGEX MATCH "WARRANT_RESOURCE_DIR=([^\n]+)" matched "${found}")
  set(WARRANT_RESOURCE_DIR ${CMAKE_MATCH_1})
  execute_process(COMMAND ${warrant_root}/tools/sodium_wasm OUTPUT_VARIABLE WARRANT_SODIUM_WASM
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
endif()

foreach(language C CXX)
  set(CMAKE_${language}_COMPILER_TARGET wasm32-wasip1)
  set(CMAKE_${language}_FLAGS_INIT "-resource-dir ${WARRANT_RESOURCE_DIR}")
  set(CMAKE_${language}_FLAGS_MINSIZEREL "-Os" CACHE STRING "")
endforeach()
set(CMAKE_C_COMPILER clang-22)
set(CMAKE_CXX_COMPILER clang++-22)
set(CMAKE_AR llvm-ar-22)
set(CMAKE_RANLIB llvm-ranlib-22)
set(CMAKE_SYSROOT ${WARRANT_SYSROOT})
set(CMAKE_EXE_LINKER_FLAGS_INIT "-mexec-model=reactor --no-wasm-opt")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
