// SPDX-License-Identifier: Apache-2.0
#include "warrant/wasm/types.h"

namespace warrant::wasm {
namespace {

constexpr std::uint8_t kRef = 0x64;
constexpr std::uint8_t kRefNull = 0x63;
constexpr std::uint64_t kMaxPages32 = 1ULL << 16;
constexpr std::uint64_t kMaxPages64 = 1ULL << 48;

// The one-byte forms of heap types, exn 0x69 to noexn 0x74; false for any other byte.
bool note_abstract_heap_type(std::uint8_t byte, Features& features) {
  switch (byte) {
    case 0x70:  // func
    case 0x6f:  // extern
      features.add(Feature::kReferenceTypes);
      return true;
    case 0x69:  // exn
    case 0x74:  // noexn
      features.add(Feature::kExceptions);
      return true;
    case 0x6a:  // array
    case 0x6b:  // struct
    case 0x6c:  // i31
    case 0x6d:  // eq
    case 0x6e:  // any
    case 0x71:  // none
    case 0x72:  // noextern
    case 0x73:  // nofunc
      features.add(Feature::kGc);
      return true;
    default:
      return false;
  }
}

std::string hex(std::uint8_t byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  return {'0', 'x', kDigits[byte >> 4], kDigits[byte & 15U]};
}

bool read_value_types(Cursor& in, Features& features, std::string_view key, std::uint32_t limit,
                      std::vector<ValType>& types) {
  std::uint32_t count = 0;
  if (!in.u32(count)) return false;
  if (count > limit) return in.above(key, count, limit);
  for (std::uint32_t n = 0; n < count; ++n) {
    if (!read_value_type(in, features, types.emplace_back())) return false;
  }
  return true;
}

bool skip_field(Cursor& in, Features& features) {
  std::uint8_t byte = 0;
  if (!in.peek(byte)) return false;
  if (byte == 0x78 || byte == 0x77) {  // i8, i16
    if (!in.skip(1)) return false;
  } else {
    ValType ignored{};
    if (!read_value_type(in, features, ignored)) return false;
  }
  if (!in.byte(byte)) return false;
  return byte <= 1 || in.malformed("mutability is " + std::to_string(byte));
}

}  // namespace

bool read_heap_type(Cursor& in, Features& features) {
  std::uint8_t byte = 0;
  if (!in.peek(byte)) return false;
  if (note_abstract_heap_type(byte, features)) return in.skip(1);
  if (byte == 0x65) return in.unsupported("shared types");
  if (byte == 0x68 || byte == 0x75) return in.unsupported("stack switching");
  std::int64_t index = 0;
  if (!in.s33(index)) return false;
  features.add(Feature::kGc);
  return index >= 0 || in.malformed("unknown heap type " + hex(byte));
}

bool read_reference_type(Cursor& in, Features& features, ValType& type) {
  std::uint8_t byte = 0;
  if (!in.byte(byte)) return false;
  type = ValType::kOther;
  if (byte == kRefNull) return read_heap_type(in, features);
  if (byte == kRef) {
    features.add(Feature::kGc);
    return read_heap_type(in, features);
  }
  if (byte == 0x70) {
    type = ValType::kFuncRef;
    return true;
  }
  if (byte == 0x6f) type = ValType::kExternRef;
  if (note_abstract_heap_type(byte, features)) return true;
  if (byte == 0x68 || byte == 0x75) return in.unsupported("stack switching");
  return in.malformed("unknown reference type " + hex(byte));
}

bool read_value_type(Cursor& in, Features& features, ValType& type) {
  std::uint8_t byte = 0;
  if (!in.peek(byte)) return false;
  switch (byte) {
    case 0x7b:
      features.add(Feature::kSimd);
      [[fallthrough]];
    case 0x7f:
    case 0x7e:
    case 0x7d:
    case 0x7c:
      type = static_cast<ValType>(byte);
      return in.skip(1);
    case kRef:
    case kRefNull:
      return read_reference_type(in, features, type);
    default:
      break;
  }
  if (byte < 0x68 || byte > 0x75) return in.malformed("unknown value type " + hex(byte));
  features.add(Feature::kReferenceTypes);
  return read_reference_type(in, features, type);
}

bool read_limits(Cursor& in, Features& features, Limits& limits) {
  std::uint8_t flags = 0;
  if (!in.byte(flags)) return false;
  if ((flags & 8U) != 0) return in.unsupported("custom page sizes");
  if (flags > 7) return in.malformed("unknown limits " + hex(flags));
  limits.shared = (flags & 2U) != 0;
  limits.wide = (flags & 4U) != 0;
  if (limits.shared) features.add(Feature::kThreads);
  if (limits.wide) features.add(Feature::kMemory64);
  if (!in.u64(limits.minimum)) return false;
  if ((flags & 1U) == 0) return true;
  return in.u64(limits.maximum.emplace());
}

bool read_memory_type(Cursor& in, Features& features, MemoryType& type) {
  Limits limits;
  if (!read_limits(in, features, limits)) return false;
  const std::uint64_t most = limits.wide ? kMaxPages64 : kMaxPages32;
  if (limits.minimum > most || limits.maximum.value_or(0) > most) {
    return in.malformed("a memory of more than " + std::to_string(most) + " pages");
  }
  type = {limits.minimum, limits.maximum, limits.shared, limits.wide};
  return true;
}

bool read_function_type(Cursor& in, const ReadLimits& limits, Features& features, FuncType& type) {
  if (!read_value_types(in, features, "params", limits.params, type.params)) return false;
  if (!read_value_types(in, features, "results", limits.results, type.results)) return false;
  if (type.results.size() > 1) features.add(Feature::kMultiValue);
  return true;
}

bool skip_aggregate_type(Cursor& in, std::uint8_t form, Features& features) {
  features.add(Feature::kGc);
  std::uint32_t fields = 1;
  if (form == 0x5f && !in.u32(fields)) return false;
  for (std::uint32_t n = 0; n < fields; ++n) {
    if (!skip_field(in, features)) return false;
  }
  return true;
}

}  // namespace warrant::wasm
