# Compile and link flags of our own code: warnings as errors in presets, hardening in every build
# (limits.md 7.5), sanitizers by WARRANT_SANITIZE.
add_library(warrant_flags INTERFACE)
set(WARRANT_SANITIZE "" CACHE STRING "value of -fsanitize=, empty for none")
option(WARRANT_WERROR "warnings are errors" OFF)

target_compile_options(warrant_flags INTERFACE
  -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wswitch-enum -Wold-style-cast
  -Wnon-virtual-dtor -Wno-missing-field-initializers $<$<BOOL:${WARRANT_WERROR}>:-Werror>)
target_compile_definitions(warrant_flags INTERFACE _GLIBCXX_ASSERTIONS)

if(WARRANT_WASM_CORE)
  return()
endif()

target_compile_options(warrant_flags INTERFACE
  -fstack-protector-strong -fcf-protection -ftrivial-auto-var-init=zero -ffunction-sections
  -fdata-sections $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE$<SEMICOLON>-D_FORTIFY_SOURCE=3>)
target_link_options(warrant_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(CheckPIESupported)
check_pie_supported()

if(WARRANT_SANITIZE)
  # vptr needs the type information that portable rooms are compiled without.
  target_compile_options(warrant_flags INTERFACE -fsanitize=${WARRANT_SANITIZE} -fno-sanitize=vptr
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(warrant_flags INTERFACE -fsanitize=${WARRANT_SANITIZE})
else()
  # A program of the property WARRANT_STATIC has all its libraries in itself.
  target_link_options(warrant_flags INTERFACE
    $<$<NOT:$<BOOL:$<TARGET_PROPERTY:WARRANT_STATIC>>>:-static-libstdc++$<SEMICOLON>-static-libgcc>
    -Wl,--gc-sections,-z,pack-relative-relocs)
endif()
