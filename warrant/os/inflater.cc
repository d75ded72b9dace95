// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/inflater.h"

#include <zlib.h>

#include <array>
#include <mutex>
#include <optional>
#include <vector>

#include "warrant/os/dynamic_library.h"

namespace warrant::os {
namespace {

constexpr std::size_t kPiece = 16'384;
constexpr int kGzipOnly = 15 + 16;  // the largest window, a gzip header

struct Zlib {
  decltype(&inflateInit2_) init = nullptr;
  decltype(&::inflate) inflate = nullptr;
  decltype(&inflateReset) reset = nullptr;
  decltype(&inflateEnd) end = nullptr;
};

std::optional<Zlib> load(Ambient ambient) {
  DynamicLibrary library(ambient, kZlibName);
  Zlib zlib;
  library.find("inflateInit2_", zlib.init);
  library.find("inflate", zlib.inflate);
  library.find("inflateReset", zlib.reset);
  library.find("inflateEnd", zlib.end);
  if (!library.complete()) return std::nullopt;
  return zlib;
}

const std::optional<Zlib>& loaded(Ambient ambient) {
  static const std::optional<Zlib> zlib = load(ambient);
  return zlib;
}

class Layer {
 public:
  explicit Layer(const Zlib& zlib) noexcept : zlib_(zlib) {
    good_ = zlib_.init(&stream_, kGzipOnly, ZLIB_VERSION, static_cast<int>(sizeof stream_)) == Z_OK;
  }
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;
  ~Layer() { zlib_.end(&stream_); }

  Inflater::Fed feed(std::span<const std::byte> coded, Inflater::Taker& taker);
  bool at_end() const noexcept { return ended_ || !begun_; }
  std::size_t left() const noexcept { return stream_.avail_in; }

 private:
  const Zlib& zlib_;
  z_stream stream_{};
  std::array<std::byte, kPiece> piece_;
  bool good_ = false;
  bool begun_ = false;
  bool ended_ = false;
};

Inflater::Fed Layer::feed(std::span<const std::byte> coded, Inflater::Taker& taker) {
  if (!good_) return Inflater::Fed::kBad;
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(coded.data()));  // NOLINT: zlib
  stream_.avail_in = static_cast<uInt>(coded.size());
  if (!coded.empty()) begun_ = true;
  bool full = false;
  while (stream_.avail_in > 0 || full) {
    if (ended_) {  // members may follow each other
      if (zlib_.reset(&stream_) != Z_OK) return Inflater::Fed::kBad;
      ended_ = false;
    }
    stream_.next_out = reinterpret_cast<Bytef*>(piece_.data());  // NOLINT: zlib
    stream_.avail_out = kPiece;
    const int done = zlib_.inflate(&stream_, Z_NO_FLUSH);
    if (done != Z_OK && done != Z_STREAM_END && done != Z_BUF_ERROR) return Inflater::Fed::kBad;
    ended_ = done == Z_STREAM_END;
    full = stream_.avail_out == 0 && !ended_;
    const std::span made = std::span(piece_).first(kPiece - stream_.avail_out);
    if (!made.empty() && !taker.take(made)) return Inflater::Fed::kStopped;
    if (done == Z_BUF_ERROR && made.empty()) break;
  }
  return Inflater::Fed::kAll;
}

// The outermost layer feeds the next one, and the last one the taker.
class Layers final : public Inflater {
 public:
  Layers(const Zlib& zlib, unsigned count) {
    for (unsigned i = 0; i < count; ++i) layers_.push_back(std::make_unique<Layer>(zlib));
  }
  Fed feed(std::span<const std::byte> coded, Taker& taker) override {
    return feed_from(0, coded, taker);
  }
  std::size_t left() const noexcept override { return layers_.front()->left(); }
  bool at_end() const noexcept override {
    for (const auto& layer : layers_) {
      if (!layer->at_end()) return false;
    }
    return true;
  }

 private:
  class Next final : public Taker {
   public:
    Next(Layers& layers, std::size_t index, Taker& last) noexcept
        : layers_(layers), index_(index), last_(last) {}
    bool take(std::span<const std::byte> decoded) override {
      result_ = layers_.feed_from(index_, decoded, last_);
      return result_ == Fed::kAll;
    }
    Fed result() const noexcept { return result_; }

   private:
    Layers& layers_;
    std::size_t index_;
    Taker& last_;
    Fed result_ = Fed::kAll;
  };

  Fed feed_from(std::size_t index, std::span<const std::byte> coded, Taker& taker) {
    if (index + 1 == layers_.size()) return layers_[index]->feed(coded, taker);
    Next next(*this, index + 1, taker);
    const Fed fed = layers_[index]->feed(coded, next);
    return fed == Fed::kStopped ? next.result() : fed;
  }

  std::vector<std::unique_ptr<Layer>> layers_;
};

}  // namespace

Result<std::unique_ptr<Inflater>> Inflater::make(Ambient ambient, unsigned layers) {
  const std::optional<Zlib>& zlib = loaded(ambient);
  if (!zlib || layers == 0) return Error{Errc::kNotSupported, 0, "inflate"};
  return std::unique_ptr<Inflater>(std::make_unique<Layers>(*zlib, layers));
}

}  // namespace warrant::os
