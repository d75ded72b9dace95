// SPDX-License-Identifier: Apache-2.0
#pragma once
// Values that guests may use but never see, found by the name that the operator gave them.
//
// A value is 8 to 8,192 bytes of 0x21 to 0x7E and inner spaces: whoever makes a Secrets refuses
// others, because what is shorter could not be redacted. SecretText wipes its bytes when it goes
// and never prints; it does not keep them out of swap or cores, the source does. One thread.
// Spec: egress.md section 12, grants.md section 2.
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "warrant/base/result.h"

namespace warrant::cap {

inline constexpr std::size_t kSecretMin = 8;
inline constexpr std::size_t kSecretMax = 8'192;

bool is_secret_value(std::string_view text) noexcept;

// Overwrites the bytes in a way that no compiler leaves out.
void wipe(std::string& text) noexcept;

class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(std::string text) noexcept : text_(std::move(text)) {}
  SecretText(const SecretText&) = default;
  SecretText& operator=(const SecretText& other) {
    if (this != &other) *this = SecretText(other);
    return *this;
  }
  SecretText(SecretText&& other) noexcept : text_(std::move(other.text_)) { wipe(other.text_); }
  SecretText& operator=(SecretText&& other) noexcept {
    if (this != &other) {
      wipe(text_);
      text_ = std::move(other.text_);
      wipe(other.text_);
    }
    return *this;
  }
  ~SecretText() { wipe(text_); }

  std::string_view text() const noexcept WARRANT_LIFETIMEBOUND { return text_; }

 private:
  std::string text_;
};

class Secrets {
 public:
  virtual ~Secrets() = default;
  virtual bool has(std::string_view reference) const noexcept = 0;
  // The value, read or asked for once a run. kNoEntry: no such reference; other errors: its source
  // failed, and nothing is sent.
  virtual Result<SecretText> reveal(std::string_view reference) = 0;
  // References whose value was revealed in this run; for the matcher in front of every sink.
  virtual std::vector<std::string> references() const = 0;
};

}  // namespace warrant::cap
