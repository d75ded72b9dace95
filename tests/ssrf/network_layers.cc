// SPDX-License-Identifier: Apache-2.0
// Layers dns, redirect and response: the whole capability over real TLS, and what the servers saw.
#include <algorithm>
#include <functional>
#include <memory>

#include "tests/ssrf/layers.h"
#include "tests/ssrf/response_words.h"
#include "tests/ssrf/rig.h"
#include "warrant/fetch/address_text.h"
#include "warrant/fetch/fetcher.h"
#include "warrant/fetch/reasons.h"
#include "warrant/fetch/url.h"

namespace warrant::ssrf {
namespace {

using cap::Reason;
using What = ScriptedResolver::Answer::What;

constexpr std::string_view kSecret = "canary-secret-0123456789";

class OneSecret final : public cap::Secrets {
 public:
  bool has(std::string_view reference) const noexcept override { return reference == "api"; }
  Result<cap::SecretText> reveal(std::string_view reference) override {
    if (!has(reference)) return Error{Errc::kNoEntry, 0, "secret"};
    return cap::SecretText(std::string(kSecret));
  }
  std::vector<std::string> references() const override { return {"api"}; }
};

// The words of the notes that the last event tells.
class LastNotes final : public audit::Sink {
 public:
  void record(const audit::Event& event) override {
    if (event.kind != audit::Kind::kFetch) return;
    reason_ = cap::word(event.reason);
    fields_ = event.fields;
  }
  std::vector<std::string> words() const {
    std::vector<std::string> out = {reason_};
    const std::size_t from = fields_.find("\"notes\":[");
    if (from == std::string::npos) return out;
    const std::string list = fields_.substr(from + 9, fields_.find(']', from) - from - 9);
    std::string word;
    for (const char c : list) {
      if (c == '"' && !word.empty()) out.push_back(std::exchange(word, {}));
      if (c != '"' && c != ',') word += c;
    }
    return out;
  }

 private:
  std::string reason_;
  std::string fields_;
};

struct Case {
  std::vector<policy::FetchGrant> grants;
  std::string method = "GET";
  std::string url;
  std::vector<cap::GuestHeader> headers;
  std::string body;
  std::vector<ScriptedResolver::Answer> answers;
  Play play;
  unsigned runs = 1;
};

struct Ran {
  Answer answer;
  std::vector<SeenRequest> seen;
};

Rig* rig(std::string& why) {
  static std::string trouble;
  static const std::unique_ptr<Rig> made = Rig::make(trouble);
  why = trouble;
  return made.get();
}

Reason run_to_end(cap::Fetch& fetch, const cap::FetchRequest& request) {
  const auto attempt = fetch.start(request);
  for (;;) {
    switch (attempt->advance(cap::Blocking::kWait)) {
      case cap::FetchState::kFailed:
        return attempt->failure().reason;
      case cap::FetchState::kEnd:
        return Reason::kOk;
      case cap::FetchState::kBody:
        attempt->consume(attempt->ready().size());
        break;
      case cap::FetchState::kPending:
      case cap::FetchState::kHead:
        break;
    }
  }
}

Ran run(const Case& what) {
  std::string why;
  Rig* net = rig(why);
  if (net == nullptr) return {{"", {}, why}, {}};
  auto loaded = fetch::load(what.grants, {}, {}, fetch::Author::kOperator);
  if (!loaded.findings.empty()) return {{"", {}, loaded.findings.front().what}, {}};
  net->play(what.play);
  net->resolver().script(what.answers);
  OneSecret secrets;
  LastNotes notes;
  fetch::FetchSetup setup{.ports = {&net->transport(), &net->resolver(), &secrets, &notes},
                          .warrant_hash = "vectors"};
  const auto fetch = fetch::make_fetch(std::move(loaded.rules), std::move(setup));
  const cap::FetchRequest request{.method = what.method,
                                  .url = what.url,
                                  .headers = what.headers,
                                  .body = std::as_bytes(std::span(what.body))};
  Reason reason = Reason::kOk;
  for (unsigned i = 0; i < what.runs; ++i) reason = run_to_end(*fetch, request);
  Ran out{answer_of(reason), net->seen()};
  if (reason == Reason::kOk) out.answer.reasons = notes.words();
  const auto host = fetch::parse_url(what.url, fetch::Schemes::kHttps).url.host;
  // Closed, so that no connection of one vector serves another.
  fetch->revoke();
  for (const cap::Endpoint& each : net->connected()) {
    const auto allowed = [&](const auto& answer) {
      return std::find(answer.addresses.begin(), answer.addresses.end(), each.address) !=
             answer.addresses.end();
    };
    const auto asked = what.answers.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(
                                                  net->resolver().asked(), what.answers.size()));
    const bool is_itself = host.literal && *host.literal == each.address;
    if (!is_itself && std::none_of(what.answers.begin(), asked, allowed)) {
      out.answer.trouble = "connected to " + cap::print(each) + ", which was no answer";
    }
  }
  return out;
}

// "a,b", "a x65", "", SERVFAIL, TIMEOUT, "CNAME name=a".
std::optional<ScriptedResolver::Answer> parse_answer(std::string_view text) {
  const auto trim = [](std::string_view& what) {
    while (what.starts_with(' ')) what.remove_prefix(1);
    while (what.ends_with(' ')) what.remove_suffix(1);
  };
  trim(text);
  const bool none = text.empty() || text == "NXDOMAIN" || text == "NODATA" || text == "(empty)" ||
                    text == "(no answer)";
  if (none) return ScriptedResolver::Answer{What::kNoAnswer, {}};
  if (text == "SERVFAIL" || text == "REFUSED") return ScriptedResolver::Answer{What::kFailure, {}};
  if (text == "TIMEOUT") return ScriptedResolver::Answer{What::kSilence, {}};
  if (text.starts_with("CNAME ")) {
    const std::size_t equals = text.rfind('=');
    return equals == std::string_view::npos ? std::nullopt : parse_answer(text.substr(equals + 1));
  }
  ScriptedResolver::Answer out{What::kAddresses, {}};
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view one = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    unsigned times = 1;
    if (const std::size_t many = one.find(" x"); many != std::string_view::npos) {
      times = static_cast<unsigned>(
          std::strtoul(std::string(one.substr(many + 2)).c_str(), nullptr, 10));
      one = one.substr(0, many);
    }
    trim(one);
    const auto address = fetch::parse_ip(one);
    if (!address) return std::nullopt;
    for (unsigned i = 0; i < times; ++i) {
      // Distinct neighbours of the one that is named.
      if (address->family() == cap::IpFamily::kV4) {
        std::array<std::uint8_t, 4> bytes{};
        std::copy(address->bytes().begin(), address->bytes().end(), bytes.begin());
        bytes[3] = static_cast<std::uint8_t>(bytes[3] + i);
        out.addresses.push_back(cap::IpAddress::v4(bytes));
      } else {
        std::array<std::uint8_t, 16> bytes{};
        std::copy(address->bytes().begin(), address->bytes().end(), bytes.begin());
        bytes[15] = static_cast<std::uint8_t>(bytes[15] + i);
        out.addresses.push_back(cap::IpAddress::v6(bytes));
      }
    }
  }
  return out;
}

