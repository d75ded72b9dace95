// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/found_here.h"

#include <utility>

#include "warrant/codec/text.h"

namespace warrant::lib {
namespace {

Problem refused(const policy::Origin& origin, const std::string& what, std::string hint) {
  const std::string place = origin.print();
  return {Problem::Kind::kRefused,
          (place.empty() ? "" : place + ": ") + codec::escape_text(what),
          std::move(hint),
          {}};
}

}  // namespace

Problem unset_variable(const policy::EnvironmentReference& asked) {
  return refused(asked.origin, "the variable " + asked.variable + " is not set here",
                 "set it, or give the variable a value");
}

Problem unopened_directory(const policy::DirectoryGrant& asked, const os::RootReport& report) {
  return refused(asked.origin, report.text, codec::escape_text(report.fix));
}

Problem sensitive_directory(const policy::DirectoryGrant& asked, const std::string& found) {
  return refused(
      asked.origin,
      "directory " + asked.host + ": " + found + ", and a ceiling says sensitive = \"refuse\"",
      "grant a directory that holds no secrets");
}

Problem unkept_place(const std::string& place) {
  return refused({}, place + " cannot be kept from the guest",
                 "make it a directory of your own, or remove it");
}

void join(std::optional<Problem>& all, Problem next) {
  if (!all) {
    all = std::move(next);
    return;
  }
  const bool same = next.hint.empty() || next.hint == all->hint;
  all->more.push_back(std::move(next.what) + (same ? "" : "; " + next.hint));
}

}  // namespace warrant::lib
