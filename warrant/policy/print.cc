// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/print.h"

#include <algorithm>

#include "warrant/base/bytes.h"
#include "warrant/codec/text.h"
#include "warrant/policy/check_document.h"

namespace warrant::policy {
namespace {

using codec::Json;

std::string bare_or_quoted(std::string_view name) {
  const bool bare = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
  return bare ? std::string(name) : codec::toml_quote(name);
}

// Tables in the order of the table of keys; values of a table before the tables in it.
class TomlPrinter {
 public:
  explicit TomlPrinter(DocumentKind kind) : rows_(keys_of(kind)) {}

  std::string print(const Json& tree) {
    print_table(tree, "", "");
    return std::move(text_);
  }

 private:
  struct Entry {
    std::string name;  // as TOML writes it
    const KeyRow* row;
    const Json* value;
  };

  std::vector<Entry> entries_of(const Json& table, const std::string& path) const {
    std::vector<Entry> entries;
    const std::string prefix = path.empty() ? "" : path + ".";
    for (const KeyRow& row : rows_) {
      const std::string_view full = row.path;
      if (!full.starts_with(prefix) || full.find('.', prefix.size()) != std::string_view::npos) {
        continue;
      }
      const std::string_view word = full.substr(prefix.size());
      if (word == "*") {
        for (const Json::Member& member : *table.as_object()) {
          entries.push_back({bare_or_quoted(member.key), &row, &member.value});
        }
      } else if (const Json* value = table.find(json_key(word))) {
        entries.push_back({std::string(word), &row, value});
      }
    }
    return entries;
  }

  static bool is_table(const Entry& entry) {
    return entry.row->shape == Shape::kTable || entry.row->shape == Shape::kNames ||
           (entry.row->shape == Shape::kTables && !entry.value->as_array()->empty());
  }

  void print_table(const Json& table, const std::string& path, const std::string& name) {
    const std::vector<Entry> entries = entries_of(table, path);
    for (const Entry& entry : entries) {
      if (is_table(entry)) continue;
      text_ += entry.name + " = ";
      print_value(*entry.value);
      text_ += "\n";
    }
    for (const Entry& entry : entries) {
      if (!is_table(entry)) continue;
      const std::string inner = name.empty() ? entry.name : name + "." + entry.name;
      if (entry.row->shape == Shape::kTables) {
        for (const Json& element : *entry.value->as_array()) {
          text_ += "\n[[" + inner + "]]\n";
          print_table(element, entry.row->path, inner);
        }
      } else {
        text_ += (text_.empty() ? "[" : "\n[") + inner + "]\n";
        print_table(*entry.value, entry.row->path, inner);
      }
    }
  }

  void print_value(const Json& value) {
    if (const std::string* text = value.as_string()) {
      text_ += codec::toml_quote(*text);
    } else if (const auto flag = value.as_boolean()) {
      text_ += *flag ? "true" : "false";
    } else if (const auto number = value.as_integer()) {
      text_ += std::to_string(*number);
    } else if (const Json::Array* elements = value.as_array()) {
      text_ += "[";
      for (const Json& element : *elements) {
        if (&element != &elements->front()) text_ += ", ";
        print_value(element);
      }
      text_ += "]";
    } else if (const Json::Object* members = value.as_object()) {
      text_ += members->empty() ? "{" : "{ ";
      for (const Json::Member& member : *members) {
        if (&member != &members->front()) text_ += ", ";
        text_ += bare_or_quoted(member.key) + " = ";
        print_value(member.value);
      }
      text_ += members->empty() ? "}" : " }";
    }
  }

  std::vector<KeyRow> rows_;
  std::string text_;
};

}  // namespace

std::string print_toml(const Grant& grant) {
  return TomlPrinter(DocumentKind::kGrant).print(lower(grant));
}
std::string print_toml(const Ceiling& ceiling) {
  return TomlPrinter(DocumentKind::kCeiling).print(lower(ceiling));
}
std::string print_toml(const Config& config) {
  return TomlPrinter(DocumentKind::kConfig).print(lower(config));
}
std::string print_toml(const Warrant& warrant) {
  return TomlPrinter(DocumentKind::kGrant).print(lower(warrant));
}

std::string canonical_json(const Grant& grant) { return codec::print_canonical(lower(grant)); }
std::string canonical_json(const Warrant& warrant) {
  return codec::print_canonical(lower(warrant));
}

codec::Digest hash(const Grant& grant) { return codec::sha256(bytes_of(canonical_json(grant))); }
codec::Digest hash(const Warrant& warrant) {
  return codec::sha256(bytes_of(canonical_json(warrant)));
}

}  // namespace warrant::policy
