// SPDX-License-Identifier: Apache-2.0
#include "warrant/wasm/producers.h"

#include <cstdint>
#include <optional>

#include "warrant/codec/leb128.h"

namespace warrant::wasm {
namespace {

constexpr std::size_t kHeader = 8;
constexpr std::size_t kMaxProducers = 64;

class Bytes {
 public:
  explicit Bytes(std::span<const std::byte> bytes) : bytes_(bytes) {}
  bool empty() const noexcept { return at_ == bytes_.size(); }
  std::optional<std::uint32_t> number() {
    std::uint32_t value = 0;
    if (codec::read_leb<32>(bytes_, at_, value) != codec::LebRead::kOk) return std::nullopt;
    return value;
  }
  std::optional<std::span<const std::byte>> take(std::size_t size) {
    if (size > bytes_.size() - at_) return std::nullopt;
    at_ += size;
    return bytes_.subspan(at_ - size, size);
  }
  std::optional<std::string> text() {
    const auto size = number();
    if (!size) return std::nullopt;
    const auto taken = take(*size);
    if (!taken) return std::nullopt;
    std::string text;
    text.reserve(taken->size());
    for (const std::byte each : *taken) text += static_cast<char>(each);
    return text;
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

void read_section(Bytes& section, std::vector<Producer>& to) {
  const auto fields = section.number();
  for (std::uint32_t i = 0; fields && i < *fields; ++i) {
    const auto field = section.text();
    const auto count = section.number();
    if (!field || !count) return;
    for (std::uint32_t k = 0; k < *count; ++k) {
      auto name = section.text();
      auto version = section.text();
      if (!name || !version || to.size() == kMaxProducers) return;
      to.push_back({*field, *std::move(name), *std::move(version)});
    }
  }
}

}  // namespace

std::vector<Producer> read_producers(std::span<const std::byte> bytes) {
  std::vector<Producer> producers;
  if (bytes.size() < kHeader) return producers;
  Bytes rest(bytes.subspan(kHeader));
  while (!rest.empty()) {
    const auto id = rest.take(1);
    const auto size = rest.number();
    const auto content = size ? rest.take(*size) : std::nullopt;
    if (!id || !content) return producers;
    if (id->front() != std::byte{0}) continue;
    Bytes section(*content);
    if (const auto name = section.text(); name && *name == "producers") {
      read_section(section, producers);
    }
  }
  return producers;
}

}  // namespace warrant::wasm
