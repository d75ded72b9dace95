// SPDX-License-Identifier: Apache-2.0
// Every key of every kind of document: what is read is held, printed and read back, in both
// syntaxes. A key that one of reader, structs and printer forgot fails here.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/support/documents.h"
#include "warrant/policy/check_document.h"
#include "warrant/policy/print.h"
#include "warrant/policy/read.h"
#include "warrant/toml/parse.h"

namespace warrant {
namespace {

using codec::Json;
using policy::DocumentKind;
using policy::KeyRow;
using policy::Shape;
using policy::Spelling;

policy::Reading reading(Spelling spelling) {
  return {.source = "d", .spelling = spelling, .rooms = policy::every_room()};
}

template <typename T>
std::string told(const policy::Parsed<T>& parsed) {
  std::string text;
  for (const policy::Finding& each : parsed.findings) text += print_line(each) + "\n";
  return text;
}

// The tree of a document after a way through its struct, and through its TOML.
struct Ways {
  std::string faults;
  Json lowered;
  bool same_by_json = false;
  bool same_by_toml = false;
  std::string toml;
};

template <typename T>
Ways walk(const Json& tree, policy::Parsed<T> (*parse)(const Json&, const policy::Reading&)) {
  Ways ways;
  const auto read = parse(tree, reading(Spelling::kJson));
  ways.faults = told(read);
  if (!read.value) return ways;
  ways.lowered = lower(*read.value);
  const auto again = parse(ways.lowered, reading(Spelling::kJson));
  ways.faults += told(again);
  ways.same_by_json = again.value && *again.value == *read.value;
  ways.toml = print_toml(*read.value);
  codec::JsonDiagnosis why;
  const auto back = toml::parse_toml(ways.toml, {}, why);
  ways.faults += why.text;
  if (!back) return ways;
  const auto from_toml = parse(*back, reading(Spelling::kToml));
  ways.faults += told(from_toml);
  ways.same_by_toml = from_toml.value && *from_toml.value == *read.value &&
                      print_toml(*from_toml.value) == ways.toml;
  return ways;
}

Ways walk(DocumentKind kind, const Json& tree) {
  switch (kind) {
    case DocumentKind::kGrant:
      return walk(tree, &policy::parse_grant);
    case DocumentKind::kCeiling:
      return walk(tree, &policy::parse_ceiling);
    case DocumentKind::kConfig:
      return walk(tree, &policy::parse_config);
    case DocumentKind::kRequest:
      break;
  }
  return {};
}

std::string fitting_text(const KeyRow& row) {
  const std::array<std::string, 12> candidates = {"0123456789abcdef",
                                                  "/abs/path",
                                                  "sha256:" + std::string(64, '0'),
                                                  "pub/name",
                                                  "env.x",
                                                  "127.0.0.1:81",
                                                  "https://a.example.com:8443",
                                                  "GET",
                                                  "10.0.0.0/8",
                                                  "Bearer ${key}",
                                                  "/a/",
                                                  "NAME"};
  for (const std::string& each : candidates) {
    if (row.check == nullptr || !row.check(each)) return each;
  }
  ADD_FAILURE() << "no sample for " << row.path;
  return "";
}

// A word that is neither what an unwritten key means in a grant nor, for a ceiling, the widest.
std::string fitting_word(const KeyRow& row, DocumentKind kind) {
  if (kind == DocumentKind::kCeiling && row.path == "fetch.decompress") return "off";
  std::string_view rest = row.words;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (word != row.standard && word != "none") return std::string(word);
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  }
  return std::string(row.words.substr(0, row.words.find(' ')));
}

Json sample(const KeyRow& row, DocumentKind kind) {
  const bool ceiling_entry =
      kind == DocumentKind::kCeiling && row.path.find('.') != std::string::npos;
  switch (row.shape) {
    case Shape::kVersion:
      return Json::integer(1);
    case Shape::kBool:
      return Json::boolean(!row.path.starts_with("console.") && !ceiling_entry);
    case Shape::kCount:
      return Json::integer(5);
    case Shape::kSize:
      return Json::string("5B");
    case Shape::kDuration:
      return Json::string("5s");
    case Shape::kTime:
      return Json::string("2030-01-01T00:00:00Z");
    case Shape::kText:
      return Json::string(fitting_text(row));
    case Shape::kVariable:
      return Json::string("value");
    case Shape::kTexts:
    case Shape::kTextOrTexts: {
      Json list = Json::array();
      list.push(Json::string(row.path == "secrets.*.command" ? "/bin/pass" : fitting_text(row)));
      return list;
    }
    case Shape::kWord:
      return Json::string(fitting_word(row, kind));
    case Shape::kTable:
    case Shape::kTables:
    case Shape::kNames:
      break;
  }
  return Json::object();
}

class Builder {
 public:
  explicit Builder(DocumentKind kind) : kind_(kind), rows_(policy::keys_of(kind)) {}

