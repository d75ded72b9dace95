// SPDX-License-Identifier: Apache-2.0
// What compiled code is judged by, held against what the compiler's library finds out itself.
#include <gtest/gtest.h>
#include <warrant_wt.h>

#include <string_view>

namespace warrant::engine {
namespace {

int has(std::string_view name) { return warrant_wt_processor_has(name.data(), name.size()); }

#if defined(__x86_64__)
TEST(Processor, HasWhatTheCompilersLibraryFinds) {
  __builtin_cpu_init();
#define WARRANT_AGREES(name, known) EXPECT_EQ(has(name), __builtin_cpu_supports(known) != 0) << name
  WARRANT_AGREES("sse3", "sse3");
  WARRANT_AGREES("ssse3", "ssse3");
  WARRANT_AGREES("sse4.1", "sse4.1");
  WARRANT_AGREES("sse4.2", "sse4.2");
  WARRANT_AGREES("popcnt", "popcnt");
  WARRANT_AGREES("cmpxchg16b", "cmpxchg16b");
  WARRANT_AGREES("lzcnt", "lzcnt");
  WARRANT_AGREES("bmi1", "bmi");
  WARRANT_AGREES("bmi2", "bmi2");
  WARRANT_AGREES("fma", "fma");
  WARRANT_AGREES("avx", "avx");
  WARRANT_AGREES("avx2", "avx2");
  WARRANT_AGREES("avxvnni", "avxvnni");
  WARRANT_AGREES("avx512f", "avx512f");
  WARRANT_AGREES("avx512dq", "avx512dq");
  WARRANT_AGREES("avx512vl", "avx512vl");
  WARRANT_AGREES("avx512vbmi", "avx512vbmi");
  WARRANT_AGREES("avx512vnni", "avx512vnni");
  WARRANT_AGREES("avx512bitalg", "avx512bitalg");
#undef WARRANT_AGREES
}
#endif

TEST(Processor, SaysThatItDoesNotKnowAName) {
  for (const char* name : {"", "avx3", "AVX", "sse3 "}) EXPECT_EQ(has(name), -1) << name;
}

}  // namespace
}  // namespace warrant::engine
