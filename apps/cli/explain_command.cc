// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <array>

#include "apps/cli/admission.h"
#include "apps/cli/commands.h"
#include "apps/cli/grant_verbs.h"
#include "apps/cli/help.h"
#include "apps/cli/terminal.h"
#include "apps/cli/words.h"
#include "warrant/cap/address_text.h"
#include "warrant/codec/json.h"
#include "warrant/codec/text.h"
#include "warrant/lib/explain.h"
#include "warrant/lib/validity.h"

namespace warrant::cli {
namespace {

using codec::Json;

constexpr auto kOwnFlags = std::to_array<Flag>(
    {{"[FLAGS]", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere,
      "what is granted, by the words of `warrant run --help`: --grant FILE, --dir, ..."},
     {"--write", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere,
      "open: to change it, not to read it"},
     {"--address", "IP", Arity::kValue, FlagGroup::kShown, FlagState::kHere,
      "fetch, connect: what the name is at; several are allowed"},
     {"--json", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, "as JSON"},
     {"--help", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, "this page"}});

constexpr std::string_view kQuestions =
    "fetch METHOD URL, open PATH, connect HOST:PORT, env NAME, fds";

struct Question {
  std::string verb;
  std::string subject;
  std::string target;  // of fetch: the URL, behind the method
  lib::Intent intent = lib::Intent::kRead;
  std::vector<std::string> addresses;
  std::vector<cap::IpAddress> parsed;
  bool json = false;
};

std::optional<UsageError> parse_addresses(Question& question) {
  for (const std::string& each : question.addresses) {
    const auto address = cap::parse_ip(each);
    if (!address) {
      return UsageError{"--address: \"" + codec::escape_text(each) + "\" is no address",
                        "--address 192.0.2.1 or --address 2001:db8::1, without brackets"};
    }
    question.parsed.push_back(*address);
  }
  return std::nullopt;
}

// The words behind the flags: a verb, its subject, and flags of the question among them.
std::optional<UsageError> parse_question(const std::vector<std::string>& words,
                                         Question& question) {
  std::vector<std::string> plain;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--write") {
      question.intent = lib::Intent::kWrite;
    } else if (words[i] == "--json") {
      question.json = true;
    } else if (words[i] == "--address" && i + 1 < words.size()) {
      question.addresses.push_back(words[++i]);
    } else if (words[i].starts_with("--")) {
      return UsageError{"explain: unknown flag " + words[i] + " behind the question",
                        "--write, --address IP, --json; flags that grant stand before it"};
    } else {
      plain.push_back(words[i]);
    }
  }
  const std::string hint = "explain [FLAGS] " + std::string(kQuestions);
  if (plain.empty()) return UsageError{"explain needs a question", hint};
  question.verb = plain[0];
  if (question.verb == "spawn") {
    return UsageError{"explain spawn is known, but not in this build yet",
                      "the questions are " + std::string(kQuestions)};
  }
  constexpr std::array<std::string_view, 5> kKnown = {"fetch", "open", "connect", "env", "fds"};
  if (std::find(kKnown.begin(), kKnown.end(), question.verb) == kKnown.end()) {
    const auto near = nearest(question.verb, kKnown);
    return UsageError{"explain: \"" + question.verb + "\" is no question",
                      near ? "did you mean " + std::string(*near) + "?" : hint};
  }
  constexpr std::array<std::string_view, 3> kMore = {"nothing more", "one word more",
                                                     "two words more"};
  const std::size_t more = question.verb == "fds" ? 0 : question.verb == "fetch" ? 2 : 1;
  if (plain.size() != more + 1) {
    return UsageError{"explain " + question.verb + " takes " + std::string(kMore[more]), hint};
  }
  if (more > 0) question.subject = plain[1];
  if (more > 1) question.target = plain[2];
  return question.verb == "fetch" ? parse_addresses(question) : std::nullopt;
}

class Explainer {
 public:
  Explainer(os::Ambient ambient, Question question)
      : ambient_(ambient), question_(std::move(question)) {}

