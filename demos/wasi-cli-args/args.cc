// SPDX-License-Identifier: Apache-2.0
// wasi-cli-args: prints what it was launched with. Given no more than its name it says so and ends
// with 2. `show` as the first word prints every argument and variable as its length and its bytes
// in hex, so that nothing can be mistaken.
#include <cstdio>
#include <cstring>
#include <string_view>

extern "C" char** environ;

namespace {

void show(const char* word) {
  std::printf("[wasi-cli-args] %zu ", std::strlen(word));
  for (; *word != '\0'; ++word) std::printf("%02x", static_cast<unsigned char>(*word));
  std::puts("");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::puts("[wasi-cli-args] no launch parameters");
    return 2;
  }
  if (std::string_view(argv[1]) == "show") {
    for (int i = 0; i < argc; ++i) show(argv[i]);
    for (char** each = environ; each != nullptr && *each != nullptr; ++each) show(*each);
    return 0;
  }
  for (int i = 1; i < argc; ++i) std::printf("[wasi-cli-args] argv[%d]=%s\n", i, argv[i]);
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    std::printf("[wasi-cli-args] %s\n", *each);
  }
  return 0;
}