  // The smallest document with this key and what it needs.
  Json document(const KeyRow& row) {
    Json root = table("");
    put(root, "", row.path, sample(row, kind_));
    needs(root, row.path);
    return root;
  }

 private:
  const KeyRow& row_at(std::string_view path) const {
    return *std::find_if(rows_.begin(), rows_.end(),
                         [&](const KeyRow& row) { return row.path == path; });
  }

  Json table(const std::string& path) const {
    Json made = Json::object();
    const std::string prefix = path.empty() ? "" : path + ".";
    for (const KeyRow& row : rows_) {
      if (!row.is_required_in(kind_) || !row.path.starts_with(prefix)) continue;
      const std::string_view word = std::string_view(row.path).substr(prefix.size());
      if (word.find('.') == std::string_view::npos) {
        made.set(policy::json_key(word), sample(row, kind_));
      }
    }
    return made;
  }

  void put(Json& at, const std::string& path, std::string_view rest, Json value) {
    const std::string_view word = rest.substr(0, rest.find('.'));
    const std::string full = (path.empty() ? "" : path + ".") + std::string(word);
    const std::string key = word == "*" ? "NAME" : policy::json_key(word);
    const Shape shape = row_at(full).shape;
    const bool leaf = word.size() == rest.size();
    if (leaf && shape != Shape::kTable && shape != Shape::kTables && shape != Shape::kNames) {
      at.set(key, std::move(value));
      return;
    }
    const Json* old = at.find(key);
    const bool list = shape == Shape::kTables;
    Json inner = old == nullptr ? table(full) : (list ? old->as_array()->front() : *old);
    if (!leaf) put(inner, full, rest.substr(word.size() + 1), std::move(value));
    if (list) {
      Json wrapped = Json::array();
      wrapped.push(std::move(inner));
      inner = std::move(wrapped);
    }
    at.set(key, std::move(inner));
  }

  void needs(Json& root, std::string_view path) {
    const auto also = [&](std::string_view key, Json value) {
      put(root, "", key, std::move(value));
    };
    if (path == "uses" && kind_ == DocumentKind::kGrant)
      also("id", Json::string("0123456789abcdef"));
    if (path == "module" && kind_ == DocumentKind::kCeiling)
      also("unsigned", Json::string("never"));
    if (path == "clock.fixed") also("clock.wall", Json::boolean(true));
    if (path == "directory.hide") also("directory.access", Json::string("overlay"));
    if (path == "network.nat64-prefixes") also("network.nat64", Json::string("decode"));
    if (path.starts_with("connect") && path != "connect.tcp" && path != "connect.udp") {
      also("connect.tcp", Json::string("127.0.0.1:81"));
    }
    if (path == "secrets" || path == "secrets.*" || path == "secrets.*.timeout") {
      Json words = Json::array();
      words.push(Json::string("/bin/pass"));
      also("secrets.*.command", std::move(words));
    }
  }

