// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/check_document.h"

#include <algorithm>
#include <array>
#include <span>

#include "warrant/base/utf8.h"
#include "warrant/codec/text.h"
#include "warrant/policy/units.h"

namespace warrant::policy {
namespace {

using codec::Json;

constexpr std::size_t kShownBytes = 64;
constexpr std::string_view kMilliseconds = "_ms";

std::string shown(std::string_view text) { return codec::escape_text(text, kShownBytes); }

std::string_view kind_word(const Json& value) {
  constexpr std::array<std::string_view, 6> kWords = {"nothing", "true or false", "a number",
                                                      "a text",  "a list",        "a table"};
  return kWords[static_cast<std::size_t>(value.kind())];
}

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t blank = words.find(' ');
    if (words.substr(0, blank) == word) return true;
    words = blank == std::string_view::npos ? "" : words.substr(blank + 1);
  }
  return false;
}

std::string joined(std::string_view words) {
  std::string text;
  for (const char c : words) text += c == ' ' ? std::string(", ") : std::string(1, c);
  return text;
}

std::string_view last_part(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

struct Meant {
  std::string_view path;  // of the table that it stands in
  std::string_view word;
  std::string_view fix;
};

// What people write by another tool's habit.
constexpr auto kMeant = std::to_array<Meant>(
    {{"", "env", "did you mean environment? [environment] and below it NAME = \"value\""},
     {"", "random", "did you mean entropy? [entropy] and below it source = \"system\""},
     {"", "dir", "did you mean [[directory]], with guest, host and access?"},
     {"directory", "write", "write access = \"write\""},
     {"directory", "read", "write access = \"read\", or leave it out"},
     {"directory", "mode", "write access = \"read\" or access = \"write\""}});

// An example of what belongs in the place of something else.
constexpr auto kExamples = std::to_array<Meant>(
    {{"clock", "", "write [clock] and below it wall = true or monotonic = true"},
     {"entropy", "", "write [entropy] and below it source = \"system\""},
     {"console", "", "write [console] and below it stdin = false"},
     {"environment", "", "write [environment] and below it NAME = \"value\""},
     {"limits", "", "write [limits] and below it memory = \"64MiB\""},
     {"directory", "",
      "write [[directory]], in double brackets, and below it guest = \"/work\" and host = \".\""},
     {"listen", "", "write [[listen]] and below it tcp = \"127.0.0.1:8080\""},
     {"connect", "", "write [[connect]] and below it tcp = \"127.0.0.1:8080\""}});

class Checker {
 public:
  Checker(DocumentKind kind, const Reading& reading)
      : kind_(kind), reading_(reading), rows_(keys_of(kind)) {}

  CheckedDocument check(const Json& tree) {
    CheckedDocument checked;
    if (tree.as_object() == nullptr) {
      fail(tree.position(), "the document is " + std::string(kind_word(tree)),
           "a " + std::string(word_of(kind_)) + " is a table of keys", "type");
    } else {
      Json made = table(tree, "", "", Place::kOutside);
      if (findings_.empty()) checked.tree = std::move(made);
    }
    checked.origins = std::move(origins_);
    checked.findings = std::move(findings_);
    return checked;
  }

 private:
  enum class Place : std::uint8_t { kOutside, kInList };

  void fail(codec::Position at, std::string what, std::string fix, std::string_view reason) {
    findings_.push_back({std::move(what), std::move(fix), {reading_.source, at}, reason});
  }

  // The key as the table has it; nothing: the spelling is of another syntax.
  std::optional<std::string> normal(std::string_view name) const {
    std::string word(name);
    const bool json = reading_.spelling == Spelling::kJson;
    if (word.find(json ? '-' : '_') != std::string::npos) return std::nullopt;
    std::replace(word.begin(), word.end(), '_', '-');
    return word;
  }

  std::string spelt(std::string_view word) const {
    return reading_.spelling == Spelling::kJson ? json_key(word) : std::string(word);
  }

  const KeyRow* find_row(std::string_view path) const {
    const auto found = std::find_if(rows_.begin(), rows_.end(),
                                    [&](const KeyRow& row) { return row.path == path; });
    return found == rows_.end() ? nullptr : &*found;
  }

  bool is_here(const KeyRow& row) const {
    return reading_.rooms.test(static_cast<std::size_t>(row.room));
  }

  std::vector<std::string> children(std::string_view path) const {
    std::vector<std::string> words;
    for (const KeyRow& row : rows_) {
      const std::string_view full = row.path;
      const bool under = path.empty()
                             ? full.find('.') == std::string_view::npos
                             : full.size() > path.size() + 1 && full.starts_with(path) &&
                                   full[path.size()] == '.' &&
                                   full.find('.', path.size() + 1) == std::string_view::npos;
      if (under && row.room != Room::kReserved && is_here(row)) {
        words.push_back(spelt(last_part(full)));
      }
    }
    return words;
  }

  void unknown(const Json::Member& member, std::string_view path, const std::string& name) {
    const std::vector<std::string> words = children(path);
    const std::vector<std::string_view> known(words.begin(), words.end());
    const std::span<const Meant> all(kMeant);
    const auto meant = std::find_if(all.begin(), all.end(), [&](const Meant& each) {
      return reading_.spelling == Spelling::kToml && kind_ == DocumentKind::kGrant &&
             each.path == path && each.word == member.key;
    });
    if (meant != all.end()) {
      return fail(member.position, name + " is no key of a grant", std::string(meant->fix),
                  "unknown_key");
    }
    const auto near = nearest_word(member.key, known);
    std::string list;
    for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
    fail(member.position, name + " is no key of a " + std::string(word_of(kind_)),
         near ? "did you mean " + std::string(*near) + "?" : "the keys here are: " + list,
         "unknown_key");
  }

  // `path`: in the table; `name`: for people, with what the writer chose in it.
  Json table(const Json& value, const std::string& path, const std::string& name, Place place) {
    Json made = Json::object();
    made.set_position(value.position());
    for (const Json::Member& member : *value.as_object()) {
      member_of(made, member, path, name, place);
    }
    for (const KeyRow& row : rows_) {
      const std::string_view full = row.path;
      const std::string_view parent =
          full.find('.') == std::string_view::npos ? "" : full.substr(0, full.rfind('.'));
      if (parent != path || !row.is_required_in(kind_) || !is_here(row)) continue;
      if (made.find(json_key(last_part(full))) != nullptr || named_before(full)) continue;
      fail(value.position(),
           (name.empty() ? "" : name + ": ") + "there is no " + spelt(last_part(full)),
           "write " + spelt(last_part(full)) + (row.shape == Shape::kVersion ? " = 1" : ""),
           "value");
    }
    return made;
  }

  // A key that is there but wrong has been told already.
  bool named_before(std::string_view path) const {
    return std::find(wrong_.begin(), wrong_.end(), path) != wrong_.end();
  }

  void member_of(Json& made, const Json::Member& member, const std::string& path,
                 const std::string& name, Place place) {
    const std::string dot = path.empty() ? "" : ".";
    const std::string full_name = name + dot + shown(member.key);
    const auto word = normal(member.key);
    const KeyRow* row = word ? find_row(path + dot + *word) : nullptr;
    bool milliseconds = false;
    if (row == nullptr && word && reading_.spelling == Spelling::kJson &&
        member.key.ends_with(kMilliseconds)) {
      row = find_row(path + dot + word->substr(0, word->size() - kMilliseconds.size()));
      if (row != nullptr && row->shape != Shape::kDuration) row = nullptr;
      milliseconds = row != nullptr;
    }
    if (row == nullptr) return unknown(member, path, full_name);
    const std::string key = json_key(last_part(row->path));
    if (made.find(key) != nullptr) {
      return fail(member.position,
                  full_name + " is written twice, as " + key + " and " + key + "_ms",
                  "write one of them", "duplicate");
    }
    if (!is_here(*row)) return absent(*row, member, full_name);
    if (place == Place::kOutside) {
      origins_.set(row->path, {reading_.source, member.position});
    }
    const std::size_t before = findings_.size();
    Json checked = milliseconds ? milliseconds_of(member.value, full_name)
                                : value_of(*row, member.value, full_name, place);
    if (findings_.size() != before) wrong_.push_back(row->path);
    checked.set_position(member.value.position());
    if (findings_.size() == before) made.set(key, std::move(checked));
  }

  void absent(const KeyRow& row, const Json::Member& member, const std::string& name) {
    wrong_.push_back(row.path);
    if (row.room == Room::kReserved) {
      return fail(member.position, name + " is a reserved word: no build knows what it means yet",
                  "take it out", "not_enforceable");
    }
    fail(member.position, name + " is not in this build: nothing here would enforce it",
         "take it out; `warrant doctor` says what this build can enforce", "not_enforceable");
  }

  Json wrong_kind(const Json& value, const std::string& name, const std::string& wanted) {
    fail(value.position(), name + " is " + std::string(kind_word(value)) + ", not " + wanted,
         "write " + wanted, "type");
    return {};
  }

  // The same where a table belongs, with an example.
  Json wrong_table(const KeyRow& row, const Json& value, const std::string& name,
                   const std::string& wanted) {
    wrong_kind(value, name, wanted);
    const std::span<const Meant> all(kExamples);
    const auto example = std::find_if(all.begin(), all.end(), [&](const Meant& each) {
      return reading_.spelling == Spelling::kToml && kind_ == DocumentKind::kGrant &&
             each.path == row.path;
    });
    if (example != all.end()) findings_.back().fix = example->fix;
    return {};
  }

  Json value_of(const KeyRow& row, const Json& value, const std::string& name, Place place) {
    switch (row.shape) {
      case Shape::kTable:
        if (value.as_object() == nullptr) {
          return wrong_table(row, value, name,
                             row.path.starts_with("secrets.")
                                 ? "a reference such as { file = \"/path\" }: a secret "
                                   "itself never stands in a document"
                                 : "a table");
        }
        return table(value, row.path, name, place);
      case Shape::kTables:
        return tables(row, value, name);
      case Shape::kNames:
        return names(row, value, name, place);
      case Shape::kVersion:
        return version(value, name);
      case Shape::kBool:
        if (!value.as_boolean()) return wrong_kind(value, name, "true or false");
        return Json::boolean(*value.as_boolean());
      case Shape::kCount:
        return count_of(row, value, name);
      case Shape::kSize:
        return size_of(row, value, name);
      case Shape::kDuration:
        return duration_of(value, name);
      case Shape::kTime:
        return time_of(value, name);
      case Shape::kText:
        return text_of(row, value, name);
      case Shape::kTexts:
      case Shape::kTextOrTexts:
        return texts_of(row, value, name);
      case Shape::kWord:
        return word_value(row, value, name);
      case Shape::kVariable:
        return variable_of(row, value, name);
    }
    return {};
  }

  Json tables(const KeyRow& row, const Json& value, const std::string& name) {
    const Json::Array* elements = value.as_array();
    if (elements == nullptr) {
      return wrong_table(row, value, name, "a list of tables: [[" + spelt(row.path) + "]]");
    }
    Json made = Json::array();
    std::size_t index = 0;
    for (const Json& element : *elements) {
      const std::string each = name + "[" + std::to_string(index++) + "]";
      if (element.as_object() == nullptr) {
        wrong_table(row, element, each, "a table");
        continue;
      }
      wrong_.clear();
      made.push(table(element, row.path, each, Place::kInList));
    }
    return made;
  }

  Json names(const KeyRow& row, const Json& value, const std::string& name, Place place) {
    if (value.as_object() == nullptr) return wrong_table(row, value, name, "a table");
    const KeyRow* each = find_row(row.path + ".*");
    Json made = Json::object();
    for (const Json::Member& member : *value.as_object()) {
      const std::string full = name + "." + shown(member.key);
      if (place == Place::kOutside) {
        origins_.set(row.path + "." + member.key, {reading_.source, member.position});
      }
      wrong_.clear();
      Json checked = value_of(*each, member.value, full, place);
      checked.set_position(member.position);
      made.set(member.key, std::move(checked));
    }
    return made;
  }

  Json version(const Json& value, const std::string& name) {
    const auto number = value.as_integer();
    if (!number) return wrong_kind(value, name, "1");
    if (*number != 1) {
      fail(value.position(), name + " " + std::to_string(*number) + " is not known here",
           "this build reads version = 1", "value");
    }
    return Json::integer(1);
  }

  Json count_of(const KeyRow& row, const Json& value, const std::string& name) {
    const auto number = value.as_integer();
    if (!number) return wrong_kind(value, name, "a whole number up to 9007199254740991");
    const std::uint64_t most = row.most == 0 ? kMaxInteger : row.most;
    if (*number < 0 || static_cast<std::uint64_t>(*number) < row.least ||
        static_cast<std::uint64_t>(*number) > most) {
      fail(value.position(), name + ": " + std::to_string(*number) + " is out of range",
           "write a number from " + std::to_string(row.least) + " to " + std::to_string(most),
           "value");
    }
    return Json::integer(*number);
  }

  Json size_of(const KeyRow& row, const Json& value, const std::string& name) {
    std::optional<std::uint64_t> size;
    if (const auto number = value.as_integer(); number && *number >= 0) {
      size = static_cast<std::uint64_t>(*number);
    } else if (const std::string* text = value.as_string()) {
      size = parse_size(*text);
    } else if (!value.as_number()) {
      return wrong_kind(value, name, "a size such as \"64MiB\", or a number of bytes");
    }
    if (!size || *size > (row.most == 0 ? kMaxInteger : row.most)) {
      fail(value.position(), name + " is no size that can be",
           "write bytes, or a number with B, KiB, MiB, GiB or TiB, as in \"64MiB\"" +
               (row.most == 0 ? std::string() : "; at most " + print_size(row.most)),
           "value");
      return {};
    }
    return Json::string(print_size(*size));
  }

  Json duration_of(const Json& value, const std::string& name) {
    constexpr std::string_view kFix =
        "write a number with its unit ms, s, m, h or d, as in \"10s\"";
    if (value.as_number()) {
      const std::string ms =
          reading_.spelling == Spelling::kJson ? "; milliseconds are " + name + "_ms" : "";
      fail(value.position(), name + " has no unit", std::string(kFix) + ms, "value");
      return {};
    }
    const std::string* text = value.as_string();
    if (text == nullptr) return wrong_kind(value, name, "a duration such as \"10s\"");
    const auto duration = parse_duration(*text);
    if (!duration) {
      fail(value.position(), name + ": \"" + shown(*text) + "\" is no duration", std::string(kFix),
           "value");
      return {};
    }
    return Json::string(print_duration(*duration));
  }

  Json milliseconds_of(const Json& value, const std::string& name) {
    const auto number = value.as_integer();
    constexpr std::uint64_t kMost = UINT64_MAX / 2 / 1'000'000;
    if (!number || *number < 0 || static_cast<std::uint64_t>(*number) > kMost) {
      return wrong_kind(value, name, "a whole number of milliseconds");
    }
    return Json::string(
        print_duration(Nanoseconds{static_cast<std::uint64_t>(*number) * 1'000'000}));
  }

  Json time_of(const Json& value, const std::string& name) {
    const std::string* text = value.as_string();
    if (text == nullptr) return wrong_kind(value, name, "a time such as 2026-12-01T00:00:00Z");
    const auto time = parse_timestamp(*text);
    if (!time) {
      fail(value.position(), name + ": \"" + shown(*text) + "\" is no time",
           "write it as 2026-12-01T00:00:00Z: with T, in UTC, with Z", "value");
      return {};
    }
    return Json::string(print_timestamp(*time));
  }

  void check_one(const KeyRow& row, const Json& value, const std::string& name) {
    const std::string* text = value.as_string();
    if (text == nullptr) {
      wrong_kind(value, name, "a text");
      return;
    }
    if (row.check == nullptr) return;
    if (const auto fault = row.check(*text)) {
      std::string fix = row.what.empty() ? "take it out" : "it is " + std::string(row.what);
      if (row.path == "module") {
        fix = "write sha256: and all 64 digits, as `warrant inspect FILE` prints them";
      }
      fail(value.position(), name + ": \"" + shown(*text) + "\" " + *fault, std::move(fix),
           "value");
    }
  }

  Json text_of(const KeyRow& row, const Json& value, const std::string& name) {
    check_one(row, value, name);
    return value;
  }

  Json texts_of(const KeyRow& row, const Json& value, const std::string& name) {
    Json made = Json::array();
    if (value.as_string() != nullptr && row.shape == Shape::kTextOrTexts) {
      check_one(row, value, name);
      made.push(value);
      return made;
    }
    const Json::Array* elements = value.as_array();
    if (elements == nullptr) {
      return wrong_kind(
          value, name,
          row.shape == Shape::kTexts ? "a list of texts" : "a text or a list of texts");
    }
    std::size_t index = 0;
    for (const Json& element : *elements) {
      check_one(row, element, name + "[" + std::to_string(index++) + "]");
      made.push(element);
    }
    return made;
  }

  Json word_value(const KeyRow& row, const Json& value, const std::string& name) {
    const std::string* text = value.as_string();
    std::string_view offered = row.words;
    const bool overlays = reading_.rooms.test(static_cast<std::size_t>(Room::kOverlay));
    if (row.path == "directory.access" && !overlays) offered = "read write";
    const std::string all = joined(offered);
    if (text == nullptr) return wrong_kind(value, name, "one of " + all);
    if (!has_word(row.words, *text)) {
      const std::string_view seed = ", or instead of it seed = N for a reproducible stream";
      fail(value.position(), name + ": \"" + shown(*text) + "\" is not one of " + all,
           "write one of them" + std::string(row.path == "entropy.source" ? seed : ""), "value");
    } else if (row.path == "directory.access" && *text == "overlay" && !overlays) {
      fail(value.position(), name + ": overlay is not in this build",
           "grant it as read, or as write", "not_enforceable");
    }
    return value;
  }

  Json variable_of(const KeyRow&, const Json& value, const std::string& name) {
    if (const std::string* text = value.as_string()) {
      if (text->find('\0') != std::string::npos) {
        fail(value.position(), name + " holds a NUL byte", "values end there: take it out",
             "value");
      }
      return value;
    }
    const Json::Object* members = value.as_object();
    const std::string wanted = "a text, or { host = \"OTHER\" }";
    if (members == nullptr) return wrong_kind(value, name, wanted);
    if (members->empty() && kind_ == DocumentKind::kCeiling) return value;
    const Json* host = value.find("host");
    if (host == nullptr || members->size() != 1 || host->as_string() == nullptr) {
      return wrong_kind(value, name, wanted);
    }
    if (host->as_string()->empty() || host->as_string()->find('=') != std::string::npos ||
        host->as_string()->find('\0') != std::string::npos) {
      fail(host->position(), name + ".host is no name of a variable", "write its name", "value");
    }
    return value;
  }

  DocumentKind kind_;
  const Reading& reading_;
  std::vector<KeyRow> rows_;
  std::vector<std::string> wrong_;
  Origins origins_;
  Findings findings_;
};

}  // namespace

