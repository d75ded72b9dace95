// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/runner_plan.h"

#include <algorithm>
#include <tuple>

#include "warrant/base/bytes.h"
#include "warrant/codec/text.h"
#include "warrant/host/runner_demands.h"

namespace warrant::host {
namespace {

using Answer = Support::Answer;

const Support& side(const RunnerEntry& entry, Need need) {
  return need == Need::kProvide ? entry.provide : entry.withhold;
}

bool holds(const Support& support, const RunnerRequest& request) {
  switch (support.answer) {
    case Answer::kYes:
    case Answer::kNothing:
      return true;
    case Answer::kNo:
      return false;
    case Answer::kLimited:
      return support.test != nullptr && support.test(request);
  }
  return false;
}

bool honours(const RunnerDemand& demand, const RunnerRequest& request, const Descriptor& runner) {
  if (demand.feature && (runner.features >> static_cast<unsigned>(*demand.feature) & 1U) == 0) {
    return false;
  }
  return holds(side(runner.entry(demand.key), demand.need), request);
}

std::string why_not(const RunnerDemand& demand, const Descriptor& runner) {
  const Support support = side(runner.entry(demand.key), demand.need);
  if (!support.why.empty()) return std::string(support.why);
  return "its engine does not have this proposal";
}

std::vector<std::string> who_could(const RunnerDemand& demand, const RunnerRequest& request,
                                   const Descriptor& asked, std::span<const Descriptor> others) {
  std::vector<std::string> names;
  for (const Descriptor& other : others) {
    if (other.name != asked.name && honours(demand, request, other)) names.emplace_back(other.name);
  }
  return names;
}

std::string help_for(const std::vector<RefusalItem>& items) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i == 0) all = items[i].could;
    std::erase_if(all, [&](const std::string& name) {
      return std::find(items[i].could.begin(), items[i].could.end(), name) == items[i].could.end();
    });
  }
  if (all.empty()) return "no runner can do all of this: grant less";
  return "warrant run --runner " + all.front() + " …";
}

codec::Digest digest_of(const RunnerRequest& request) {
  codec::Sha256 hash;
  const auto add = [&](std::string_view text) {
    const std::string size = std::to_string(text.size()) + ":";
    hash.update(bytes_of(size));
    hash.update(bytes_of(text));
  };
  add("warrant runner request 1");
  add(request.module.hex());
  add(request.warrant.hex());
  add(std::to_string(static_cast<unsigned>(request.stdin_form)));
  add(std::to_string(static_cast<unsigned>(request.hardening)));
  for (const bool each : {request.net_fetch, request.memory_files, request.exit_full,
                          request.stderr_pure, request.audit_effects, request.refuse_unenforced}) {
    add(each ? "1" : "0");
  }
  for (const std::string& each : request.argv) add(each);
  return hash.finish();
}

std::string_view word(Need need) { return need == Need::kProvide ? "provide" : "withhold"; }

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& each : names) text += (text.empty() ? "" : ", ") + each;
  return text;
}

Refusal unavailable(const Descriptor& runner) {
  Refusal refusal{"runner.unavailable", std::string(runner.name), {}, {}};
  refusal.items.push_back(
      {"runner", "the choice of a runner", Need::kProvide, runner.unavailable, {}});
  refusal.help = "`warrant runners` lists what is here";
  return refusal;
}

}  // namespace

bool Accepted::is_for(const RunnerRequest& request) const { return request_ == digest_of(request); }

Planned plan(const RunnerRequest& request, const Descriptor& runner,
             std::span<const Descriptor> others) {
  if (!runner.unavailable.empty()) return {std::nullopt, unavailable(runner)};
  Refusal refusal{"runner.cannot_honour", std::string(runner.name), {}, {}};
  Accepted accepted;
  for (const RunnerDemand& demand : demands_of(request)) {
    if (honours(demand, request, runner)) continue;
    if (demand.is_default && !request.refuse_unenforced) {
      accepted.unenforced_.push_back(demand.capability);
      continue;
    }
    refusal.items.push_back({demand.capability, demand.from, demand.need, why_not(demand, runner),
                             who_could(demand, request, runner, others)});
  }
  if (!refusal.items.empty()) {
    std::sort(refusal.items.begin(), refusal.items.end(), [](const auto& a, const auto& b) {
      return std::tie(a.capability, a.from, a.need) < std::tie(b.capability, b.from, b.need);
    });
    refusal.help = help_for(refusal.items);
    return {std::nullopt, std::move(refusal)};
  }
  accepted.runner_ = runner.name;
  accepted.request_ = digest_of(request);
  return {std::move(accepted), std::nullopt};
}

Selection select(const RunnerRequest& request, std::span<const Descriptor> runners,
                 const std::optional<std::string>& named) {
  Selection selection;
  if (named) {
    for (const Descriptor& runner : runners) {
      if (runner.name != *named) continue;
      Planned planned = plan(request, runner, runners);
      selection.accepted = std::move(planned.accepted);
      selection.refusal = std::move(planned.refusal);
      return selection;
    }
    selection.refusal = Refusal{"runner.unavailable", *named, {}, "`warrant runners` lists them"};
    selection.refusal->items.push_back({"runner",
                                        "the choice of a runner",
                                        Need::kProvide,
                                        "there is no runner of that name",
                                        {}});
    return selection;
  }
  Refusal none{"runner.none", {}, {}, {}};
  for (const Descriptor& runner : runners) {
    Planned planned = plan(request, runner, runners);
    if (planned.accepted) {
      selection.accepted = std::move(planned.accepted);
      return selection;
    }
    std::string why;
    for (RefusalItem& item : planned.refusal->items) {
      why += (why.empty() ? "" : "; ") + item.capability + ": " + item.why;
      item.from = std::string(runner.name) + ": " + item.from;
      none.items.push_back(std::move(item));
    }
    selection.passed_over.push_back({std::string(runner.name), std::move(why)});
  }
  none.help = help_for(none.items);
  selection.refusal = std::move(none);
  return selection;
}

codec::Json lower(const Refusal& refusal) {
  using codec::Json;
  Json items = Json::array();
  for (const RefusalItem& item : refusal.items) {
    Json entry = Json::object();
    entry.set("capability", Json::string(item.capability));
    entry.set("from", Json::string(item.from));
    entry.set("need", Json::string(word(item.need)));
    entry.set("why", Json::string(item.why));
    Json could = Json::array();
    for (const std::string& each : item.could) could.push(Json::string(each));
    entry.set("could", std::move(could));
    items.push(std::move(entry));
  }
  Json document = Json::object();
  document.set("code", Json::string(refusal.code));
  document.set("runner", Json::string(refusal.runner));
  document.set("items", std::move(items));
  document.set("help", Json::string(refusal.help));
  return document;
}

std::vector<std::string> print_lines(const Refusal& refusal) {
  std::vector<std::string> lines;
  for (const RefusalItem& item : refusal.items) {
    const std::string runner = refusal.runner.empty() ? "any runner" : refusal.runner;
    // People know it by the name of the request.
    std::string line =
        item.capability == "net.fetch" ? "netFetch" : codec::escape_text(item.capability);
    line += item.need == Need::kProvide ? " is not supported by " : " cannot be withheld by ";
    line += runner + " (" + codec::escape_text(item.from) + "; " + item.why + ")";
    if (refusal.code != "runner.unavailable") {
      line += item.could.empty() ? "; no runner can" : "; " + join(item.could) + " can";
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace warrant::host
