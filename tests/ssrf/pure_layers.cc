// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>

#include "tests/ssrf/layers.h"
#include "warrant/base/check.h"
#include "warrant/fetch/address_text.h"
#include "warrant/fetch/answers.h"
#include "warrant/fetch/judge.h"
#include "warrant/fetch/reasons.h"
#include "warrant/fetch/vet.h"

namespace warrant::ssrf {
namespace {

using cap::Reason;

// The operator's address options of A0 to A3.
struct AddressPolicy {
  std::vector<cap::IpNetwork> nat64, granted;
  std::vector<cap::IpAddress> own;

  explicit AddressPolicy(std::string_view name) {
    if (name == "A1") {
      nat64 = {*fetch::parse_network("64:ff9b::/96"), *fetch::parse_network("64:ff9b:1::/48")};
    }
    if (name == "A2") own = {*fetch::parse_ip("203.0.112.5")};
    if (name == "A3") granted = {*fetch::parse_network("10.1.2.0/24")};
  }
  fetch::AddressRules rules() const { return {.granted = granted, .nat64 = nat64, .own = own}; }
};

Answer run_addr(const Vector& vector) {
  const AddressPolicy policy(vector.policy);
  std::string_view text = vector.input;
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  const auto address = fetch::parse_ip(text);
  if (!address) return {"", {}, "the input is no address"};
  return answer_of(fetch::reason_of(fetch::classify(*address, policy.rules())));
}

// "v4:port", "[v6]:port", "v6%scope", "v6"; AF_UNIX and AF_VSOCK have no address.
std::optional<cap::SocketTarget> parse_target(std::string_view text) {
  cap::SocketTarget target{.port = 443};
  if (text.starts_with("AF_")) return target;
  std::string_view address = text;
  const auto number = [](std::string_view digits) {
    return std::strtoul(std::string(digits).c_str(), nullptr, 10);
  };
  const std::size_t dot = text.find('.');
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    address = text.substr(1, close - 1);
    if (text.size() > close + 2) {
      target.port = static_cast<std::uint16_t>(number(text.substr(close + 2)));
    }
  } else if (const std::size_t colon = text.find(':'); dot < colon && colon < text.size()) {
    address = text.substr(0, colon);
    target.port = static_cast<std::uint16_t>(number(text.substr(colon + 1)));
  }
  if (const std::size_t percent = address.find('%'); percent < address.size()) {
    const std::string_view scope = address.substr(percent + 1);
    // An interface by name has some number.
    const auto index = number(scope);
    const bool is_number = scope.find_first_not_of("0123456789") == std::string_view::npos;
    target.scope_id = is_number ? static_cast<std::uint32_t>(index) : 1;
    address = address.substr(0, percent);
  }
  target.address = fetch::parse_ip(address);
  return target.address ? std::optional(target) : std::nullopt;
}

Answer run_conn(const Vector& vector) {
  const AddressPolicy policy(vector.policy);
  const auto target = parse_target(vector.input);
  if (!target) return {"", {}, "the input is no socket address"};
  std::vector<cap::IpAddress> pinned;
  if (target->address) pinned.push_back(*target->address);
  const auto decision =
      fetch::check_target(*target, {.port = 443, .addresses = pinned}, policy.rules());
  const bool allowed = decision.what == fetch::TargetDecision::What::kPinned;
  Answer answer{allowed ? "allow" : "deny", {print(decision)}, ""};
  if (allowed) {
    answer.reasons.push_back("ok");
    answer.reasons.emplace_back(
        cap::word(fetch::reason_of(fetch::classify(*target->address, policy.rules()))));
  }
  return answer;
}

Answer run_url(const Vector& vector) {
  const fetch::Rules rules = rules_of(vector.policy);
  const cap::FetchRequest request{.method = "GET", .url = vector.input};
  const auto judgement = fetch::judge(rules, request, nullptr, 0);
  Answer answer = answer_of(judgement.reason);
  if (!judgement.is_allowed()) return answer;
  std::string normal = fetch::print(*judgement.url);
  // A URL of the greatest length has no room for the port that its normal form names.
  const std::string port = ":" + std::to_string(judgement.url->port);
  const std::string origin = fetch::print_origin(*judgement.url);
  if (normal.size() > fetch::kUrlMax && judgement.url->port == 443) {
    normal.erase(origin.size() - port.size(), port.size());
  }
  const auto again = fetch::parse_url(normal, rules.schemes());
  if (again.reason != Reason::kOk || !(again.url == *judgement.url)) {
    answer.trouble = "the normal form does not parse to itself: " + normal;
  }
  return answer;
}

bool is_method_list(std::string_view text) {
  if (text.empty() || text.front() == ',' || text.back() == ',') return false;
  return text.find(",,") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'A' && c <= 'Z') || c == ','; });
}

Reason load_grant_text(std::string_view text) {
  if (is_method_list(text)) {
    std::vector<std::string> names(1);
    for (const char c : text) {
      if (c == ',') {
        names.emplace_back();
      } else {
        names.back() += c;
      }
    }
    fetch::Methods methods;
    return fetch::parse_methods(names, methods);
  }
  if (text.starts_with('/') || text.ends_with("/*")) return fetch::parse_path_pattern(text).reason;
  return fetch::parse_host_pattern(text, fetch::Author::kBundle, fetch::AnyHost::kRefused).reason;
}

