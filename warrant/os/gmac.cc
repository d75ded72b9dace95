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

}  // namespace

class Gmac final : public cap::BodyDigest {
 public:
  Gmac(GmacMaker& maker, void* context)
      : crypto_(*maker.crypto_), context_(context), maker_(maker), key_(maker.key_number_) {}
  ~Gmac() override { maker_.give_back(context_, key_); }

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
  GmacMaker& maker_;
  std::uint64_t key_;  // its number
  bool good_ = true;
};

GmacMaker::~GmacMaker() {
  if (idle_ != nullptr) crypto_->context_free(idle_);
}

void GmacMaker::give_back(void* context, std::uint64_t key_number) noexcept {
  if (key_number == key_number_) std::swap(context, idle_);
  if (context != nullptr) crypto_->context_free(context);
}

std::unique_ptr<cap::BodyDigest> GmacMaker::start(const CryptoLibrary& crypto,
                                                  std::span<const std::byte, 32> key) {
  if (!crypto.complete()) return nullptr;
  constexpr std::array<unsigned char, 12> kNonce{};
  void* idle = std::exchange(idle_, nullptr);
  const bool known = key_number_ > 0 && std::equal(key.begin(), key.end(), key_.begin());
  if (idle != nullptr) {
    // A context under this key needs no key schedule and no look-up of the cipher.
    if (known && crypto.encrypt_init(idle, nullptr, nullptr, nullptr, kNonce.data()) == 1) {
      return std::make_unique<Gmac>(*this, idle);
    }
    crypto.context_free(idle);
  }
  idle = crypto.context_new();
  if (idle == nullptr) return nullptr;
  if (!known) {
    crypto_ = &crypto;
    std::copy(key.begin(), key.end(), key_.begin());
    ++key_number_;
  }
  if (crypto.encrypt_init(idle, crypto.aes_256_gcm(), nullptr, bytes_of(key.data()),
                          kNonce.data()) == 1) {
    return std::make_unique<Gmac>(*this, idle);
  }
  crypto.context_free(idle);
  return nullptr;
}

}  // namespace warrant::os
