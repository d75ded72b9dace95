// SPDX-License-Identifier: Apache-2.0
#pragma once
// Storage of closed objects kept for the next ones of their class: opening and closing in steady
// state asks the allocator for nothing.
//
// Each thread keeps up to 64 pieces a class. Sanitizer builds use the allocator directly, so that a
// use after close is seen.
#include <cstddef>
#include <new>

namespace warrant::os {

template <typename T>
class Recycled {
 public:
#if !defined(__SANITIZE_ADDRESS__)
  static void* operator new(std::size_t size) {
    Shelf& shelf = local();
    if (size != sizeof(T) || shelf.head == nullptr) return ::operator new(size);
    Piece* piece = shelf.head;
    shelf.head = piece->next;
    --shelf.count;
    return piece;
  }
  static void operator delete(void* storage, std::size_t size) noexcept {
    Shelf& shelf = local();
    if (size != sizeof(T) || shelf.count >= kKept) return ::operator delete(storage, size);
    shelf.head = new (storage) Piece{shelf.head};
    ++shelf.count;
  }

 private:
  static constexpr std::size_t kKept = 64;
  struct Piece {
    Piece* next;
  };
  struct Shelf {
    Piece* head = nullptr;
    std::size_t count = 0;
    ~Shelf() {
      count = kKept;  // what is deleted after this goes to the allocator
      while (head != nullptr) {
        Piece* next = head->next;
        ::operator delete(head, sizeof(T));
        head = next;
      }
    }
  };
  static Shelf& local() noexcept {
    static thread_local Shelf shelf;
    return shelf;
  }
#endif
};

}  // namespace warrant::os
