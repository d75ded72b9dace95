// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads the fields of a JSON object one by one and keeps every fault with its path.
//
//   Fields fields(value, "$.caps", faults);
//   const bool timer = fields.boolean("timer");
//   fields.done();                                // whatever was not asked for is unknown
//
// A field of the wrong type counts as absent after its fault was kept. Views its value.
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/codec/json.h"
#include "warrant/host/manifest.h"

namespace warrant::host {

class Faults {
 public:
  void in_instance(std::string name) { instance_ = std::move(name); }
  void add(std::string path, std::string what, codec::Position at) {
    faults_.push_back({instance_, std::move(path), std::move(what), at});
  }
  std::size_t count() const noexcept { return faults_.size(); }
  std::vector<ManifestFault> take() { return std::move(faults_); }

 private:
  std::string instance_;
  std::vector<ManifestFault> faults_;
};

class Fields {
 public:
  Fields(const codec::Json& value, std::string path, Faults& faults);

  const std::string& path() const noexcept { return path_; }
  std::string path_of(std::string_view key) const { return path_ + "." + std::string(key); }
  // nullptr: not there.
  const codec::Json* value(std::string_view key);
  bool boolean(std::string_view key);  // absent: false
  std::optional<std::string> string(std::string_view key);
  std::string required_string(std::string_view key);
  std::vector<std::string> strings(std::string_view key);
  // Its elements; empty when absent. More than `most` is a fault.
  std::span<const codec::Json> array(std::string_view key, std::size_t most);
  // Names a key that is known and that nothing here enforces.
  void refuse(std::string_view key, std::string_view why);
  void fault(std::string_view key, std::string what);
  void done();

 private:
  const codec::Json& value_;
  std::string path_;
  Faults& faults_;
  std::vector<std::string_view> known_;
};

// The known word nearest to `word`, when it is near enough to be meant.
std::optional<std::string_view> nearest_word(std::string_view word,
                                             std::span<const std::string_view> known);

}  // namespace warrant::host
