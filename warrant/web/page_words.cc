// SPDX-License-Identifier: Apache-2.0
// What crosses between the core and the page's script as JSON, and the row of the runner table.
#include "warrant/codec/json.h"
#include "warrant/web/page_run.h"

namespace warrant::web {
namespace {

using codec::Json;

constexpr std::uint32_t kMostNodes = 100'000;

bool take(const Json& from, std::string_view key, std::string& to) {
  const Json* const value = from.find(key);
  if (value == nullptr || value->as_string() == nullptr) return false;
  to = *value->as_string();
  return true;
}

bool take_args(const Json& from, std::vector<std::string>& to) {
  const Json* const value = from.find("args");
  if (value == nullptr || value->as_array() == nullptr) return false;
  for (const Json& each : *value->as_array()) {
    if (each.as_string() == nullptr) return false;
    to.push_back(*each.as_string());
  }
  return true;
}

bool take_environment(const Json& from, std::vector<std::pair<std::string, std::string>>& to) {
  const Json* const value = from.find("env");
  if (value == nullptr || value->as_object() == nullptr) return false;
  for (const Json::Member& each : *value->as_object()) {
    if (each.value.as_string() == nullptr) return false;
    to.emplace_back(each.key, *each.value.as_string());
  }
  return true;
}

// One letter a type: a 32-bit and a 64-bit integer, a float, a double.
std::string letters(std::span<const wasm::ValType> types) {
  std::string text;
  for (const wasm::ValType each : types) {
    text += each == wasm::ValType::kI64 ? 'I' : each == wasm::ValType::kI32 ? 'i' : '?';
  }
  return text;
}

}  // namespace

std::optional<PageWords> parse_words(std::string_view json) {
  codec::JsonDiagnosis why;
  const auto tree = codec::parse_json(json, {.depth = 4, .nodes = kMostNodes}, why);
  PageWords words;
  if (!tree || !take(*tree, "grant", words.grant) || !take(*tree, "name", words.name) ||
      !take_args(*tree, words.args) || !take_environment(*tree, words.environment) ||
      !take(*tree, "origin", words.origin) || !take(*tree, "engine", words.engine)) {
    return std::nullopt;
  }
  const Json* const memory = tree->find("shared_memory");
  if (memory == nullptr || !memory->as_boolean()) return std::nullopt;
  words.memory = *memory->as_boolean() ? SharedMemory::kThere : SharedMemory::kNone;
  return words;
}

host::Descriptor page_runner(SharedMemory memory) {
  host::Descriptor runner = host::browser_runner();
  runner.unavailable.clear();
  if (memory == SharedMemory::kNone) {
    runner.unavailable =
        "this page has no shared memory to wait with: serve it with the headers "
        "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp";
  }
  return runner;
}

std::string print_functions() {
  Json list = Json::array();
  for (const wasm::HostFunction& each : host::provided_functions()) {
    Json row = Json::array();
    row.push(Json::string(each.module));
    row.push(Json::string(each.name));
    row.push(Json::string(letters(each.params)));
    row.push(Json::string(letters(each.results)));
    list.push(std::move(row));
  }
  return codec::print_canonical(list);
}

}  // namespace warrant::web
