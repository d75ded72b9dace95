// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/schema.h"

#include <algorithm>

#include "warrant/codec/json.h"
#include "warrant/policy/check_document.h"
#include "warrant/policy/limits.h"
#include "warrant/policy/units.h"

namespace warrant::policy {
namespace {

using codec::Json;

constexpr std::string_view kDurationPattern = "^[0-9]+(ms|s|m|h|d)$";
constexpr std::string_view kSizePattern = "^[0-9]+(B|KiB|MiB|GiB|TiB)?$";
constexpr std::string_view kTimePattern =
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?Z$";

Json typed(std::string_view type) {
  Json made = Json::object();
  made.set("type", Json::string(type));
  return made;
}

Json patterned(std::string_view pattern) {
  Json made = typed("string");
  made.set("pattern", Json::string(pattern));
  return made;
}

Json one_of(Json first, Json second) {
  Json made = Json::object();
  Json& choices = made.set("anyOf", Json::array());
  choices.push(std::move(first));
  choices.push(std::move(second));
  return made;
}

Json integer_between(std::uint64_t least, std::uint64_t most) {
  Json made = typed("integer");
  made.set("minimum", Json::integer(static_cast<std::int64_t>(least)));
  made.set("maximum", Json::integer(static_cast<std::int64_t>(most == 0 ? kMaxInteger : most)));
  return made;
}

Json words_of(std::string_view words) {
  Json made = Json::object();
  Json& list = made.set("enum", Json::array());
  while (!words.empty()) {
    const std::size_t blank = words.find(' ');
    list.push(Json::string(words.substr(0, blank)));
    words = blank == std::string_view::npos ? "" : words.substr(blank + 1);
  }
  return made;
}

Json list_of(Json items) {
  Json made = typed("array");
  made.set("items", std::move(items));
  return made;
}

class SchemaPrinter {
 public:
  SchemaPrinter(DocumentKind kind, Rooms rooms)
      : kind_(kind), rooms_(rooms), rows_(keys_of(kind)) {}

  std::string print() {
    Json root = table("");
    Json made = Json::object();
    made.set("$schema", Json::string("https://json-schema.org/draft/2020-12/schema"));
    made.set("title", Json::string("Warrant " + std::string(word_of(kind_))));
    for (const Json::Member& member : *root.as_object()) made.set(member.key, member.value);
    return codec::print_indented(made);
  }

 private:
  Json table(const std::string& path) {
    Json made = typed("object");
    Json properties = Json::object();
    Json required = Json::array();
    const std::string prefix = path.empty() ? "" : path + ".";
    for (const KeyRow& row : rows_) {
      if (!rooms_.test(static_cast<std::size_t>(row.room)) || !row.path.starts_with(prefix)) {
        continue;
      }
      const std::string_view word = std::string_view(row.path).substr(prefix.size());
      if (word.find('.') != std::string_view::npos) continue;
      if (word == "*") {
        made.set("additionalProperties", value(row));
        return made;
      }
      const std::string key = json_key(word);
      properties.set(key, described(row, value(row)));
      if (row.shape == Shape::kDuration) {
        properties.set(key + "_ms", integer_between(0, 0));
      }
      if (row.is_required_in(kind_)) required.push(Json::string(key));
    }
    made.set("properties", std::move(properties));
    if (!required.as_array()->empty()) made.set("required", std::move(required));
    made.set("additionalProperties", Json::boolean(false));
    return made;
  }

  static Json described(const KeyRow& row, Json made) {
    if (!row.what.empty()) made.set("description", Json::string(row.what));
    return made;
  }

