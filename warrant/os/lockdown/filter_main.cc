// SPDX-License-Identifier: Apache-2.0
// Writes the source of filter_bytes: every filter that a process of ours may load, and its digest.
// Run by the build: filter_main > filter_bytes.cc
#include <sodium/crypto_hash_sha256.h>

#include <array>
#include <bit>
#include <cinttypes>
#include <cstdio>

#include "warrant/os/lockdown/filter_builder.h"

namespace {

using warrant::os::lockdown::Parts;

std::array<unsigned char, crypto_hash_sha256_BYTES> digest_of(
    const std::vector<sock_filter>& program) {
  std::vector<unsigned char> bytes;
  for (const sock_filter& each : program) {
    const auto raw = std::bit_cast<std::array<unsigned char, sizeof each>>(each);
    bytes.insert(bytes.end(), raw.begin(), raw.end());
  }
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), bytes.data(), bytes.size());
  return digest;
}

void write_filter(unsigned number, Parts parts) {
  const auto program = warrant::os::lockdown::build_filter(parts);
  std::printf("constexpr sock_filter kFilter%u[] = {\n", number);
  for (const sock_filter& each : program) {
    std::printf("    {%#x, %u, %u, %#" PRIx32 "U},\n", unsigned{each.code}, unsigned{each.jt},
                unsigned{each.jf}, std::uint32_t{each.k});
  }
  std::printf("};\nconstexpr std::string_view kDigest%u = \"sha256:", number);
  for (const unsigned char byte : digest_of(program)) std::printf("%02x", unsigned{byte});
  std::printf("\";\n\n");
}

}  // namespace

int main() {
  std::printf(
      "// SPDX-License-Identifier: Apache-2.0\n// Made by the build from filter_table.h.\n"
      "#include \"warrant/os/lockdown/filter.h\"\n\n"
      "namespace warrant::os::lockdown {\nnamespace {\n\n");
  using enum warrant::os::lockdown::Part;
  using warrant::os::lockdown::bit;
  // By the bits of FilterFor; then the compiler's and the broker's two.
  for (unsigned number = 0; number < 8; ++number) {
    Parts parts = static_cast<Parts>(bit(kCommon) | bit(kExecutor));
    if ((number & 1U) != 0) parts = static_cast<Parts>(parts | bit(kSockets));
    if ((number & 2U) != 0) parts = static_cast<Parts>(parts | bit(kOverlay));
    if ((number & 4U) != 0) parts = static_cast<Parts>(parts | bit(kNetwork));
    write_filter(number, parts);
  }
  write_filter(8, static_cast<Parts>(bit(kCommon) | bit(kCompiler)));
  const auto broker = static_cast<Parts>(bit(kCommon) | bit(kExecutor) | bit(kBroker));
  write_filter(9, broker);
  write_filter(10, static_cast<Parts>(broker | bit(kNetwork)));
  std::printf(
      "}  // namespace\n\nFilter filter_of(unsigned number) noexcept {\n  switch (number) {\n");
  for (unsigned number = 0; number < 11; ++number) {
    std::printf("    case %u:\n      return {kFilter%u, kDigest%u};\n", number, number, number);
  }
  std::printf("    default:\n      return {};\n  }\n}\n\n}  // namespace warrant::os::lockdown\n");
  return std::ferror(stdout) != 0 || std::fflush(stdout) != 0 ? 1 : 0;
}