Actions ok_response() { return {send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK")}; }

// "name=answers", "t0:name=answers;t1:…" within one request, "req1:…;req2:…" for two requests.
Answer run_dns(const Vector& vector) {
  Case what{.grants = grants_of(vector.policy)};
  std::string_view text = vector.input;
  const bool within = text.starts_with("t0:");
  if (text.starts_with("req1:")) what.runs = 2;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(';'), text.size());
    std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (part.starts_with(' ')) part.remove_prefix(1);
    if (within || what.runs > 1) part.remove_prefix(std::min(part.find(':') + 1, part.size()));
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) return {"", {}, "no name=answers"};
    const policy::FetchGrant& grant = what.grants.front();
    // Where the policy covers one directory only, the request is for something in it.
    what.url = "https://" + std::string(part.substr(0, equals)) + ":" + std::to_string(grant.port) +
               grant.paths.front().substr(0, grant.paths.front().find('*'));
    what.play.hosts = {std::string(part.substr(0, equals))};
    const auto answer = parse_answer(part.substr(equals + 1));
    if (!answer) return {"", {}, "an answer is no address"};
    what.answers.push_back(*answer);
  }
  what.play.responses = {ok_response()};
  Ran ran = run(what);
  std::string why;
  const unsigned asked = rig(why) == nullptr ? 0 : rig(why)->resolver().asked();
  const auto judged = fetch::judge(rules_of(vector.policy), {.url = what.url}, nullptr, 0);
  const bool literal = judged.url && judged.url->host.literal;
  const unsigned wanted = judged.is_allowed() && !literal ? what.runs : 0;
  if (asked != wanted && ran.answer.trouble.empty()) {
    ran.answer.trouble = std::to_string(asked) + " look-ups instead of " + std::to_string(wanted);
  }
  return ran.answer;
}

// ---- redirect

struct Hop {
  std::string status;    // "302", "300/304", "200", "103"
  std::string location;  // "" where there is none
  std::string extra;     // header lines
  unsigned early = 0;    // 1xx responses before
};

std::string expand(std::string_view word) {
  if (word == "api" || word == "files") return "https://" + std::string(word) + ".example.com/v1/a";
  return std::string(word);
}

