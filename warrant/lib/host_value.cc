// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/host_value.h"

#include <algorithm>

#include "warrant/base/bytes.h"
#include "warrant/wasi_p1/errno.h"

namespace warrant::lib {

void HostArguments::trap(std::uint64_t address) noexcept {
  trapped_ = true;
  call_.exit = {.kind = wasm::ExitRecord::Kind::kAbiFault,
                .function = "a host function",
                .parameter = "pointer",
                .address = address,
                .fault = wasm::TrapCode::kMemoryOutOfBounds};
}

std::string HostArguments::next_bytes() {
  const std::uint32_t at = next_u32();
  const std::uint32_t size = next_u32();
  if (failed()) return {};
  if (!call_.memory.contains(at, size)) {
    trap(at);
    return {};
  }
  if (size > kMaxHostBytes) {
    error_ = Error{Errc::kNoMemory, 0, "host_function"};
    return {};
  }
  std::string bytes(size, '\0');
  WARRANT_CHECK(call_.memory.read(at, std::as_writable_bytes(std::span(bytes))));
  return bytes;
}

void HostArguments::take_result_buffer() {
  result_at_ = next_u32();
  result_size_ = next_u32();
  if (!failed() && !call_.memory.contains(result_at_, result_size_)) trap(result_at_);
}

void HostArguments::answer_bytes(std::string_view bytes) {
  if (bytes.size() > kMaxHostBytes) {
    answer_error(Error{Errc::kNoMemory, 0, "host_function"});
    return;
  }
  const std::size_t fits = std::min<std::size_t>(bytes.size(), result_size_);
  if (!call_.memory.write(result_at_, bytes_of(bytes.substr(0, fits)))) {
    trap(result_at_);
    return;
  }
  answer_u32(static_cast<std::uint32_t>(bytes.size()));
}

void HostArguments::answer_error(const Error& error) noexcept {
  error_ = error;
  const auto code = static_cast<std::int32_t>(wasi_p1::errno_of(error.code));
  answer_u32(static_cast<std::uint32_t>(-code));
}

}  // namespace warrant::lib
