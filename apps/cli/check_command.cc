// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <array>

#include "apps/cli/admission.h"
#include "apps/cli/commands.h"
#include "apps/cli/earlier_policy.h"
#include "apps/cli/grant_verbs.h"
#include "apps/cli/help.h"
#include "apps/cli/module_file.h"
#include "apps/cli/terminal.h"
#include "apps/cli/words.h"
#include "warrant/codec/json.h"
#include "warrant/codec/text.h"
#include "warrant/host/failure.h"
#include "warrant/host/proposal.h"
#include "warrant/lib/check_here.h"
#include "warrant/lib/fetch_numbers.h"
#include "warrant/lib/open_sockets.h"
#include "warrant/lib/run_impl.h"
#include "warrant/lib/tool_impl.h"
#include "warrant/lib/validity.h"
#include "warrant/os/load_file.h"
#include "warrant/os/sensitive.h"
#include "warrant/policy/print.h"

namespace warrant::cli {
namespace {

using codec::Json;
using Lines = std::vector<std::string>;

constexpr auto kFlags = std::to_array<Flag>(
    {{"--against", "FILE", Arity::kValue, FlagGroup::kGrant, FlagState::kHere,
      "a module that the grant is for"},
     {"--ceiling", "FILE", Arity::kValue, FlagGroup::kGrant, FlagState::kHere,
      "the keys of a grant, the widest allowed; besides the machine's own"},
     {"--config", "FILE", Arity::kValue, FlagGroup::kGrant, FlagState::kHere,
      "this one instead of the user's own"},
     {"--from-openagentic", "FILE", Arity::kValue, FlagGroup::kGrant, FlagState::kHere,
      "an earlier { policy } as a grant"},
     {"--json", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, "as JSON"},
     {"--help", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, "this page"},
     {"-h", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, ""}});

struct CheckRequest {
  Lines grants;
  DocumentFlags documents;
  std::optional<std::string> against;
  std::optional<std::string> earlier;
  bool json = false;
  bool help = false;
};

std::optional<UsageError> parse(Words words, CheckRequest& request) {
  // Flags may stand between and behind the files: nothing here belongs to a guest.
  std::vector<std::string> rest(words.begin(), words.end());
  while (!rest.empty()) {
    UsageError error;
    auto split = split_words(rest, kFlags, "check", error);
    if (!split) return error;
    for (const GivenFlag& given : split->flags) {
      if (given.flag->name == "--json") request.json = true;
      if (given.flag->name == "--help" || given.flag->name == "-h") request.help = true;
      if (given.flag->name == "--ceiling") request.documents.ceilings.push_back(*given.value);
      if (given.flag->name == "--config") request.documents.config = given.value;
      if (given.flag->name == "--against") request.against = given.value;
      if (given.flag->name == "--from-openagentic") request.earlier = given.value;
    }
    if (split->rest.empty()) break;
    request.grants.push_back(split->rest.front());
    rest.assign(split->rest.begin() + 1, split->rest.end());
  }
  if (request.help) return std::nullopt;
  if (request.earlier) {
    const bool alone = request.grants.empty() && !request.against && !request.json;
    if (alone) return std::nullopt;
    return UsageError{"check: --from-openagentic stands alone",
                      "warrant check --from-openagentic FILE"};
  }
  if (request.grants.empty() || request.grants.size() > 2) {
    return UsageError{"check takes one grant, or two to compare",
                      "warrant check GRANT [--against FILE], warrant check A B"};
  }
  if (request.grants.size() == 2 && request.against) {
    return UsageError{"check: two grants are compared with each other, not against a file",
                      "warrant check GRANT --against FILE"};
  }
  return std::nullopt;
}

Lines without(const Lines& all, const Lines& taken) {
  Lines left;
  std::copy_if(all.begin(), all.end(), std::back_inserter(left), [&](const std::string& each) {
    return std::find(taken.begin(), taken.end(), each) == taken.end();
  });
  return left;
}

Json list_of(const Lines& lines) {
  Json list = Json::array();
  for (const std::string& each : lines) list.push(Json::string(each));
  return list;
}

void append(std::string_view title, const Lines& lines, std::string& page) {
  if (lines.empty()) return;
  page += std::string(title) + "\n";
  for (const std::string& each : lines) page += "  " + each + "\n";
}

// What a grant gives beyond what a module can ask for, and the other way round.
struct Comparison {
  Lines wider;
  Lines missing;   // it cannot do its work without
  Lines optional;  // it imports it, and may do without
  Lines remarks;   // often needed by what it was made with
};

// What keeps a module from starting, in the words of a run; each limit that is too low for it.
void compare_sizes(const std::string& file, const policy::Limits& limits,
                   std::span<const std::byte> module, const wasm::ModuleInfo& info,
                   Lines& missing) {
  const auto say = [&](const Problem& problem) {
    missing.push_back(problem.what + (problem.hint.empty() ? "" : "; " + problem.hint));
  };
  wasm::Diagnosis diagnosis;
  wasm::Failure failure;
  if (module.size() > limits.get(policy::LimitKey::kModuleBytes)) {
    say(lib::file_problem(file, Error{Errc::kFileTooBig}, limits));
  } else if (!wasm::read_module(module, wasm::ReadDepth::kOutline, lib::read_limits(limits),
                                diagnosis)) {
    say(lib::problem_of(host::exit_of_diagnosis(diagnosis, limits)));
  } else if (!lib::check_before_compile(module, limits, failure)) {
    say(lib::problem_of(host::exit_of_failure(failure, limits)));
  }
  if (auto problem = lib::check_start_sizes(info, limits)) say(*problem);
}

Comparison compare(const std::string& file, const policy::Grant& grant, const policy::Grant& asked,
                   std::span<const std::byte> module, const wasm::ModuleInfo& info) {
  Comparison found;
  const auto hold = [&](Lines& lacking, const std::string& what, bool value, bool wanted) {
    if (value && !wanted) found.wider.push_back(what + ", and it imports nothing that uses it");
    if (!value && wanted) lacking.push_back(what);
  };
  hold(found.optional, "the wall clock", grant.clock.wall, asked.clock.wall);
  hold(found.optional, "the monotonic clock", grant.clock.monotonic, asked.clock.monotonic);
  hold(found.optional, "entropy", grant.entropy.source != policy::EntropyGrant::Source::kNone,
       asked.entropy.source != policy::EntropyGrant::Source::kNone);
  hold(found.missing, "a directory", !grant.directories.empty(), !asked.directories.empty());
  const auto imports = [&](std::initializer_list<std::string_view> names) {
    return std::any_of(info.imports.begin(), info.imports.end(), [&](const wasm::Import& each) {
      return std::find(names.begin(), names.end(), each.name) != names.end();
    });
  };
  if (!grant.listen.empty() && !imports({"sock_accept"})) {
    found.wider.emplace_back("a listener, and it imports nothing that accepts connections");
  }
  const bool writes =
      imports({"path_open", "path_create_directory", "path_unlink_file", "path_remove_directory",
               "path_rename", "path_symlink", "path_link"});
  for (const policy::DirectoryGrant& each : grant.directories) {
    if (each.access == policy::Access::kWrite && !writes) {
      found.wider.push_back("writing in " + codec::escape_text(each.guest) +
                            ", and it imports nothing that changes files");
    }
  }
  compare_sizes(file, grant.limits, module, info, found.missing);
  constexpr auto kStack = policy::LimitKey::kStack;
  if (asked.limits.is_written(kStack) && grant.limits.get(kStack) < asked.limits.get(kStack)) {
    found.remarks.push_back("programs made as it is often need the limit stack = " +
                            policy::print_limit(kStack, asked.limits.get(kStack)));
  }
  const codec::Digest digest = codec::sha256(module);
  if (grant.modules &&
      std::find(grant.modules->begin(), grant.modules->end(), digest) == grant.modules->end()) {
    found.missing.push_back("to run at all: it is sha256:" + digest.hex() +
                            ", and the grant names another module");
  }
  return found;
}

class Checker {
 public:
  Checker(os::Ambient ambient, CheckRequest request, Voice& voice)
      : ambient_(ambient), request_(std::move(request)), voice_(voice) {}

