// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/judge.h"

#include <algorithm>
#include <iterator>

namespace warrant::fetch {
namespace {

using cap::Reason;

bool is_reference(const cap::GuestHeader& header) noexcept {
  return header.kind == cap::GuestHeader::Kind::kReference;
}

// Steps 5 and 6.
void judge_url(const Rules& rules, std::string_view text, Schemes schemes, Judgement& out) {
  ParsedUrl parsed = parse_url(text, schemes);
  out.reason = parsed.reason;
  if (out.reason != Reason::kOk) return;
  out.url = std::move(parsed.url);
  out.match = match(rules, *out.url, out.method);
  out.reason = out.match.reason;
}

void attach(const SecretUse& use, Judgement& out) {
  const bool taken = std::any_of(
      out.secrets.begin(), out.secrets.end(),
      [&](const SecretUse* each) { return equals_ignoring_case(each->header, use.header); });
  if (!taken) out.secrets.push_back(&use);
}

// The entries whose secrets this hop may carry.
template <typename Take>
void for_each_binding(const Rules& rules, const Judgement& judgement, Take take) {
  for (const Grant& grant : rules.grants) {
    if (grant.secret && match(grant, *judgement.url, judgement.method, nullptr) == Reason::kOk) {
      take(*grant.secret);
    }
  }
}

void attach_always(const Rules& rules, Judgement& out) {
  for_each_binding(rules, out, [&](const SecretUse& use) {
    if (use.attach == policy::Attach::kAlways) attach(use, out);
  });
}

// Step 7 of the first hop: each reference that the guest names is known, and bound here.
Reason judge_references(const Rules& rules, std::span<const cap::GuestHeader> headers,
                        const cap::Secrets* secrets, Judgement& out) {
  for (const cap::GuestHeader& header : headers) {
    if (!is_reference(header)) continue;
    if (secrets == nullptr || !secrets->has(header.value)) return Reason::kSecretUnknown;
    const SecretUse* bound = nullptr;
    for_each_binding(rules, out, [&](const SecretUse& use) {
      const bool fits =
          use.reference == header.value && equals_ignoring_case(use.header, header.name);
      if (fits && bound == nullptr) bound = &use;
    });
    if (bound == nullptr) return Reason::kSecretNotBound;
    attach(*bound, out);
  }
  return Reason::kOk;
}

// A raw credential passes where the matching grant says so, and not because another one does.
HeaderFault judge_raw(const Rules& rules, std::span<const cap::GuestHeader> headers,
                      const Judgement& judgement) {
  if (rules.grants[static_cast<std::size_t>(judgement.match.grant)].raw_authorization) return {};
  const auto found = std::find_if(headers.begin(), headers.end(), [](const auto& header) {
    return !is_reference(header) && class_of_header(header.name).reason == Reason::kSecretOnly;
  });
  if (found == headers.end()) return {};
  return {Reason::kSecretOnly, static_cast<std::size_t>(std::distance(headers.begin(), found)),
          class_of_header(found->name).entry};
}

bool may_have_body(cap::Method method) noexcept {
  return method != cap::Method::kGet && method != cap::Method::kHead;
}

}  // namespace

Judgement judge(const Rules& rules, const cap::FetchRequest& request, const cap::Secrets* secrets,
                std::uint64_t body_cap) {
  Judgement out;
  out.reason = check_method(request.method);
  if (out.reason != Reason::kOk) return out;
  out.method = find_method(request.method);
  out.header = check_headers(request.headers, rules.raw_authorization());
  out.reason = out.header.reason;
  if (out.reason != Reason::kOk) return out;
  const bool fits = request.body.empty() || !out.method || may_have_body(*out.method);
  if (request.body.size() > body_cap || !fits) {
    out.reason = Reason::kRequestBodyLimit;
    return out;
  }
  judge_url(rules, request.url, rules.schemes(), out);
  if (out.reason != Reason::kOk) return out;
  out.header = judge_raw(rules, request.headers, out);
  out.reason = out.header.reason;
  if (out.reason != Reason::kOk) return out;
  const Grant& grant = rules.grants[static_cast<std::size_t>(out.match.grant)];
  if (request.body.size() > grant.bounds.request_body) {
    out.reason = Reason::kRequestBodyLimit;
    return out;
  }
  out.reason = judge_references(rules, request.headers, secrets, out);
  if (out.reason == Reason::kOk) attach_always(rules, out);
  return out;
}

Judgement judge_hop(const Rules& rules, std::string_view url, cap::Method method,
                    std::span<const std::string> references, const Url& from) {
  Judgement out;
  out.method = method;
  // Never from https to http, whatever is granted.
  const Schemes schemes = from.scheme == cap::Scheme::kHttp ? rules.schemes() : Schemes::kHttps;
  judge_url(rules, url, schemes, out);
  if (out.reason != Reason::kOk) return out;
  for_each_binding(rules, out, [&](const SecretUse& use) {
    const bool asked =
        std::find(references.begin(), references.end(), use.reference) != references.end();
    if (asked || use.attach == policy::Attach::kAlways) attach(use, out);
  });
  return out;
}

std::string suggest_grant(const Judgement& judgement, std::string_view method) {
  constexpr Reason kByGrant[] = {Reason::kNotGranted,       Reason::kHostNotGranted,
                                 Reason::kIpLiteral,        Reason::kHostSpecialUse,
                                 Reason::kHostSingleLabel,  Reason::kPortNotGranted,
                                 Reason::kMethodNotGranted, Reason::kPathNotGranted};
  const bool by_grant =
      std::find(std::begin(kByGrant), std::end(kByGrant), judgement.reason) != std::end(kByGrant);
  if (!by_grant || !judgement.url || !find_method(method)) return {};
  const Url& url = *judgement.url;
  const bool usual = url.port == (url.scheme == cap::Scheme::kHttps ? 443 : 80);
  std::string origin = std::string(word(url.scheme)) + "://" + url.host.text;
  if (!usual) origin += ":" + std::to_string(url.port);
  const std::string path = url.path.substr(0, url.path.rfind('/') + 1);
  return "--fetch \"" + std::string(method) + " " + origin + path + "\"";
}

}  // namespace warrant::fetch