  Json value(const KeyRow& row) {
    switch (row.shape) {
      case Shape::kTable:
      case Shape::kNames:
        return table(row.path);
      case Shape::kTables:
        return list_of(table(row.path));
      case Shape::kVersion: {
        Json made = Json::object();
        made.set("const", Json::integer(1));
        return made;
      }
      case Shape::kBool:
        return typed("boolean");
      case Shape::kCount:
        return integer_between(row.least, row.most);
      case Shape::kSize:
        return one_of(integer_between(0, row.most), patterned(kSizePattern));
      case Shape::kDuration:
        return patterned(kDurationPattern);
      case Shape::kTime:
        return patterned(kTimePattern);
      case Shape::kText:
        return typed("string");
      case Shape::kTexts:
        return list_of(typed("string"));
      case Shape::kTextOrTexts:
        return one_of(typed("string"), list_of(typed("string")));
      case Shape::kWord:
        return words_of(row.words);
      case Shape::kVariable:
        return variable();
    }
    return Json::object();
  }

  // In a ceiling an empty table is a name with any value.
  Json variable() const {
    Json reference = typed("object");
    Json properties = Json::object();
    properties.set("host", typed("string"));
    reference.set("properties", std::move(properties));
    if (kind_ != DocumentKind::kCeiling) {
      Json required = Json::array();
      required.push(Json::string("host"));
      reference.set("required", std::move(required));
    }
    reference.set("additionalProperties", Json::boolean(false));
    return one_of(typed("string"), std::move(reference));
  }

  DocumentKind kind_;
  Rooms rooms_;
  std::vector<KeyRow> rows_;
};

std::string shape_in_words(const KeyRow& row) {
  switch (row.shape) {
    case Shape::kVersion:
      return "`1`";
    case Shape::kBool:
      return "true or false";
    case Shape::kCount:
      return "number" + (row.most == 0 ? std::string() : " up to " + std::to_string(row.most));
    case Shape::kSize:
      return "size" + (row.most == 0 ? std::string() : " up to " + print_size(row.most));
    case Shape::kDuration:
      return "duration";
    case Shape::kTime:
      return "time";
    case Shape::kText:
      return "text";
    case Shape::kTexts:
      return "list of texts";
    case Shape::kTextOrTexts:
      return "text or list of texts";
    case Shape::kWord: {
      std::string text = "`\"";
      for (const char c : row.words) text += c == ' ' ? std::string("\"` `\"") : std::string(1, c);
      return text + "\"`";
    }
    case Shape::kVariable:
      return "text or `{ host = \"NAME\" }`";
    case Shape::kTable:
    case Shape::kTables:
    case Shape::kNames:
      break;
  }
  return "";
}

bool is_value(const KeyRow& row) {
  return row.shape != Shape::kTable && row.shape != Shape::kTables && row.shape != Shape::kNames;
}

}  // namespace

std::string print_schema(DocumentKind kind, Rooms rooms) {
  return SchemaPrinter(kind, rooms).print();
}

std::string print_key_table(DocumentKind kind, Rooms rooms) {
  std::string text = "| key | value | not written | meaning |\n| --- | --- | --- | --- |\n";
  std::string absent;
  for (const KeyRow& row : keys_of(kind)) {
    if (!rooms.test(static_cast<std::size_t>(row.room))) {
      absent += (absent.empty() ? "`" : ", `") + row.path + "`";
      continue;
    }
    if (!is_value(row)) continue;
    std::string standard = row.is_required_in(kind) ? "required" : std::string(row.standard);
    if (row.path.starts_with("limits.")) {
      const auto key = find_limit(std::string_view(row.path).substr(7));
      if (key) standard = print_limit(*key, row_of(*key).standard);
    }
    text += "| `" + row.path + "` | " + shape_in_words(row) + " | " + standard + " | " +
            std::string(row.what) + " |\n";
  }
  if (!absent.empty()) text += "\nKnown, and refused by this build: " + absent + ".\n";
  return text;
}

std::string print_key_list(DocumentKind kind, Rooms rooms) {
  std::string text;
  for (const KeyRow& row : keys_of(kind)) {
    if (!is_value(row)) continue;
    text += row.path;
    if (!rooms.test(static_cast<std::size_t>(row.room))) text += " -";
    text += "\n";
  }
  return text;
}

}  // namespace warrant::policy
