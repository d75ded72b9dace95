// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/hardening.h"

#include <algorithm>

namespace warrant::host {
namespace {

codec::Json number(std::uint64_t value) {
  const auto most = static_cast<std::uint64_t>(codec::kMaxJsonInteger);
  return codec::Json::integer(static_cast<std::int64_t>(std::min(value, most)));
}

}  // namespace

codec::Json json_of(const cap::Hardening& hardening) {
  codec::Json page = codec::Json::object();
  page.set("profile", codec::Json::string(cap::word(hardening.profile)));
  if (hardening.profile == cap::HardeningProfile::kOff) return page;
  page.set("nnp", codec::Json::boolean(hardening.no_new_privs));
  page.set("dumpable", number(hardening.dumpable));
  page.set("caps", number(hardening.capabilities));
  page.set("landlock_abi", number(hardening.landlock_abi));
  page.set("seccomp", codec::Json::string(hardening.seccomp));
  page.set("userns", codec::Json::boolean(hardening.user_namespace));
  page.set("netns", codec::Json::boolean(hardening.net_namespace));
  page.set("pidns", codec::Json::boolean(hardening.pid_namespace));
  page.set("mdwe", codec::Json::boolean(hardening.mdwe));
  page.set("cgroup", codec::Json::boolean(hardening.cgroup));
  if (hardening.limits) {
    codec::Json limits = codec::Json::object();
    limits.set("core", number(hardening.limits->core));
    limits.set("nofile", number(hardening.limits->nofile));
    if (hardening.limits->fsize) limits.set("fsize", number(*hardening.limits->fsize));
    page.set("rlimits", std::move(limits));
  }
  codec::Json missing = codec::Json::array();
  for (const std::string_view layer : hardening.missing()) {
    missing.push(codec::Json::string(layer));
  }
  page.set("missing", std::move(missing));
  return page;
}

std::string describe(const cap::Hardening& hardening) {
  std::string text = "locked down: " + std::string(cap::word(hardening.profile));
  if (hardening.landlock_abi != 0) text += ", Landlock " + std::to_string(hardening.landlock_abi);
  if (!hardening.seccomp.empty()) text += ", seccomp";
  if (hardening.mdwe) text += ", no new code";
  for (const std::string_view layer : hardening.missing()) {
    text += "; missing: " + std::string(layer);
  }
  return text;
}

}  // namespace warrant::host
