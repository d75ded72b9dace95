// SPDX-License-Identifier: Apache-2.0
#pragma once
// Host descriptors as types: OwnedFd closes, BorrowedFd does not, neither turns into a number
// unasked.
//
// Nothing here ever meets a guest's descriptor number (wasi_p1 has its own type for those).
#include <utility>

#include "warrant/os/kernel_call.h"

namespace warrant::os {

class BorrowedFd {
 public:
  BorrowedFd() noexcept = default;
  explicit BorrowedFd(int number) noexcept : number_(number) {}
  int number() const noexcept { return number_; }
  bool is_open() const noexcept { return number_ >= 0; }

 private:
  int number_ = -1;
};

class OwnedFd {
 public:
  OwnedFd() noexcept = default;
  explicit OwnedFd(int number) noexcept : number_(number) {}
  OwnedFd(OwnedFd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;
  ~OwnedFd() { reset(); }

  int number() const noexcept { return number_; }
  bool is_open() const noexcept { return number_ >= 0; }
  BorrowedFd borrow() const noexcept { return BorrowedFd(number_); }
  int release() noexcept { return std::exchange(number_, -1); }
  void reset() noexcept {
    if (number_ >= 0) kernel_call(SYS_close, std::exchange(number_, -1));
  }

 private:
  int number_ = -1;
};

}  // namespace warrant::os