  int run(const RunRequest& request, Voice& voice) {
    auto standing = load_standing(ambient_, request.documents);
    if (!standing) return refuse_document(standing.problem(), voice);
    auto joined = join_documents(ambient_, request);
    if (!joined) return refuse_document(joined.problem(), voice);
    auto whole = absolute(ambient_, *std::move(joined));
    if (!whole) return refuse_document(whole.problem(), voice);
    policy::Admitted admitted = lib::admit_here(ambient_, *whole, standing->ceilings);
    if (!admitted.warrant) {
      return refuse_document(lib::problem_of(admitted.refused), voice);
    }
    for (const policy::Finding& each : admitted.narrowed) {
      voice.note(codec::escape_text(policy::print_line(each)));
    }
    if (question_.verb == "fds") return print_table(*admitted.warrant);
    if (question_.verb == "fetch") {
      auto said = lib::explain_fetch(ambient_, *admitted.warrant, question_.subject,
                                     question_.target, question_.parsed);
      return said ? print(*said) : refuse_document(said.problem(), voice);
    }
    return print(answer(*admitted.warrant, own_places(*standing)));
  }

 private:
  lib::Explanation answer(const policy::Warrant& warrant, const std::vector<std::string>& places) {
    if (question_.verb == "open") {
      return lib::explain_open(ambient_, warrant, places, question_.subject, question_.intent);
    }
    if (question_.verb == "connect") {
      return lib::explain_connect(warrant, question_.subject, question_.addresses);
    }
    return lib::explain_variable(warrant, question_.subject);
  }

  int print(const lib::Explanation& explanation) const {
    const bool allowed = explanation.decision == lib::Explanation::Decision::kAllow;
    const std::string word = allowed ? "allow" : "deny";
    std::string text;
    if (question_.json) {
      Json page = Json::object();
      page.set("decision", Json::string(word));
      page.set("rule", Json::string(explanation.rule));
      page.set("detail", Json::string(explanation.detail));
      page.set("place", Json::string(explanation.place));
      text = print_document(page);
    } else {
      text = word + " (" + explanation.rule + "): " + explanation.detail + "\n";
      if (!explanation.place.empty()) text += "  by " + explanation.place + "\n";
    }
    if (!write_all(STDOUT_FILENO, text)) return kOutputFailed;
    return allowed ? kDone : kNo;
  }

  int print_table(const policy::Warrant& warrant) const {
    Json page = Json::array();
    std::vector<std::vector<std::string>> rows;
    for (const lib::StartDescriptor& each : lib::start_descriptors(warrant)) {
      Json row = Json::object();
      row.set("fd", Json::integer(each.number));
      row.set("kind", Json::string(each.kind));
      row.set("name", Json::string(each.name));
      row.set("detail", Json::string(each.detail));
      page.push(std::move(row));
      rows.push_back({std::to_string(each.number), each.kind, each.name, each.detail});
    }
    const std::string text = question_.json ? print_document(page) : print_columns(rows);
    return write_all(STDOUT_FILENO, text) ? kDone : kOutputFailed;
  }

  os::Ambient ambient_;
  Question question_;
};

}  // namespace

int explain_command(const Process& process, Words words) {
  Voice voice(When::kAuto, Verbosity::kNormal);
  std::vector<Flag> flags = grant_flags();
  for (const Flag& each : kOwnFlags) {
    if (each.name == "--write" || each.name == "--address") flags.push_back(each);
  }
  UsageError error;
  auto split = split_words(words, flags, "explain", error);
  if (!split) {
    voice.usage(error);
    return kUsage;
  }
  Question question;
  std::vector<GivenFlag> granting;
  for (GivenFlag& each : split->flags) {
    if (each.flag->name == "--help" || each.flag->name == "-h") {
      return write_all(STDOUT_FILENO, verb_help("explain", kOwnFlags)) ? kDone : kOutputFailed;
    }
    if (each.flag->name == "--json") {
      question.json = true;
    } else if (each.flag->name == "--write") {
      question.intent = lib::Intent::kWrite;
    } else if (each.flag->name == "--address") {
      question.addresses.push_back(each.value.value_or(""));
    } else {
      granting.push_back(std::move(each));
    }
  }
  RunRequest request;
  if (!parse_grant_flags(granting, host_variable, request, error)) {
    voice.usage(error);
    return kUsage;
  }
  if (auto fault = parse_question(split->rest, question)) {
    voice.usage(*fault);
    return kUsage;
  }
  return Explainer(process.ambient, std::move(question)).run(request, voice);
}

}  // namespace warrant::cli