bool take(std::string& text, std::string_view word) {
  const std::size_t at = text.find(word);
  if (at == std::string::npos) return false;
  text.erase(at, word.size());
  while (text.ends_with(' ')) text.pop_back();
  return true;
}

// "302 /v1/b", "302 (no Location)", "200 + Name: value", "103 Early Hints x1000", …
Hop parse_hop(const std::string& text) {
  Hop out;
  const std::size_t space = std::min(text.find(' '), text.size());
  out.status = text.substr(0, space);
  std::string rest = text.substr(std::min(space + 1, text.size()));
  // Words alone: a hop whose status is the usual one.
  if (out.status.find_first_not_of("0123456789/") != std::string::npos) {
    rest = text;
    out.status = "302";
  }
  const auto line = [&](const std::string& value) { out.extra += "location: " + value + "\r\n"; };
  const bool two = rest.starts_with('(') && rest.ends_with("Location headers)");
  const bool same = two && rest.find("same") + rest.find("equal") != 2 * std::string::npos;
  const bool none = take(rest, "(no Location)");
  take(rest, "(empty Location)");
  const bool early = rest.starts_with("Early Hints") || rest.starts_with("Continue") ||
                     rest.starts_with("Processing");
  if (const std::size_t many = rest.find(" x"); early) {
    out.early = static_cast<unsigned>(
        many == std::string::npos ? 1 : std::strtoul(rest.c_str() + many + 2, nullptr, 10));
    out.status = "200";
  } else if (const std::size_t plus = rest.find("+ "); plus != std::string::npos) {
    out.extra = rest.substr(plus + 2) + "\r\n";
  } else if (rest.starts_with("Location ") && rest.ends_with(" bytes")) {
    const auto bytes = std::strtoul(rest.c_str() + 9, nullptr, 10);
    line("/v1/" + std::string(bytes - 4, 'a'));
  } else if (two) {
    line("/v1/b");
    line(same ? "/v1/b" : "/v1/c");
  } else if (!none && out.status[0] == '3') {
    line(expand(rest));
  }
  return out;
}

Actions response_of(const Hop& hop, const std::string& status) {
  Actions out;
  if (hop.early > 0) {
    out.push_back(repeat("HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n", hop.early));
  }
  const std::string length = status == "304" ? "" : "content-length: 0\r\n";
  out.push_back(send("HTTP/1.1 " + status + " Said\r\n" + hop.extra + length + "\r\n"));
  return out;
}

std::string host_of(const std::string& url) {
  const std::size_t from = url.find("://") + 3;
  return url.substr(from, url.find_first_of(":/?#", from) - from);
}

struct Chain {
  Case what;
  std::vector<Hop> hops;
  bool at_api = true;  // where the secret is bound to
  bool at_files = false;
  bool asks = true;  // the guest names the secret: where it begins, it is bound
};

// What stands in brackets, "[redirect=error]", and about the secret in "(…)".
std::string take_conditions(std::string& text) {
  std::string said;
  const auto take_all = [&](std::string_view open, char close) {
    for (std::size_t at = text.find(open); at != std::string::npos; at = text.find(open)) {
      const std::size_t end = text.find(close, at);
      if (end == std::string::npos) return;
      said += text.substr(at + 1, end - at - 1) + ";";
      text.erase(at, end + 1 - at);
    }
  };
  while (text.starts_with('[')) {
    take_all("[", ']');
    text.erase(0, text.find_first_not_of(' '));
  }
  take_all("(secret", ')');
  while (text.ends_with(' ')) text.pop_back();
  return said;
}

