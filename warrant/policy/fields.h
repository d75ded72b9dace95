// SPDX-License-Identifier: Apache-2.0
#pragma once
// The keys of one table of a checked document, each by its shape; what is not written is nothing.
//
// Only for what check_document() let through: a value of another shape is a bug of ours.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/base/check.h"
#include "warrant/codec/json.h"
#include "warrant/policy/timestamp.h"
#include "warrant/policy/units.h"
#include "warrant/policy/words.h"

namespace warrant::policy {

class FieldsView {
 public:
  explicit FieldsView(const codec::Json* table WARRANT_LIFETIMEBOUND) : table_(table) {}

  const codec::Json* find(std::string_view key) const {
    return table_ == nullptr ? nullptr : table_->find(key);
  }
  bool has(std::string_view key) const { return find(key) != nullptr; }
  FieldsView table(std::string_view key) const { return FieldsView(find(key)); }
  // The elements of a list of tables.
  std::vector<const codec::Json*> list(std::string_view key) const;

  std::optional<bool> flag(std::string_view key) const;
  std::optional<std::uint64_t> number(std::string_view key) const;
  std::optional<std::uint64_t> size(std::string_view key) const;
  std::optional<Nanoseconds> duration(std::string_view key) const;
  std::optional<Timestamp> time(std::string_view key) const;
  std::optional<std::string> text(std::string_view key) const;
  std::vector<std::string> texts(std::string_view key) const;
  template <typename E, std::size_t N>
  std::optional<E> word(std::string_view key, const Words<N>& words) const {
    const auto written = text(key);
    if (!written) return std::nullopt;
    for (std::size_t i = 0; i < N; ++i) {
      if (words[i] == *written) return static_cast<E>(i);
    }
    stop_on_bug();
  }

 private:
  const codec::Json* table_;
};

}  // namespace warrant::policy
