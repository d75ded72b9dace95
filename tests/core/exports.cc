// SPDX-License-Identifier: Apache-2.0
// Doors of the core for its test in Node: plain numbers and addresses in, numbers out.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "warrant/base/bytes.h"
#include "warrant/codec/ed25519.h"
#include "warrant/codec/hash.h"
#include "warrant/codec/json.h"
#include "warrant/wasm/reader.h"

namespace warrant {
namespace {

std::span<const std::byte> in(const std::byte* from, std::size_t size) { return {from, size}; }

void out(std::span<const std::byte> bytes, std::byte* to) {
  std::copy(bytes.begin(), bytes.end(), to);
}

codec::SigningKey key_of(const std::byte* seed) {
  return codec::SigningKey(std::span<const std::byte, 32>(seed, 32));
}

}  // namespace

extern "C" {

[[clang::export_name("reserve")]] void* core_reserve(std::size_t size) { return std::malloc(size); }
[[clang::export_name("release")]] void core_release(void* made) { std::free(made); }

[[clang::export_name("sha256")]] void core_sha256(const std::byte* from, std::size_t size,
                                                  std::byte* to) {
  out(codec::sha256(in(from, size)).bytes(), to);
}

[[clang::export_name("hmac_sha256")]] void core_hmac(const std::byte* key, std::size_t key_size,
                                                     const std::byte* from, std::size_t size,
                                                     std::byte* to) {
  out(codec::hmac_sha256(in(key, key_size), in(from, size)).bytes(), to);
}

[[clang::export_name("ed25519_public")]] void core_public(const std::byte* seed, std::byte* to) {
  out(key_of(seed).public_key().bytes, to);
}

[[clang::export_name("ed25519_sign")]] void core_sign(const std::byte* seed, const std::byte* from,
                                                      std::size_t size, std::byte* to) {
  out(key_of(seed).sign(in(from, size)).bytes, to);
}

[[clang::export_name("ed25519_verify")]] int core_verify(const std::byte* key,
                                                         const std::byte* from, std::size_t size,
                                                         const std::byte* signature) {
  codec::PublicKey public_key;
  codec::Signature given;
  std::copy_n(key, public_key.bytes.size(), public_key.bytes.begin());
  std::copy_n(signature, given.bytes.size(), given.bytes.begin());
  return codec::verify(public_key, in(from, size), given) ? 1 : 0;
}

// The size of the canonical form, written over the text; -1 for what is not JSON or grew.
[[clang::export_name("canonical_json")]] int core_json(std::byte* text, std::size_t size) {
  codec::JsonDiagnosis why;
  const auto value = codec::parse_json(text_of(in(text, size)), {}, why);
  if (!value) return -1;
  const std::string printed = codec::print_canonical(*value);
  if (printed.size() > size) return -1;
  out(bytes_of(printed), text);
  return static_cast<int>(printed.size());
}

// How many functions the module exports or imports; -1 for what cannot be read.
[[clang::export_name("count_externs")]] int core_externs(const std::byte* from, std::size_t size) {
  wasm::Diagnosis why;
  const auto info = wasm::read_module(in(from, size), wasm::ReadDepth::kDeep, {}, why);
  return info ? static_cast<int>(info->imports.size() + info->exports.size()) : -1;
}

}  // extern "C"
}  // namespace warrant
