# Three backings of a granted directory, with the arena of tests/escape.
find_package(GTest REQUIRED)
warrant_fuzz(path_walk SRC tests/escape/path_walk_fuzz.cc USES os memfs cap LIBS GTest::gtest)
target_sources(fuzz_path_walk PRIVATE
  ${PROJECT_SOURCE_DIR}/tests/escape/plans.cc ${PROJECT_SOURCE_DIR}/tests/escape/arena.cc
  ${PROJECT_SOURCE_DIR}/tests/contract/world.cc)
target_include_directories(fuzz_path_walk PRIVATE ${PROJECT_SOURCE_DIR})
# The rooms have no RTTI, which that one check takes for wrong objects.
target_compile_options(fuzz_path_walk PRIVATE -fno-sanitize=vptr)