  int run() {
    if (request_.earlier) return translate(*request_.earlier);
    std::vector<policy::Grant> grants;
    for (const std::string& path : request_.grants) {
      auto grant = Grant::load(ambient_, path);
      if (!grant) return refuse_document(grant.problem(), voice_);
      grants.push_back(*std::move(grant));
    }
    return grants.size() == 2 ? compare_two(grants[0], grants[1]) : check_one(grants[0]);
  }

 private:
  int write(const std::string& text, int status) {
    return write_all(STDOUT_FILENO, text) ? status : kOutputFailed;
  }

  int translate(const std::string& path) {
    constexpr std::uint64_t kMost = 1U << 20;
    const auto bytes = os::load_file(ambient_, path, kMost);
    const std::string name = codec::escape_text(path);
    if (!bytes) {
      voice_.error(name + " cannot be read", {}, "name a file of at most 1 MiB that is there");
      return kMissing;
    }
    const EarlierPolicy found = translate_earlier(std::string_view(
        reinterpret_cast<const char*>(bytes->data()), bytes->size()));  // NOLINT: text
    if (found.fault.empty()) return write(found.page, kDone);
    voice_.error(name + ": " + found.fault, {}, found.fix);
    return kInvalid;
  }

  int compare_two(const policy::Grant& a, const policy::Grant& b) {
    const Lines only_a = without(sentences_of(a), sentences_of(b));
    const Lines only_b = without(sentences_of(b), sentences_of(a));
    const int status = only_a.empty() && only_b.empty() ? kDone : kNo;
    if (request_.json) {
      Json page = Json::object();
      page.set("equal", Json::boolean(status == kDone));
      page.set("only_first", list_of(only_a));
      page.set("only_second", list_of(only_b));
      return write(print_document(page), status);
    }
    std::string page = status == kDone ? "both say the same\n" : "";
    append("only " + codec::escape_text(request_.grants[0]), only_a, page);
    append("only " + codec::escape_text(request_.grants[1]), only_b, page);
    return write(page, status);
  }