// "<8193 bytes>": a value so long, behind a name where one stands; "<101 headers>": so many.
Answer run_header(const Vector& vector) {
  std::string_view input = vector.input;
  std::vector<cap::GuestHeader> headers(1);
  std::string built;
  const std::size_t open = input.find('<');
  const std::size_t close = input.find('>', std::min(open, input.size()));
  if (open != std::string_view::npos && close != std::string_view::npos) {
    const std::string words(input.substr(open + 1, close - open - 1));
    char* end = nullptr;
    const std::size_t number = std::strtoul(words.c_str(), &end, 10);
    std::string_view unit = end;
    if (unit.starts_with('-')) unit.remove_prefix(1);
    while (unit.starts_with(' ')) unit.remove_prefix(1);
    const bool in_all = unit.find("total") != std::string_view::npos ||
                        unit.find("in all") != std::string_view::npos;
    if (const std::size_t each = unit.find("headers of "); each != std::string_view::npos) {
      built = std::string(std::strtoul(end + (unit.data() - end) + each + 11, nullptr, 10), 'a');
      headers.assign(number, {.name = "X-A", .value = built});
      input = {};
    } else if (unit.starts_with("headers")) {
      headers.assign(number, {.name = "X-A", .value = "b"});
      input = {};
    } else if (open == 0 && (in_all || unit.starts_with("KiB"))) {
      // In headers that are each short enough, the last one no longer than what is left.
      constexpr std::size_t kPiece = 1'024, kName = 3;
      const std::size_t bytes = unit.starts_with("KiB") ? number * 1'024 : number;
      built = std::string(kPiece - kName, 'a');
      headers.assign(bytes / kPiece, {.name = "X-A", .value = built});
      if (bytes % kPiece > kName) {
        headers.push_back(
            {.name = "X-A", .value = std::string_view(built).substr(0, bytes % kPiece - kName)});
      } else if (bytes % kPiece > 0) {
        headers.push_back({.name = "X-A", .value = ""});
      }
      input = {};
    } else if (unit.starts_with("byte")) {
      built = std::string(input.substr(0, open)) + std::string(number, 'a') +
              std::string(input.substr(close + 1));
      const bool is_name = input.substr(close + 1).starts_with(':');
      if (open == 0 && !is_name) built = "X-A: " + built;
      input = built;
    }
  }
  if (!input.empty() || headers.size() == 1) {
    const std::size_t colon = input.find(':');
    headers[0].name = input.substr(0, colon);
    std::string_view value = colon == std::string_view::npos ? "" : input.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    headers[0].value = value;
  }
  const cap::FetchRequest request{
      .method = "GET", .url = "https://api.example.com/v1/items", .headers = headers};
  return answer_of(fetch::judge(rules_of(vector.policy), request, nullptr, 0).reason);
}

Answer run_method(const Vector& vector) {
  const policy::FetchGrant grant = grant_of(vector.policy);
  const std::string host = grant.host.starts_with("*.") ? "a" + grant.host.substr(1)
                           : grant.any_host             ? "example.net"
                                                        : grant.host;
  const std::string url = "https://" + host + ":" + std::to_string(grant.port) + "/v1/items";
  const cap::FetchRequest request{.method = vector.input, .url = url};
  return answer_of(fetch::judge(rules_of(vector.policy), request, nullptr, 0).reason);
}

}  // namespace

policy::FetchGrant grant_of(std::string_view policy) {
  policy::FetchGrant grant;
  grant.host = "api.example.com";
  grant.methods = {"GET", "POST"};
  grant.paths = {"/v1/*"};
  if (policy == "P3") grant.port = 8443;
  if (policy == "P0" || policy == "P3") return grant;
  grant.methods = {"GET"};
  grant.paths = {"/*"};
  grant.host = "*.cdn.example.net";
  if (policy == "P2") return grant;
  grant.host = "*";
  grant.any_host = true;
  return grant;
}

std::vector<policy::FetchGrant> grants_of(std::string_view policy) {
  std::vector<policy::FetchGrant> grants = {grant_of(policy)};
  if (policy != "P4") return grants;
  for (const char* literal : {"8.8.8.8", "[2606:4700:4700::1111]"}) {
    policy::FetchGrant grant = grants.front();
    grant.host = literal;
    grant.any_host = false;
    grants.push_back(grant);
  }
  return grants;
}

fetch::Rules rules_of(std::string_view policy) {
  auto loaded = fetch::load(grants_of(policy), {}, {}, fetch::Author::kOperator);
  WARRANT_CHECK(loaded.findings.empty());
  return std::move(loaded.rules);
}

Answer answer_of(cap::Reason reason) {
  constexpr std::string_view kDecisions[] = {"allow", "deny", "error", "deny"};
  const auto outcome = fetch::family(reason).outcome;
  return {std::string(kDecisions[static_cast<std::size_t>(outcome)]),
          {std::string(cap::word(reason))},
          ""};
}

std::optional<Answer> run_pure(const Vector& vector) {
  if (vector.layer == "addr") return run_addr(vector);
  if (vector.layer == "conn") return run_conn(vector);
  if (vector.layer == "url") return run_url(vector);
  if (vector.layer == "grant") return answer_of(load_grant_text(vector.input));
  if (vector.layer == "header") return run_header(vector);
  if (vector.layer == "method") return run_method(vector);
  return std::nullopt;
}

std::string compare(const Vector& vector, const Answer& answer) {
  if (!answer.trouble.empty()) return answer.trouble;
  // Of what a server does, both mean that nothing is delivered; the table says which it is.
  const auto delivered = [](std::string_view decision) { return decision == "allow"; };
  const bool same = vector.layer == "response" || vector.layer == "redirect"
                        ? delivered(answer.decision) == delivered(vector.expect)
                        : answer.decision == vector.expect;
  const auto& got = answer.reasons;
  if (same && std::find(got.begin(), got.end(), vector.reason) != got.end()) return {};
  std::string words;
  for (const std::string& reason : got) words += " " + reason;
  return "wanted " + vector.expect + " " + vector.reason + ", got " + answer.decision + words;
}

}  // namespace warrant::ssrf
