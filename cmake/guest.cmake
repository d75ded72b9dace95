# Test guests from C and C++, built at build time by tools/c_guest.
#   warrant_c_guest(cat [SRCS guests/probes/cat.c] [DEPENDS header.h …] [FLAGS …])
#                                           -> target guest_cat, <build>/guests/cat.wasm
#   warrant_needs_guests(TARGET cat hello)  TARGET is built after them and sees the folder as the
#                                           macro WARRANT_GUESTS (a string literal)
# Sources are relative to the repository; without SRCS it is guests/probes/NAME.c.
set(WARRANT_GUESTS_DIR ${CMAKE_BINARY_DIR}/guests)
include_guard(GLOBAL)

function(warrant_c_guest name)
  cmake_parse_arguments(G "" "" "SRCS;DEPENDS;FLAGS" ${ARGN})
  if(TARGET guest_${name})
    return()
  endif()
  if(NOT G_SRCS)
    set(G_SRCS guests/probes/${name}.c)
  endif()
  list(TRANSFORM G_SRCS PREPEND ${PROJECT_SOURCE_DIR}/)
  list(TRANSFORM G_DEPENDS PREPEND ${PROJECT_SOURCE_DIR}/)
  set(binary ${WARRANT_GUESTS_DIR}/${name}.wasm)
  add_custom_command(OUTPUT ${binary}
    COMMAND ${PROJECT_SOURCE_DIR}/tools/c_guest ${binary} ${G_SRCS} -- ${G_FLAGS}
    DEPENDS ${G_SRCS} ${G_DEPENDS} ${PROJECT_SOURCE_DIR}/tools/c_guest VERBATIM)
  add_custom_target(guest_${name} DEPENDS ${binary})
endfunction()

function(warrant_needs_guests target)
  foreach(name ${ARGN})
    warrant_c_guest(${name})
    add_dependencies(${target} guest_${name})
  endforeach()
  target_compile_definitions(${target} PRIVATE WARRANT_GUESTS="${WARRANT_GUESTS_DIR}")
endfunction()