  // What the world has to say; nothing of it is changed.
  Lines warnings(const policy::Grant& grant, const lib::LoadFaults& faults) {
    Lines lines = faults.remarks;
    const os::SensitiveSources sources = os::sensitive_sources(ambient_);
    for (const policy::DirectoryGrant& each : grant.directories) {
      const std::string name = codec::escape_text(each.host);
      for (const std::string& place : os::sensitive_places(ambient_, each.host, sources)) {
        lines.push_back("careful with " + name + ": " + codec::escape_text(place));
      }
    }
    return lines;
  }

  lib::LoadFaults load_faults(const Standing& standing, const policy::Warrant& warrant) const {
    lib::CheckedAgainst against;
    against.own_places = own_places(standing);
    against.state_dir = standing.places.state;
    against.secrets = standing.config.secrets;
    for (const auto& [variable, value] : host_variables(warrant.terms())) {
      against.variables.push_back(variable);
    }
    return lib::find_load_faults(ambient_, warrant, against);
  }

  int refuse_load(const lib::LoadFaults& faults) {
    Lines more(faults.document.begin() + 1, faults.document.end());
    more.insert(more.end(), faults.here.begin(), faults.here.end());
    voice_.error(codec::escape_text(request_.grants[0]) + ": " + faults.document.front(), more,
                 "a run with it is refused; correct the grant");
    return kInvalid;
  }

