// SPDX-License-Identifier: Apache-2.0
#pragma once
// One call of a WASI function while it is being answered: arguments, guest memory, descriptors,
// records.
//
// Keeps the order that every function follows (preview1.md section 2): place() each pointer in
// parameter order, then take_vectors(), then flags, find(), the kind, check(), path syntax, the
// world; put() comes last and only on success. A method that says false has filled the exit record:
// answer Answer::end().
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "warrant/audit/event.h"
#include "warrant/base/check.h"
#include "warrant/cap/reason.h"
#include "warrant/wasi_p1/abi.h"
#include "warrant/wasi_p1/context.h"
#include "warrant/wasi_p1/errno.h"
#include "warrant/wasm/host_function.h"

namespace warrant::wasi_p1 {

class Answer {
 public:
  constexpr Answer(Errno code) noexcept : code_(code) {}  // NOLINT: an errno converts
  static constexpr Answer end() noexcept {
    Answer answer(Errno::kSuccess);
    answer.result_ = wasm::HostResult::kEnd;
    return answer;
  }
  constexpr bool ends() const noexcept { return result_ == wasm::HostResult::kEnd; }
  constexpr Errno code() const noexcept { return code_; }

 private:
  Errno code_;
  wasm::HostResult result_ = wasm::HostResult::kReturn;
};

// What an event is about. Views die with the call.
struct Subject {
  audit::Kind kind = audit::Kind::kFs;
  cap::GrantIndex grant = cap::kNoGrant;
  std::string_view path = {};
  std::string_view second_path = {};
};

// A guest's list of ranges, all inside its memory; cut to the byte limit of one call.
struct Vectors {
  std::span<const Buffer> buffers;
  std::uint64_t bytes = 0;
};

class Call {
 public:
  Call(const wasm::HostFunction& self, wasm::HostCall& host, const wasm::Slot* slots,
       Snapshot snapshot) noexcept
      : self_(self),
        host_(host),
        slots_(slots),
        context_(static_cast<Context*>(host.state)),
        snapshot_(snapshot) {
    WARRANT_CHECK(context_ != nullptr);
    context_->tick();
  }

  std::uint32_t u32(std::size_t index) const noexcept { return slots_[index].u32(); }
  std::uint64_t u64(std::size_t index) const noexcept { return slots_[index].u64(); }
  Context& context() noexcept { return *context_; }
  Scratch& scratch() noexcept { return context_->scratch(); }
  wasm::GuestMemory& memory() noexcept { return host_.memory; }
  wasm::ExitRecord& exit() noexcept { return host_.exit; }
  Snapshot snapshot() const noexcept { return snapshot_; }
  std::string_view operation() const noexcept { return self_.name; }

  // (a) A range that is aligned and inside memory, or empty.
  bool place(std::string_view parameter, std::uint32_t address, std::uint64_t length,
             std::uint32_t alignment) noexcept {
    if (length == 0) return true;
    if ((address & (alignment - 1)) != 0) {
      return fault(parameter, address, wasm::TrapCode::kHeapMisaligned);
    }
    if (!host_.memory.contains(address, length)) {
      return fault(parameter, address, wasm::TrapCode::kMemoryOutOfBounds);
    }
    return true;
  }
  bool place_vectors(std::string_view parameter, std::uint32_t address,
                     std::uint32_t count) noexcept {
    return place(parameter, address, std::uint64_t{count} * sizeof(Iovec), alignof(Iovec));
  }
  // The placed list and every range in it. `count` is at most vector_limit().
  bool take_vectors(std::string_view parameter, std::uint32_t address, std::uint32_t count,
                    Vectors& vectors) noexcept;
  std::uint32_t vector_limit() const noexcept { return context_->limits().vectors; }

  // (c) Null: answer not_open(fd).
  Entry* find(std::uint32_t fd) noexcept { return context_->table().find(fd); }
  Errno not_open(std::uint32_t fd);
  // The same where a directory for that path is wanted. -1 is how a library says that it found
  // none: the first is noted with its path.
  Errno no_directory(std::uint32_t fd, std::string_view path);

  // (e) Both masks. kSuccess, or what to answer (recorded).
  Errno check(const Entry& entry, Rights wanted) {
    return has(entry, wanted) ? Errno::kSuccess : lacking(entry, wanted, subject(entry));
  }
  Errno check_at(const Entry& entry, Rights wanted, std::string_view path) {
    return has(entry, wanted) ? Errno::kSuccess : lacking(entry, wanted, subject_at(entry, path));
  }
  static bool has(const Entry& entry, Rights wanted) noexcept {
    return covers(intersect(entry.grant, entry.base), wanted);
  }
  Errno lacking(const Entry& entry, Rights wanted, const Subject& about);

  // Copies the bytes of a placed path into scratch buffer `which`; one that is too long is cut at
  // 4,096 bytes, which GuestPath::parse refuses.
  std::string_view take_path(std::uint32_t address, std::uint32_t length,
                             std::size_t which) noexcept;

  static Subject subject(const Entry& entry) noexcept;
  // About a path beneath a directory. The text lies in scratch buffer `which`.
  Subject subject_at(const Entry& directory, std::string_view path) noexcept {
    return {subject(directory).kind, directory.grant_index, full_path(directory, path, 0), {}};
  }
  std::string_view full_path(const Entry& directory, std::string_view path,
                             std::size_t which) noexcept;

  // Records. Each returns what it was given, or made of it, for the guest.
  Errno deny(Errno code, cap::Reason reason, const Subject& about);
  Errno note(Errno code, cap::Reason reason, const Subject& about);
  // An error of a capability: a denial is recorded as one, other errors where the rules say so.
  Errno fail(const Error& error, const Subject& about);
  // Before what cannot be taken back. False: it could not be put on record and must not happen;
  // the run is being ended, so what is answered reaches nobody.
  [[nodiscard]] bool intends(const Subject& about) { return intends(self_.name, about); }
  [[nodiscard]] bool intends(std::string_view operation, const Subject& about);
  // The same for the first bytes that leave by a descriptor; its total is told when it is closed.
  [[nodiscard]] bool announces(Entry& entry) {
    if (entry.announced) return true;
    entry.announced = true;
    return intends(subject(entry));
  }
  void did(const Subject& about, std::uint64_t bytes);
  void did(std::string_view operation, const Subject& about, std::uint64_t bytes);

  // Into a placed out pointer.
  template <typename T>
  Errno put(std::uint32_t address, const T& value) noexcept {
    WARRANT_CHECK(host_.memory.store(address, value));
    return Errno::kSuccess;
  }

 private:
  bool fault(std::string_view parameter, std::uint64_t address, wasm::TrapCode code) noexcept;
  void record(audit::Decision decision, Errno code, cap::Reason reason, const Subject& about);

  const wasm::HostFunction& self_;
  wasm::HostCall& host_;
  const wasm::Slot* slots_;
  Context* context_;
  Snapshot snapshot_;
};

}  // namespace warrant::wasi_p1
