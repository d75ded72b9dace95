// SPDX-License-Identifier: Apache-2.0
#pragma once
// Takes gzip apart in bounded pieces, layer by layer, by zlib, which is loaded when first needed.
//
// feed() hands out decoded pieces of at most 16 KiB as they come and stops as soon as the taker
// says so, so that a few bytes never become more memory than one piece a layer. Judges neither
// sizes nor ratios: the taker does. One thread. Spec: egress.md section 13.
#include <cstddef>
#include <memory>
#include <span>

#include "warrant/base/result.h"
#include "warrant/os/ambient.h"

namespace warrant::os {

inline constexpr const char* kZlibName = "libz.so.1";

class Inflater {
 public:
  enum class Fed : std::uint8_t { kAll, kStopped, kBad };
  class Taker {
   public:
    virtual bool take(std::span<const std::byte> decoded) = 0;  // false: stop

   protected:
    ~Taker() = default;
  };

  // `layers` of gzip, at least one. kNotSupported: no zlib.
  static Result<std::unique_ptr<Inflater>> make(Ambient ambient, unsigned layers);
  virtual ~Inflater() = default;
  virtual Fed feed(std::span<const std::byte> coded, Taker& taker) = 0;
  // Of the bytes that are being fed, those that nothing was made of yet.
  virtual std::size_t left() const noexcept = 0;
  // Whether the coded text came to its end; nothing at all counts as an empty body.
  virtual bool at_end() const noexcept = 0;
};

}  // namespace warrant::os
