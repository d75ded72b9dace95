// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/explain.h"

#include <algorithm>
#include <memory>

#include "warrant/cap/address_text.h"
#include "warrant/cap/reason.h"
#include "warrant/codec/text.h"
#include "warrant/engine/engine.h"
#include "warrant/fetch/address_text.h"
#include "warrant/fetch/endpoint.h"
#include "warrant/fetch/explain.h"
#include "warrant/fetch/vet.h"
#include "warrant/host/advice.h"
#include "warrant/lib/connect_names.h"
#include "warrant/lib/found_here.h"
#include "warrant/lib/live_run.h"
#include "warrant/lib/network.h"
#include "warrant/os/interface_addresses.h"
#include "warrant/os/root.h"
#include "warrant/os/run_files.h"
#include "warrant/os/waiter.h"
#include "warrant/policy/guest_name.h"

namespace warrant::lib {
namespace {

using Decision = Explanation::Decision;

Explanation deny(std::string rule, std::string detail, const policy::Origin* origin = nullptr) {
  return {Decision::kDeny, std::move(rule), std::move(detail),
          origin == nullptr ? "" : codec::escape_text(origin->print())};
}

Explanation allow(std::string rule, std::string detail, const policy::Origin& origin) {
  return {Decision::kAllow, std::move(rule), std::move(detail), codec::escape_text(origin.print())};
}

std::string quoted(const std::string& text) { return "\"" + codec::escape_text(text) + "\""; }

// As wasi-libc sees a name: its own working directory is /, and "w", "./w" and "/w" are one place.
std::string from_root(const std::string& name) { return policy::normal_guest_name("/" + name); }

// The granted directory of the longest name that holds the path, as wasi-libc chooses it.
const policy::DirectoryGrant* holder_of(const policy::Grant& terms, const std::string& path) {
  const policy::DirectoryGrant* holder = nullptr;
  for (const policy::DirectoryGrant& each : terms.directories) {
    const std::string guest = from_root(each.guest);
    if (!policy::lies_in(path, guest)) continue;
    if (holder == nullptr || policy::lies_in(guest, from_root(holder->guest))) holder = &each;
  }
  return holder;
}

Explanation deny_unheld(const std::string& path, Intent intent) {
  // A file is granted by the directory that it lies in; /x may itself be one.
  const std::size_t slash = path.rfind('/');
  const bool on_top = slash == 0 && path.find('.') == std::string::npos;
  const std::string directory = on_top ? path : slash == 0 ? "/" : path.substr(0, slash);
  std::string flag = codec::escape_text(directory);
  if (intent == Intent::kWrite) flag += ":write";
  return deny("no_directory", "no granted directory holds " + quoted(path) + "; --dir HOST::" +
                                  flag + " grants one, where HOST is a directory of this machine");
}

Explanation deny_read_only(const policy::Grant& terms, const policy::DirectoryGrant& grant) {
  audit::Event event;
  event.decision = audit::Decision::kDeny;
  event.reason = cap::Reason::kReadOnly;
  event.grant = static_cast<cap::GrantIndex>(&grant - terms.directories.data());
  const host::Advice advice = host::advise(event, terms);
  std::string detail = quoted(grant.guest) + " is granted read only";
  if (grant.access_cap.author == policy::Author::kCeiling) {
    return deny("read_only", detail + "; " + advice.flag, &grant.access_cap);
  }
  if (grant.origin.is_text()) {
    detail += "; " + advice.flag + " allows it";
  } else if (!advice.flag.empty()) {
    detail += "; " + advice.flag + ", or access = \"write\" in its [[directory]], allows it";
  }
  return deny("read_only", std::move(detail), &grant.origin);
}

// A quota that leaves nothing.
Explanation deny_by_quota(const policy::Grant& terms, const policy::DirectoryGrant& grant,
                          cap::Reason reason) {
  audit::Event event;
  event.decision = audit::Decision::kDeny;
  event.reason = reason;
  event.grant = static_cast<cap::GrantIndex>(&grant - terms.directories.data());
  const host::Advice advice = host::advise(event, terms);
  const bool capped = grant.quota_cap.author == policy::Author::kCeiling;
  return deny(std::string(cap::word(reason)),
              advice.why + (advice.flag.empty() ? "" : "; " + advice.flag),
              capped ? &grant.quota_cap : &grant.origin);
}

// Opens for what is asked; without it, says whether the directory that would hold it is there.
Explanation judge(cap::Directory& directory, const std::string& name, Intent intent,
                  const policy::Grant& terms, const policy::DirectoryGrant& grant) {
  const auto path = cap::GuestPath::parse(name);
  if (!path) return deny("bad_path", "that is no path that a guest can use");
  cap::OpenOptions options;
  options.read = true;
  options.write = intent == Intent::kWrite;
  options.symlinks = cap::Symlinks::kFollow;
  auto opened = directory.open(*path, options);
  if (!opened && opened.error().code == Errc::kIsDir) {
    options.write = false;
    opened = directory.open(*path, options);
  }
  const std::string access = grant.access == policy::Access::kRead ? "read" : "write";
  const std::string covers = quoted(grant.guest) + " is " + quoted(grant.host) + ", " + access;
  if (opened) return allow("directory", covers, grant.origin);
  if (opened.error().code == Errc::kNotCapable || opened.error().rule != 0) {
    return deny(std::string(cap::word(cap::reason_of(opened.error()))),
                covers + ", and the path is refused in it", &grant.origin);
  }
  if (opened.error().code == Errc::kNoEntry) {
    const auto quota = directory_options(grant, terms.limits).quota;
    if (intent == Intent::kWrite && quota.inodes == 0) {
      return deny_by_quota(terms, grant, cap::Reason::kQuotaInodes);
    }
    return allow("directory", covers + "; nothing of that name is there now", grant.origin);
  }
  return {Decision::kAllow, "directory",
          covers + "; the system itself would say no: " + std::string(opened.error().where),
          codec::escape_text(grant.origin.print())};
}

// A name, by the addresses that it is supposed to have; nobody is asked.
Explanation explain_named(const policy::Warrant& warrant, const policy::ConnectGrant& grant,
                          const std::vector<std::string>& addresses) {
  std::string fault;
  const auto target = named_target(grant.address, fault);
  if (!target) return deny("name", quoted(grant.address) + " " + fault, &grant.origin);
  if (addresses.empty()) {
    return allow("connect",
                 "one connection, made before the guest starts, if every address of the "
                 "name is public or listed in private; --address judges one",
                 grant.origin);
  }
  std::vector<cap::IpAddress> answers;
  for (const std::string& text : addresses) {
    const auto address = fetch::parse_ip(text);
    if (!address) return deny("address", quoted(text) + " is no address", &grant.origin);
    answers.push_back(*address);
  }
  const auto judged =
      judge_named(grant, network_rules(warrant.terms().network), answers, {}, target->port);
  const std::string reason(cap::word(judged.reason));
  if (!judged.is_allowed()) {
    return deny(reason, "the name may not have these addresses", &grant.origin);
  }
  return allow(reason, "one connection, made before the guest starts", grant.origin);
}

}  // namespace

Explanation explain_open(const os::Ambient& ambient, const policy::Warrant& warrant,
                         const std::vector<std::string>& own_places, const std::string& path,
                         Intent intent) {
  const policy::Grant& terms = warrant.terms();
  const bool relative = !path.starts_with('/');
  const std::string whole = from_root(relative ? terms.cwd.value_or("") + "/" + path : path);
  // It strips "./" from the names of directories, and not from what is asked for.
  const bool dotted = path.starts_with("./") && !terms.cwd;
  const policy::DirectoryGrant* grant = holder_of(terms, dotted ? "/" : whole);
  if (grant == nullptr) {
    return deny_unheld(whole, intent);
  }
  if (intent == Intent::kWrite && grant->access == policy::Access::kRead) {
    return deny_read_only(terms, *grant);
  }
  auto waiter = os::Waiter::make(ambient);
  if (!waiter) return deny("host_limit", "no descriptor can be made to look at it");
  auto files = std::make_shared<os::RunFiles>(
      os::RunFilesOptions{.locate = &engine::locate, .waiter = waiter->get()});
  for (const std::string& place : own_places) {
    if (!os::protect_directory(ambient, place, *files)) {
      return deny("root_overlap", unkept_place(place).what);
    }
  }
  os::RootReport report;
  auto root = os::open_root(ambient, grant->host, directory_options(*grant, warrant.limits()),
                            cap::GrantIndex{0}, files, nullptr, report);
  if (!root) {
    return deny(std::string(cap::word(cap::reason_of(root.error()))),
                codec::escape_text(report.text + "; " + report.fix), &grant->origin);
  }
  return judge(**root, policy::beneath(whole, from_root(grant->guest)), intent, terms, *grant);
}

Explanation explain_connect(const policy::Warrant& warrant, const std::string& target,
                            const std::vector<std::string>& addresses) {
  const auto& grants = warrant.terms().connect;
  const auto found = std::find_if(grants.begin(), grants.end(),
                                  [&](const auto& each) { return each.address == target; });
  const auto parsed = fetch::parse_endpoint(target, fetch::PortZero::kRefused);
  if (!parsed.endpoint && parsed.fault != fetch::EndpointFault::kName) {
    return deny(std::string(word(parsed.fault)), quoted(target) + " is not HOST:PORT");
  }
  if (found == grants.end()) {
    return deny("no_grant", "no connection to " + quoted(target) + " is granted; --connect " +
                                codec::escape_text(target) + " grants it");
  }
  if (!parsed.endpoint) return explain_named(warrant, *found, addresses);
  if (!addresses.empty()) {
    return deny("address", "an address is of use for a name only; " + quoted(target) + " is one",
                &found->origin);
  }
  const fetch::Vetting vetting = fetch::Vetter::vet_named(*parsed.endpoint, {});
  if (!vetting.endpoint) {
    return deny(fetch::print(vetting.decision), "that address stands for another one",
                &found->origin);
  }
  return allow("connect", "one connection, made before the guest starts", found->origin);
}

Outcome<Explanation> explain_fetch(const os::Ambient& ambient, const policy::Warrant& warrant,
                                   const std::string& method, const std::string& url,
                                   std::span<const cap::IpAddress> addresses) {
  const policy::Grant& terms = warrant.terms();
  auto rules = load_fetch_rules(warrant);
  if (!rules) return rules.problem();
  auto interfaces = os::InterfaceAddresses::open(ambient);
  const auto own = interfaces ? interfaces->list() : std::span<const cap::IpAddress>();
  const fetch::Explanation found = fetch::explain(*rules, method, url, addresses, own);
  std::string detail = fetch::print(found, *rules, method, url);
  detail.erase(0, detail.find(' ') + 1);  // the decision, which stands on its own here
  if (found.is_allowed() && !found.answers) {
    detail += "; its addresses are judged when it is looked up (--address IP asks about one)";
  }
  if (!found.suggestion.empty()) detail += "; " + found.suggestion + " grants it";
  const std::int32_t grant = found.judgement.match.grant;
  const policy::Origin* origin =
      grant < 0 ? nullptr : &terms.fetch[static_cast<std::size_t>(grant)].origin;
  std::string rule(cap::word(found.reason));
  if (!found.is_allowed()) return deny(std::move(rule), std::move(detail), origin);
  return allow(std::move(rule), std::move(detail), origin == nullptr ? policy::Origin{} : *origin);
}

Explanation explain_variable(const policy::Warrant& warrant, const std::string& name) {
  const policy::Grant& terms = warrant.terms();
  const policy::Origin* origin = terms.origins.find("environment." + name);
  for (const auto& [given, value] : terms.environment) {
    if (given != name) continue;
    return allow("environment", "it is " + quoted(value),
                 origin == nullptr ? policy::Origin{} : *origin);
  }
  for (const policy::EnvironmentReference& each : terms.host_environment) {
    if (each.name != name) continue;
    return allow("environment", "it has the value of " + quoted(each.variable) + " of the host",
                 each.origin);
  }
  if (name == "PWD" && terms.cwd) return allow("cwd", "it is " + quoted(*terms.cwd), {});
  return deny("not_granted", "no variable of that name is granted; --env " +
                                 codec::escape_text(name) + " grants it");
}

std::vector<StartDescriptor> start_descriptors(const policy::Warrant& warrant) {
  const policy::Grant& terms = warrant.terms();
  std::vector<StartDescriptor> table;
  std::uint32_t next = 3;
  if (terms.console.stdin_stream) table.push_back({0, "stdin", "", "read"});
  if (terms.console.stdout_stream) table.push_back({1, "stdout", "", "write"});
  if (terms.console.stderr_stream) table.push_back({2, "stderr", "", "write"});
  const auto add = [&](std::string kind, const std::string& name, std::string detail) {
    table.push_back({next++, std::move(kind), codec::escape_text(name), std::move(detail)});
  };
  if (terms.cwd) add("directory", ".", "the working directory " + codec::escape_text(*terms.cwd));
  for (const policy::DirectoryGrant& each : terms.directories) {
    add("directory", each.guest,
        (each.access == policy::Access::kRead ? "read " : "write ") +
            codec::escape_text(each.host));
  }
  for (const policy::ListenGrant& each : terms.listen) add("listener", each.address, "accept");
  for (const policy::ConnectGrant& each : terms.connect) {
    add(each.transport == policy::Transport::kUdp ? "udp" : "tcp", each.address, "connected");
  }
  return table;
}

}  // namespace warrant::lib