std::optional<Chain> parse_chain(const Vector& vector) {
  Chain out;
  policy::FetchGrant grant = grant_of(vector.policy);
  std::string text = vector.input;
  const std::string said = take_conditions(text);
  const auto is_said = [&](std::string_view word) { return said.find(word) != std::string::npos; };
  const policy::SecretBinding secret{.header = "authorization", .value = "Bearer ${api}"};
  const bool both = is_said("secret bound to both") || is_said("secret bound to api and files") ||
                    is_said("secret bound to api+files");
  out.at_files = both || is_said("secret bound to files");
  out.at_api = both || !(out.at_files || is_said("no secret"));
  if (out.at_api) grant.secret = secret;
  out.what.grants = {grant};
  if (is_said("grants api+files")) {
    grant.host = "files.example.com";
    grant.secret.reset();
    if (out.at_files) grant.secret = secret;
    out.what.grants.push_back(grant);
  }
  for (policy::FetchGrant& each : out.what.grants) {
    if (is_said("redirect=error")) each.redirect = policy::Redirect::kError;
    if (is_said("redirect=manual")) each.redirect = policy::Redirect::kManual;
    if (const std::size_t at = said.find("redirects="); at != std::string::npos) {
      each.redirects =
          static_cast<std::uint32_t>(std::strtoul(said.c_str() + at + 10, nullptr, 10));
    }
  }
  if (const std::size_t now = text.find(", DNS now "); now != std::string::npos) {
    const auto later = parse_answer(std::string_view(text).substr(now + 10));
    if (!later) return std::nullopt;
    out.what.answers = {*parse_answer("93.184.215.14"), *later};
    text.resize(now);
  } else {
    out.what.answers = {*parse_answer("93.184.215.14")};
  }
  out.what.play.loop = take(text, "(loop)");
  text.erase(0, text.find_first_not_of(' '));
  const std::size_t space = text.find(' ');
  const std::size_t arrow = text.find(" ->");
  if (space == std::string::npos || arrow == std::string::npos || arrow < space)
    return std::nullopt;
  out.what.method = text.substr(0, space);
  out.what.url = expand(text.substr(space + 1, arrow - space - 1));
  for (std::size_t at = arrow; at != std::string::npos;) {
    const std::size_t next = text.find(" ->", at + 3);
    out.hops.push_back(
        parse_hop(text.substr(at + 3, next == std::string::npos ? next : next - at - 3)));
    at = next;
  }
  return out;
}

// Each hop has what its origin may have, and nothing that was taken away comes back.
std::string check_headers(const Chain& chain, const std::vector<SeenRequest>& seen) {
  const std::string first = host_of(chain.what.url);
  bool stayed = true;
  for (const SeenRequest& each : seen) {
    stayed = stayed && each.host == first;
    const bool bound = each.host == "api.example.com" ? chain.at_api : chain.at_files;
    const std::string* secret = each.find("authorization");
    if ((secret != nullptr) != (bound && chain.asks)) return "the secret is wrong at " + each.host;
    if ((each.find("x-guest") != nullptr) != stayed) return "x-guest is wrong at " + each.host;
    if (each.find("accept") == nullptr) return "accept is missing at " + each.host;
    if (each.find("cookie") != nullptr || each.find("referer") != nullptr)
      return "a header of its own";
  }
  return {};
}

Answer run_redirect(const Vector& vector) {
  auto chain = parse_chain(vector);
  if (!chain) return {"", {}, "the chain cannot be read"};
  Case& what = chain->what;
  if (what.method == "POST" || what.method == "PUT") what.body = "body";
  what.headers = {{"x-guest", "1"}, {"accept", "*/*"}};
  chain->asks = host_of(what.url) == "files.example.com" ? chain->at_files : chain->at_api;
  if (chain->asks) {
    what.headers.push_back({"authorization", "api", cap::GuestHeader::Kind::kReference});
  }
  what.play.hosts = {"api.example.com", "files.example.com"};
  std::vector<std::string> statuses;
  std::string list = chain->hops.back().status;
  for (std::size_t slash = list.find('/'); slash != std::string::npos; slash = list.find('/')) {
    statuses.push_back(list.substr(0, slash));
    list.erase(0, slash + 1);
  }
  statuses.push_back(list);
  Answer answer;
  for (const std::string& status : statuses) {
    what.play.responses.clear();
    for (const Hop& hop : chain->hops) {
      const bool last = &hop == &chain->hops.back();
      what.play.responses.push_back(response_of(hop, last ? status : hop.status));
    }
    if (!what.play.loop) what.play.responses.push_back(ok_response());
    const Ran ran = run(what);
    answer = ran.answer;
    if (answer.trouble.empty()) answer.trouble = check_headers(*chain, ran.seen);
    if (!compare(vector, answer).empty()) return answer;
  }
  return answer;
}

// ---- response

Answer run_response(const Vector& vector) {
  const std::vector<Said> kinds = said_by(vector.input);
  if (kinds.empty()) return {"", {}, "no server is known to behave so"};
  Answer answer;
  for (const Said& said : kinds) {
    Case what{.grants = {grant_of(vector.policy)}};
    policy::FetchGrant& grant = what.grants.front();
    grant.bounds[policy::FetchBound::kResponse] = kBodyCap;
    if (said.gzip) grant.decompress = policy::Decompress::kGzip;
    what.url = "https://api.example.com/v1/a";
    what.answers = {*parse_answer("93.184.215.14")};
    what.play = {.server = said.server, .hosts = {"api.example.com"}, .responses = {said.actions}};
    answer = run(what).answer;
    if (!compare(vector, answer).empty()) return answer;
  }
  return answer;
}

}  // namespace

Answer run_network(const Vector& vector) {
  if (vector.layer == "dns") return run_dns(vector);
  if (vector.layer == "redirect") return run_redirect(vector);
  return run_response(vector);
}

}  // namespace warrant::ssrf