  DocumentKind kind_;
  std::vector<KeyRow> rows_;
};

const Json* at(const Json& tree, std::string_view path) {
  const Json* value = &tree;
  while (!path.empty() && value != nullptr) {
    const std::string_view word = path.substr(0, path.find('.'));
    if (const Json::Array* list = value->as_array())
      value = list->empty() ? nullptr : &list->front();
    if (value != nullptr) value = value->find(word == "*" ? "NAME" : policy::json_key(word));
    path.remove_prefix(std::min(path.size(), word.size() + 1));
  }
  return value;
}

class EveryKey : public testing::TestWithParam<DocumentKind> {};

TEST_P(EveryKey, IsHeldPrintedAndReadBack) {
  const DocumentKind kind = GetParam();
  std::size_t keys = 0;
  for (const KeyRow& row : policy::keys_of(kind)) {
    if (!policy::every_room().test(static_cast<std::size_t>(row.room))) continue;
    const Json document = Builder(kind).document(row);
    const Ways ways = walk(kind, document);
    EXPECT_EQ(ways.faults, "") << row.path << "\n" << codec::print_canonical(document);
    EXPECT_TRUE(ways.same_by_json) << row.path << "\n" << codec::print_canonical(document);
    EXPECT_TRUE(ways.same_by_toml) << row.path << "\n" << ways.toml;
    const bool table = row.shape == Shape::kTable || row.shape == Shape::kNames;
    if (table || row.shape == Shape::kTables) continue;
    const Json* held = at(ways.lowered, row.path);
    ASSERT_NE(held, nullptr) << row.path << " is read and not held";
    EXPECT_EQ(*held, sample(row, kind)) << row.path;
    ++keys;
  }
  EXPECT_GT(keys, 5U);
}

INSTANTIATE_TEST_SUITE_P(Documents, EveryKey,
                         testing::Values(DocumentKind::kGrant, DocumentKind::kCeiling,
                                         DocumentKind::kConfig),
                         [](const auto& each) { return std::string(word_of(each.param)); });

TEST(AnyGrant, IsReadBackFromItsTomlAndItsJson) {
  test::Dice dice(21);
  for (int round = 0; round < 1'000; ++round) {
    const policy::Grant grant = test::any_grant(dice);
    const std::string text = print_toml(grant);
    codec::JsonDiagnosis why;
    const auto tree = toml::parse_toml(text, {}, why);
    ASSERT_TRUE(tree) << why.text << "\n" << text;
    const auto read = policy::parse_grant(*tree, reading(Spelling::kToml));
    ASSERT_TRUE(read.value) << told(read) << text;
    ASSERT_EQ(*read.value, grant) << text << "\n--\n" << print_toml(*read.value);
    const auto json = policy::read_json(canonical_json(grant), "d");
    ASSERT_TRUE(json.value);
    const auto by_json = policy::parse_grant(*json.value, reading(Spelling::kJson));
    ASSERT_TRUE(by_json.value) << told(by_json);
    ASSERT_EQ(*by_json.value, grant);
    ASSERT_EQ(hash(*by_json.value), hash(grant));
  }
}

TEST(AnyGrant, TextsOfAllKindsAreReadBack) {
  for (const std::string text : {"", "\"", "\\", "a\nb", "\t", "\x7f", "\u00e9\u202e", "'", "#",
                                 "= [x]", "\"\"\"", "a\x01z"}) {
    policy::Grant grant;
    grant.console = {true, true, true};
    grant.argv0 = text;
    grant.environment = {{"NAME " + text, text}};
    std::erase_if(grant.environment,
                  [](const auto& each) { return each.first.find('=') != std::string::npos; });
    codec::JsonDiagnosis why;
    const auto tree = toml::parse_toml(print_toml(grant), {}, why);
    ASSERT_TRUE(tree) << why.text << print_toml(grant);
    const auto read = policy::parse_grant(*tree, reading(Spelling::kToml));
    ASSERT_TRUE(read.value) << told(read);
    EXPECT_EQ(*read.value, grant) << print_toml(grant);
  }
}

TEST(Hash, DependsOnWhatIsSaidOnly) {
  const auto of = [](std::string_view text) {
    const auto tree = policy::read_json(text, "a name");
    return hash(*policy::parse_grant(*tree.value, reading(Spelling::kJson)).value);
  };
  const auto one = of(R"({"version":1,"limits":{"wall":"60s"},"environment":{"A":"1","B":"2"}})");
  EXPECT_EQ(one, of(R"({"environment":{"B":"2","A":"1"},"limits":{"wall_ms":60000},"version":1})"));
  EXPECT_NE(one, of(R"({"version":1,"limits":{"wall":"61s"},"environment":{"A":"1","B":"2"}})"));
}

}  // namespace
}  // namespace warrant
