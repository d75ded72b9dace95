# Test guests in the text format, assembled at build time by wat2wasm (Debian package wabt).
#   warrant_wat(TARGET name.wat …)   names are relative to tests/guests, or absolute
# The binaries are <build>/guests/name.wasm; TARGET is built after them and sees that folder as the
# macro WARRANT_GUESTS (a string literal). Nothing is validated: a guest may be wrong on purpose.
include_guard(GLOBAL)
find_program(WARRANT_WAT2WASM wat2wasm REQUIRED)

function(warrant_wat target)
  set(guests ${CMAKE_BINARY_DIR}/guests)
  file(MAKE_DIRECTORY ${guests})
  foreach(source ${ARGN})
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/tests/guests)
    cmake_path(GET source STEM LAST_ONLY name)
    if(NOT TARGET wat_${name})
      set(binary ${guests}/${name}.wasm)
      add_custom_command(OUTPUT ${binary}
        COMMAND ${WARRANT_WAT2WASM} --enable-all --no-check --debug-names ${source} -o ${binary}
        DEPENDS ${source} VERBATIM)
      add_custom_target(wat_${name} DEPENDS ${binary})
    endif()
    add_dependencies(${target} wat_${name})
  endforeach()
  target_compile_definitions(${target} PRIVATE WARRANT_GUESTS="${guests}")
endfunction()
