// SPDX-License-Identifier: Apache-2.0
// The values of --fetch, --fetch-deny and --secret. What a host or a path may be is judged by the
// room fetch, in one place for flags and grant files.
#include "apps/cli/run_request.h"
#include "warrant/codec/text.h"
#include "warrant/policy/text_checks.h"

namespace warrant::cli {
namespace {

constexpr std::string_view kFetchShape =
    "--fetch https://api.example.com, or --fetch \"GET,POST https://api.example.com/v1/\"";
constexpr std::string_view kSecretShape =
    "--secret NAME=file:/abs/path, env:VARIABLE, cred:NAME or cmd:/abs/program";

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::optional<policy::FetchGrant> parse_fetch(std::string_view text, UsageError& error) {
  error = {"--fetch: \"" + codec::escape_text(text) + "\" is no origin", std::string(kFetchShape)};
  policy::FetchGrant grant;
  grant.methods = {"GET"};
  if (const std::size_t blank = text.find(' '); blank != std::string_view::npos) {
    grant.methods = split(text.substr(0, blank), ',');
    text.remove_prefix(blank + 1);
    for (const std::string& method : grant.methods) {
      if (!policy::check_method(method)) continue;
      error.what = "--fetch: \"" + codec::escape_text(method) + "\" is no method";
      error.hint = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, with commas between them";
      return std::nullopt;
    }
  }
  const std::size_t authority = text.find("://");
  if (authority == std::string_view::npos) return std::nullopt;
  const std::size_t path = text.find('/', authority + 3);
  auto origin = policy::split_origin(text.substr(0, path));
  if (!origin) return std::nullopt;
  grant.scheme = std::move(origin->scheme);
  grant.host = std::move(origin->host);
  grant.port = origin->port;
  grant.paths = {path == std::string_view::npos ? "/" : std::string(text.substr(path))};
  error = {};
  return grant;
}

policy::FetchDeny parse_fetch_deny(std::string_view text) {
  const std::size_t path = text.find('/');
  policy::FetchDeny deny{std::string(text.substr(0, path))};
  if (path != std::string_view::npos) deny.paths = {std::string(text.substr(path))};
  return deny;
}

std::optional<policy::SecretSource> parse_secret(std::string_view text, UsageError& error) {
  using Kind = policy::SecretSource::Kind;
  struct Form {
    std::string_view word;
    Kind kind;
  };
  constexpr Form kForms[] = {{"file:", Kind::kFile},
                             {"env:", Kind::kEnvironment},
                             {"cred:", Kind::kCredential},
                             {"cmd:", Kind::kCommand}};
  const std::size_t equals = text.find('=');
  const std::string name(text.substr(0, equals));
  // What stands behind the name may be a value that someone meant to hand over: it is not shown.
  error = {"--secret: the source of \"" + codec::escape_text(name) + "\" is none that is known",
           std::string(kSecretShape)};
  if (policy::check_secret_name(name)) {
    error.what = "--secret: \"" + codec::escape_text(name.substr(0, 64)) + "\" is no name";
    return std::nullopt;
  }
  const std::string_view source = equals == std::string_view::npos ? "" : text.substr(equals + 1);
  for (const Form& form : kForms) {
    if (!source.starts_with(form.word) || source.size() == form.word.size()) continue;
    error = {};
    return policy::SecretSource{name, form.kind, {std::string(source.substr(form.word.size()))}};
  }
  return std::nullopt;
}

}  // namespace warrant::cli
