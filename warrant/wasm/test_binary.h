// SPDX-License-Identifier: Apache-2.0
#pragma once
// Puts WebAssembly binaries together by hand, for the tests of this room: right ones and wrong
// ones.
#include <initializer_list>
#include <string>
#include <string_view>

#include "warrant/base/bytes.h"
#include "warrant/codec/leb128.h"
#include "warrant/wasm/reader.h"

namespace warrant::wasm {

inline std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

inline std::string number(std::uint64_t value) {
  std::string text;
  codec::append_leb(text, value);
  return text;
}

inline std::string name(std::string_view text) { return number(text.size()) + std::string(text); }

inline std::string vec(std::initializer_list<std::string> items) {
  std::string text = number(items.size());
  for (const std::string& item : items) text += item;
  return text;
}

inline std::string repeat(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t n = 0; n < times; ++n) all += text;
  return all;
}

inline std::string section(int id, std::string_view content) {
  return bytes({id}) + number(content.size()) + std::string(content);
}

inline std::string module(std::initializer_list<std::string> sections) {
  std::string text("\0asm\1\0\0\0", 8);
  for (const std::string& each : sections) text += each;
  return text;
}

inline const std::string kVoidType = bytes({0x60, 0, 0});
inline const std::string kOneVoidType = section(1, vec({kVoidType}));

// A module of one function () -> () with these locals and instructions; the end is added.
inline std::string function_with(std::string_view locals, std::string_view instructions) {
  const std::string body = std::string(locals) + std::string(instructions) + "\x0b";
  return module({kOneVoidType, section(3, bytes({1, 0})),
                 section(10, number(1) + number(body.size()) + body)});
}
inline std::string code(std::string_view instructions) {
  return function_with(std::string_view("\0", 1), instructions);
}

struct Read {
  Result<ModuleInfo> info;
  Diagnosis why;
};

inline Read read(std::string_view binary, ReadDepth depth, const ReadLimits& limits) {
  Diagnosis why;
  auto info = read_module(bytes_of(binary), depth, limits, why);
  return {std::move(info), why};
}
inline Read deep(std::string_view binary) { return read(binary, ReadDepth::kDeep, {}); }
inline Read outline(std::string_view binary) { return read(binary, ReadDepth::kOutline, {}); }

}  // namespace warrant::wasm