CheckedDocument check_document(const Json& tree, DocumentKind kind, const Reading& reading) {
  return Checker(kind, reading).check(tree);
}

std::string json_key(std::string_view word) {
  std::string key(word);
  std::replace(key.begin(), key.end(), '-', '_');
  return key;
}

std::optional<Finding> check_text(std::string_view text, const std::string& source) {
  const auto fault = [&](std::string what, std::string fix) {
    return Finding{std::move(what), std::move(fix), {source, {}}, "syntax"};
  };
  if (text.size() > kMaxDocumentBytes) {
    return fault("the document is larger than 1MiB", "split it into several files");
  }
  if (text.starts_with("\xef\xbb\xbf")) {
    return fault("the document begins with a byte order mark", "save it as UTF-8 without one");
  }
  if (text.find('\0') != std::string_view::npos) {
    return fault("the document holds a NUL byte", "it is no text: name the right file");
  }
  if (!is_utf8(text)) return fault("the document is not UTF-8", "save it as UTF-8");
  return std::nullopt;
}

Parsed<Json> read_json(std::string_view text, const std::string& source) {
  if (auto finding = check_text(text, source)) return {{}, {*std::move(finding)}};
  codec::JsonDiagnosis why;
  auto value =
      codec::parse_json(text, {.depth = kMaxDocumentDepth, .nodes = kMaxDocumentNodes}, why);
  if (value) return {*std::move(value), {}};
  return {{}, {{std::move(why.text), "a document is strict JSON", {source, why.at}, "syntax"}}};
}

}  // namespace warrant::policy
