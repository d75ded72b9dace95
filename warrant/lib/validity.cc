// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/validity.h"

#include <algorithm>

#include "warrant/codec/hash.h"
#include "warrant/lib/documents.h"
#include "warrant/os/sensitive.h"
#include "warrant/os/use_files.h"
#include "warrant/policy/validity.h"

namespace warrant::lib {
namespace {

Problem refused(std::string what, std::string hint) {
  return {Problem::Kind::kRefused, std::move(what), std::move(hint), {}};
}

Problem refused(const policy::Finding& finding) {
  Problem problem = problem_of(policy::Findings{finding});
  problem.kind = Problem::Kind::kRefused;
  if (!finding.reason.empty()) problem.what += " (" + std::string(finding.reason) + ")";
  return problem;
}

Problem bad_state(const Error& error) {
  return error.code == Errc::kNotCapable
             ? refused("the state directory is not yours alone, so times and uses cannot be kept",
                       "chmod 700 it: $XDG_STATE_HOME/warrant")
             : refused("the state directory cannot be used, so times and uses cannot be kept",
                       "make $XDG_STATE_HOME/warrant a directory that this user may write");
}

Outcome<os::UseFiles> open_state(const os::Ambient& ambient, const std::string& state_dir) {
  if (state_dir.empty()) {
    return refused("the grant expires or is for a number of uses, and there is no state directory",
                   "set HOME or XDG_STATE_HOME to an absolute path");
  }
  auto files = os::UseFiles::open(ambient, state_dir);
  if (!files) return bad_state(files.error());
  return *std::move(files);
}

}  // namespace

bool HostAncestry::lies_in(const std::string& inner, const std::string& outer) const {
  return os::directory_lies_in(ambient_, inner, outer);
}

policy::Timestamp now(const os::Ambient& ambient) {
  return policy::Timestamp{os::host_wall_clock(ambient)};
}

std::optional<Problem> judge_validity(const os::Ambient& ambient, const std::string& state_dir,
                                      policy::Grant& grant) {
  if (!policy::needs_clock(grant)) return std::nullopt;
  auto files = open_state(ambient, state_dir);
  if (!files) return files.problem();
  const auto latest = files->latest_seen();
  if (!latest) return bad_state(latest.error());
  const policy::Timestamp time = now(ambient);
  if (const auto fault = policy::judge_time(grant, {time, policy::Timestamp{*latest}})) {
    return refused(*fault);
  }
  if (!files->see(policy::count(time))) return bad_state(Error{Errc::kIo, 0, "clock"});
  if (grant.uses) {
    const auto used =
        files->count([&](std::uint64_t number) { return policy::use_file_name(grant, number); });
    if (!used) return bad_state(used.error());
    if (const auto fault = policy::judge_uses(grant, *used)) return refused(*fault);
  }
  const Nanoseconds left = policy::wall_until_expiry(grant, time);
  grant.limits.clamp(policy::LimitKey::kWall, count(left));
  return std::nullopt;
}

std::optional<Problem> take_use(const os::Ambient& ambient, const std::string& state_dir,
                                const policy::Grant& grant) {
  if (!grant.uses) return std::nullopt;
  auto files = open_state(ambient, state_dir);
  if (!files) return files.problem();
  for (;;) {
    const auto used =
        files->count([&](std::uint64_t number) { return policy::use_file_name(grant, number); });
    if (!used) return bad_state(used.error());
    if (const auto fault = policy::judge_uses(grant, *used)) return refused(*fault);
    const Status taken = files->take(policy::use_file_name(grant, *used));
    if (taken) return std::nullopt;
    if (taken.error().code != Errc::kExists) return bad_state(taken.error());
  }
}

std::optional<Problem> check_module(std::span<const std::byte> module,
                                    const policy::Warrant& warrant) {
  const auto& allowed = warrant.terms().modules;
  if (!allowed) return std::nullopt;
  const codec::Digest digest = codec::sha256(module);
  if (std::find(allowed->begin(), allowed->end(), digest) != allowed->end()) return std::nullopt;
  if (allowed->empty()) {
    return refused(
        "a ceiling lets only modules run that it names, and it names none of the grant's",
        "its administrator can add module = \"sha256:" + digest.hex() + "\"");
  }
  return refused("is sha256:" + digest.hex() + ", which is not the module that the grant names",
                 "the file has changed, or the pin is of another one; `warrant inspect` prints it");
}

std::optional<Problem> check_hardening(const policy::Warrant& warrant) {
  using policy::Hardening;
  if (std::max(warrant.terms().hardening.value_or(Hardening::kOff),
               warrant.restrictions().hardening_minimum) == Hardening::kOff) {
    return std::nullopt;
  }
  return refused(
      "a grant or ceiling asks for hardening, and runs beside others are not locked down",
      "run it by `warrant run`, which locks its own process down, or leave it out");
}

policy::Admitted admit_here(const os::Ambient& ambient, const policy::Grant& grant,
                            std::span<const policy::Ceiling> ceilings) {
  const HostAncestry ancestry(ambient);
  policy::Against against;
  against.ceilings = ceilings;
  against.ancestry = &ancestry;
  if (!ceilings.empty()) against.now = now(ambient);
  return policy::admit(grant, against);
}

}  // namespace warrant::lib
