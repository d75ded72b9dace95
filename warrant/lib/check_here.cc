// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/check_here.h"

#include <algorithm>
#include <memory>

#include "warrant/codec/text.h"
#include "warrant/engine/engine.h"
#include "warrant/lib/found_here.h"
#include "warrant/lib/live_run.h"
#include "warrant/lib/network.h"
#include "warrant/lib/socket_words.h"
#include "warrant/lib/validity.h"
#include "warrant/os/root.h"
#include "warrant/os/run_files.h"
#include "warrant/os/sensitive.h"
#include "warrant/os/waiter.h"
#include "warrant/policy/guest_name.h"

namespace warrant::lib {
namespace {

using Lines = std::vector<std::string>;

void add(Lines& to, const std::string& what, const std::string& fix) {
  to.push_back(fix.empty() ? what : what + "; " + fix);
}

void add(Lines& to, const Problem& problem) {
  add(to, problem.what, problem.hint);
  to.insert(to.end(), problem.more.begin(), problem.more.end());
}

class Finder {
 public:
  Finder(const os::Ambient& ambient, const policy::Warrant& warrant, const CheckedAgainst& against)
      : ambient_(ambient), warrant_(warrant), against_(against) {}

  LoadFaults find() {
    validity();
    variables();
    directories();
    working_directory();
    sockets();
    network();
    return std::move(found_);
  }

 private:
  const policy::Grant& terms() const { return warrant_.terms(); }

  void validity() {
    policy::Grant copy = terms();
    if (const auto problem = judge_validity(ambient_, against_.state_dir, copy)) {
      add(found_.here, *problem);
    }
  }

  void variables() {
    for (const policy::EnvironmentReference& each : terms().host_environment) {
      const Lines& set = against_.variables;
      if (std::find(set.begin(), set.end(), each.variable) != set.end()) continue;
      add(found_.here, unset_variable(each));
    }
  }

  // In their order, so that each is judged beside those before it.
  void directories() {
    if (terms().directories.empty()) return;
    auto waiter = os::Waiter::make(ambient_);
    if (!waiter) return add(found_.here, "no descriptor can be made to look at directories", {});
    auto files = std::make_shared<os::RunFiles>(
        os::RunFilesOptions{.locate = &engine::locate, .waiter = waiter->get()});
    for (const std::string& place : against_.own_places) {
      if (os::protect_directory(ambient_, place, *files)) continue;
      add(found_.here, unkept_place(place));
    }
    const bool refuses = warrant_.restrictions().sensitive == policy::Sensitive::kRefuse;
    for (const policy::DirectoryGrant& each : terms().directories) {
      os::RootReport report;
      const auto opened =
          os::open_root(ambient_, each.host, directory_options(each, warrant_.limits()),
                        cap::GrantIndex{0}, files, nullptr, report);
      if (!opened) {
        add(found_.here, unopened_directory(each, report));
      } else if (refuses) {
        sensitive(each);
      }
    }
  }

  void sensitive(const policy::DirectoryGrant& asked) {
    const Lines places =
        os::sensitive_places(ambient_, asked.host, os::sensitive_sources(ambient_));
    if (!places.empty()) add(found_.here, sensitive_directory(asked, places.front()));
  }

  void working_directory() {
    if (!terms().cwd) return;
    const auto holds = [&](const policy::DirectoryGrant& each) {
      return policy::lies_in(*terms().cwd, each.guest);
    };
    const auto& granted = terms().directories;
    if (std::any_of(granted.begin(), granted.end(), holds)) return;
    add(found_.document,
        "the working directory " + codec::escape_text(*terms().cwd) +
            " lies in no granted directory",
        "cwd names a directory beneath a granted one");
  }

  void sockets() {
    constexpr std::string_view kFix = "write an address and a port, as in 127.0.0.1:8080";
    for (const policy::ListenGrant& each : terms().listen) {
      if (const auto fault = fault_of(each)) add(found_.document, *fault, std::string(kFix));
    }
    for (const policy::ConnectGrant& each : terms().connect) {
      if (const auto fault = fault_of(each)) add(found_.document, *fault, std::string(kFix));
    }
  }

  void network() {
    if (terms().fetch.empty()) return;
    auto rules = load_fetch_rules(warrant_);
    if (!rules) return add(found_.document, rules.problem());
    for (fetch::Grant& each : rules->grants) {
      if (const auto problem = load_certificates(ambient_, each)) add(found_.here, *problem);
      if (each.secret) secret(each.secret->reference);
    }
  }

  void secret(const std::string& name) {
    const auto& sources = against_.secrets;
    if (std::any_of(sources.begin(), sources.end(),
                    [&](const policy::SecretSource& each) { return each.name == name; })) {
      return;
    }
    add(found_.remarks, "the secret " + codec::escape_text(name) + " has no source here",
        "--secret " + codec::escape_text(name) +
            "=file:/abs/path gives one, or [secrets] in the configuration");
  }

  const os::Ambient& ambient_;
  const policy::Warrant& warrant_;
  const CheckedAgainst& against_;
  LoadFaults found_;
};

}  // namespace

LoadFaults find_load_faults(const os::Ambient& ambient, const policy::Warrant& warrant,
                            const CheckedAgainst& against) {
  return Finder(ambient, warrant, against).find();
}

}  // namespace warrant::lib
