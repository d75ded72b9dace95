// SPDX-License-Identifier: Apache-2.0
#pragma once
// Body digests by AES-256-GMAC of the OpenSSL that libcurl brings: some twenty times as fast as
// SHA-256 without the processor's help.
//
// start() is nullptr where a function is missing or refuses; then codec's own are used. The nonce
// is fixed, which is sound only because no tag leaves the process (cap/body_digest.h).
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "warrant/cap/body_digest.h"

namespace warrant::os {

// Of libcrypto, by their names there; all or none.
struct CryptoLibrary {
  void* (*context_new)() = nullptr;
  void (*context_free)(void* context) = nullptr;
  const void* (*aes_256_gcm)() = nullptr;
  int (*encrypt_init)(void* context, const void* cipher, void* engine, const unsigned char* key,
                      const unsigned char* nonce) = nullptr;
  int (*encrypt_update)(void* context, unsigned char* out, int* out_size, const unsigned char* in,
                        int in_size) = nullptr;
  int (*encrypt_final)(void* context, unsigned char* out, int* out_size) = nullptr;
  int (*context_control)(void* context, int what, int size, void* value) = nullptr;

  bool complete() const noexcept { return context_control != nullptr; }
};

// Keeps the context of the last digest: one that is asked for under the same key is set up already.
class GmacMaker {
 public:
  GmacMaker() = default;
  GmacMaker(const GmacMaker&) = delete;
  GmacMaker& operator=(const GmacMaker&) = delete;
  ~GmacMaker();
  // The digest does not outlive this or the library.
  std::unique_ptr<cap::BodyDigest> start(const CryptoLibrary& crypto,
                                         std::span<const std::byte, 32> key);

 private:
  friend class Gmac;
  // Of a digest that is over; kept where it is under the key in use.
  void give_back(void* context, std::uint64_t key_number) noexcept;

  const CryptoLibrary* crypto_ = nullptr;
  std::array<std::byte, 32> key_{};
  std::uint64_t key_number_ = 0;
  void* idle_ = nullptr;
};

}  // namespace warrant::os
