// SPDX-License-Identifier: Apache-2.0
#pragma once
// Events of one run between two flushes, as binary records made in place in one block of memory:
// keeping one costs a copy of it and of its texts and nothing else.
//
// Texts of guests are kept up to 256 bytes and a margin that the matcher of secrets wants, and the
// record knows how long they were; paths of files whole, which no sender makes longer than 8 KiB.
// What looks at a file without changing it may be counted with a record of the same use of the same
// file that is here already, as long as nothing else was kept after that one. Views into the ring
// die with clear(). One thread. Spec: audit.md sections 1 and 7.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "warrant/audit/event.h"

namespace warrant::audit {

struct Stamp {
  std::uint64_t seq = 0;
  std::uint64_t t = 0;  // wall clock, microseconds
  bool intent = false;  // told before it happens
};

struct Record {
  Stamp stamp;
  Event event;                   // its texts lie in the ring
  std::uint32_t path_bytes = 0;  // before it was cut
  std::uint32_t second_path_bytes = 0;
  std::uint64_t count = 1;  // of uses; the event's bytes are those of all of them
  std::size_t size = 0;     // with its texts, to where the next one begins
};

class Ring {
 public:
  // `margin`: bytes of a text kept beyond what is shown.
  explicit Ring(std::size_t margin);
  enum class Repeats : std::uint8_t { kAreKept, kMayBeCounted };
  // False: there is no room; what is there must be flushed first.
  bool keep(const Event& event, const Stamp& stamp, Repeats repeats = Repeats::kAreKept) noexcept;
  // Adds the event to the record of one like it, kept with kMayBeCounted; false: there is none.
  bool count_with_like(const Event& event) noexcept;
  // What comes later is counted with nothing that is here.
  void end_counts() noexcept { ++generation_; }
  void set_margin(std::size_t margin) noexcept;
  bool empty() const noexcept { return used_ == 0; }
  void clear() noexcept {
    used_ = 0;
    end_counts();
  }
  template <typename Take>
  void for_each(Take take) const;

 private:
  static constexpr std::size_t kBytes = 64U << 10;
  static constexpr std::size_t kMostWholePath = 8U << 10;
  std::size_t most_ = 0;
  // Where a record is with which others may be counted, by a few bits of what it is about: what is
  // pushed out by another gets a record of its own once more.
  struct Place {
    std::uint64_t generation = 0;
    std::size_t at = 0;
  };
  static constexpr std::size_t kPlaces = 64;
  Place& place_of(const Event& event) noexcept;
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t used_ = 0;
  std::array<Place, kPlaces> places_ = {};
  std::uint64_t generation_ = 1;
};

template <typename Take>
void Ring::for_each(Take take) const {
  for (std::size_t at = 0; at < used_;) {
    const void* const here = bytes_.get() + at;
    const Record& record = *std::launder(static_cast<const Record*>(here));
    at += record.size;
    take(record);
  }
}

}  // namespace warrant::audit
