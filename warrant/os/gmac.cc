// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/gmac.h"

#include <algorithm>

namespace warrant::os {
namespace {

constexpr int kGetTag = 0x10;  // EVP_CTRL_AEAD_GET_TAG
constexpr std::size_t kMostAtOnce = 1U << 30;

const unsigned char* bytes_of(const std::byte* at) noexcept {
  return reinterpret_cast<const unsigned char*>(at);  // NOLINT: OpenSSL's word for bytes
}

class Gmac final : public cap::BodyDigest {
 public:
  Gmac(const CryptoLibrary& crypto, void* context) : crypto_(crypto), context_(context) {}
  ~Gmac() override { crypto_.context_free(context_); }

  void update(std::span<const std::byte> bytes) noexcept override {
    int size = 0;
    while (!bytes.empty()) {
      const auto piece = bytes.first(std::min(bytes.size(), kMostAtOnce));
      good_ = good_ && crypto_.encrypt_update(context_, nullptr, &size, bytes_of(piece.data()),
                                              static_cast<int>(piece.size())) == 1;
      bytes = bytes.subspan(piece.size());
    }
  }

  cap::BodyTag finish() noexcept override {
    cap::BodyTag tag{};
    std::array<unsigned char, 16> rest{};
    int size = 0;
    good_ =
        good_ && crypto_.encrypt_final(context_, rest.data(), &size) == 1 &&
        crypto_.context_control(context_, kGetTag, static_cast<int>(tag.size()), tag.data()) == 1;
    if (!good_) tag.fill(std::byte{0});
    return tag;
  }

 private:
  const CryptoLibrary& crypto_;
  void* context_;
  bool good_ = true;
};

}  // namespace

std::unique_ptr<cap::BodyDigest> start_gmac(const CryptoLibrary& crypto,
                                            std::span<const std::byte, 32> key) {
  if (!crypto.complete()) return nullptr;
  void* const context = crypto.context_new();
  if (context == nullptr) return nullptr;
  auto made = std::make_unique<Gmac>(crypto, context);
  constexpr std::array<unsigned char, 12> kNonce{};
  if (crypto.encrypt_init(context, crypto.aes_256_gcm(), nullptr, bytes_of(key.data()),
                          kNonce.data()) != 1) {
    return nullptr;
  }
  return made;
}

}  // namespace warrant::os