  int check_one(const policy::Grant& grant) {
    auto standing = load_standing(ambient_, request_.documents);
    if (!standing) return refuse_document(standing.problem(), voice_);
    const policy::Admitted admitted = lib::admit_here(ambient_, grant, standing->ceilings);
    if (!admitted.warrant) return refuse_document(lib::problem_of(admitted.refused), voice_);
    Lines narrowed;
    for (const policy::Finding& each : admitted.narrowed) narrowed.push_back(lib::line_of(each));
    for (const policy::Finding& each : admitted.lowered) narrowed.push_back(lib::line_of(each));
    const policy::Grant terms = shown_terms(*admitted.warrant, grant);
    lib::LoadFaults faults = load_faults(*standing, *admitted.warrant);
    for (std::string& each : lib::connect_faults(*admitted.warrant)) {
      faults.here.push_back(std::move(each));
    }
    if (!faults.document.empty()) return refuse_load(faults);
    Comparison against;
    if (request_.against) {
      const auto found = compare_with(*request_.against, terms);
      if (!found) return status_;
      against = *found;
    }
    const bool fits = against.wider.empty() && against.missing.empty();
    const int status = fits && faults.here.empty() ? kDone : kNo;
    const Lines allows = sentences_of(terms);
    const Lines numbers = lib::fetch_numbers(admitted.warrant->terms(), grant);
    if (request_.json) {
      Json page = Json::object();
      page.set("valid", Json::boolean(true));
      page.set("hash", Json::string("sha256:" + policy::hash(*admitted.warrant).hex()));
      page.set("allows", list_of(allows));
      page.set("narrowed", list_of(narrowed));
      page.set("fetch_bounds", list_of(numbers));
      page.set("refused_here", list_of(faults.here));
      page.set("warnings", list_of(warnings(terms, faults)));
      if (request_.against) {
        page.set("wider", list_of(against.wider));
        page.set("missing", list_of(against.missing));
        page.set("optional", list_of(against.optional));
        page.set("remarks", list_of(against.remarks));
      }
      return write(print_document(page), status);
    }
    std::string page = codec::escape_text(request_.grants[0]) + " is valid\n";
    append("it allows, beside the console and the arguments", allows, page);
    if (allows.empty()) page += "it allows nothing but the console and the arguments\n";
    append("a ceiling takes away", narrowed, page);
    append("these bounds hold for what it fetches", numbers, page);
    append("a run would be refused here", faults.here, page);
    append("look at", warnings(terms, faults), page);
    append("wider than the file asks for", against.wider, page);
    append("asked for, and not granted", against.missing, page);
    append("not granted, and it may do without: try it", against.optional, page);
    append("try it first, and look again where it fails", against.remarks, page);
    return write(page, status);
  }

  std::optional<Comparison> compare_with(const std::string& file, const policy::Grant& grant) {
    policy::Limits limits;
    for (const policy::LimitRow& row : policy::limit_rows())
      limits.set_default(row.key, row.ceiling);
    std::vector<std::byte> bytes;
    wasm::ModuleInfo info;
    status_ = read_module_file(ambient_, file, limits, bytes, info, voice_);
    if (status_ != kDone) return std::nullopt;
    return compare(file, grant, host::propose_grant(bytes, info).grant, bytes, info);
  }

  os::Ambient ambient_;
  CheckRequest request_;
  Voice& voice_;
  int status_ = kDone;
};

}  // namespace

int check_command(const Process& process, Words words) {
  Voice voice(When::kAuto, Verbosity::kNormal);
  CheckRequest request;
  if (auto fault = parse(words, request)) {
    voice.usage(*fault);
    return kUsage;
  }
  if (request.help) {
    return write_all(STDOUT_FILENO, verb_help("check", kFlags)) ? kDone : kOutputFailed;
  }
  return Checker(process.ambient, std::move(request), voice).run();
}

}  // namespace warrant::cli
