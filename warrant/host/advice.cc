// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/advice.h"

#include <algorithm>
#include <array>
#include <span>

#include "warrant/base/utf8.h"
#include "warrant/cap/link_text.h"
#include "warrant/codec/json.h"
#include "warrant/codec/text.h"
#include "warrant/host/limit_reason.h"

namespace warrant::host {
namespace {

using cap::Reason;
using policy::LimitKey;

constexpr std::size_t kMaxPathShown = 256;

bool is_printable(std::string_view text) {
  return is_utf8(text) && codec::escape_text(text) == text;
}

const policy::DirectoryGrant* directory_of(const audit::Event& denial, const policy::Grant& terms) {
  const auto index = static_cast<std::int64_t>(denial.grant);
  if (index < 0 || static_cast<std::size_t>(index) >= terms.directories.size()) return nullptr;
  return &terms.directories[static_cast<std::size_t>(index)];
}

bool is_ceiling(const policy::Origin* origin) {
  return origin != nullptr && origin->author == policy::Author::kCeiling;
}

// A line of a grant file to be changed where it stands.
std::string line_at(std::string line, const policy::Origin& origin) {
  return std::move(line) + " at " + origin.print();
}

// One value by its key: the ceiling that takes it away, or the line that says no, or the flag.
void advise_value(const policy::Grant& terms, std::string_view key, const std::string& line,
                  Advice& advice) {
  const policy::Origin* origin = terms.origins.find(key);
  if (is_ceiling(origin)) {
    advice.flag = capped_by(*origin, "takes it away");
  } else if (origin != nullptr && origin->is_text()) {
    advice.flag = line_at(line, *origin);
  }
}

void advise_directory(const policy::DirectoryGrant& directory, Advice& advice) {
  if (is_ceiling(&directory.access_cap)) {
    advice.flag = capped_by(directory.access_cap, "allows no writing");
    return;
  }
  if (directory.origin.is_text()) {
    advice.flag = line_at("access = \"write\" in its [[directory]]", directory.origin);
    advice.grant = "access = \"write\"";
    return;
  }
  if (!is_printable(directory.host) || !is_printable(directory.guest)) return;
  std::string value = directory.host + "::" + directory.guest + ":write";
  advice.grant = "[[directory]] guest = " + codec::toml_quote(directory.guest) +
                 ", host = " + codec::toml_quote(directory.host) + ", access = \"write\"";
  if (directory.xdev) {
    value += ",xdev";
    advice.grant += ", xdev = true";
  }
  if (directory.network_fs) {
    value += ",network-fs";
    advice.grant += ", network-fs = true";
  }
  advice.flag = "--dir " + codec::shell_quote(value);
}

std::uint64_t more_than(LimitKey key, std::uint64_t now) {
  const policy::LimitRow& row = policy::row_of(key);
  return std::min(row.ceiling, now == 0 ? row.standard : now * 2);
}

void advise_limit(LimitKey key, const policy::Limits& limits, Advice& advice) {
  const policy::LimitRow& row = policy::row_of(key);
  const std::uint64_t now = limits.get(key);
  const std::uint64_t next = more_than(key, now);
  advice.why =
      "the limit " + std::string(row.word) + " = " + policy::print_limit(key, now) + " is used up";
  const policy::Origin* place = limits.place_of(key);
  if (is_ceiling(place)) {
    advice.flag = capped_by(*place, "allows no more");
    return;
  }
  if (next <= now) return;
  advice.flag = flag_of(key) + " " + policy::print_limit(key, next);
  if (place != nullptr && place->is_text()) advice.flag = line_at(limit_line(key, next), *place);
  advice.grant = "[limits] " + limit_line(key, next);
}

void advise_quota(LimitKey key, std::uint64_t now, const policy::DirectoryGrant& directory,
                  Advice& advice) {
  advice.why = "the limit " + std::string(policy::row_of(key).word) + " = " +
               policy::print_limit(key, now) + " of directory " +
               codec::escape_text(directory.guest, kMaxPathShown);
  if (directory.origin.is_text()) advice.why += " (" + directory.origin.print() + ")";
  advice.why += " is used up";
  if (is_ceiling(&directory.quota_cap)) {
    advice.flag = capped_by(directory.quota_cap, "allows no more");
    return;
  }
  const std::uint64_t next = more_than(key, now);
  if (next <= now) return;
  advice.grant = limit_line(key, next);
  if (directory.origin.is_text()) {
    advice.flag = line_at(advice.grant + " in its [[directory]]", directory.origin);
  }
}

// The grant's word for a clock of preview1.
std::string_view clock_word(std::string_view preview1_name) {
  if (preview1_name == "realtime") return "wall";
  if (preview1_name == "monotonic") return "monotonic";
  return "cpu";
}

void advise_clock(const audit::Event& denial, const policy::Grant& terms, Advice& advice) {
  const std::string clock(clock_word(denial.path));
  advice.why = "the " + clock + " clock is not granted";
  advice.flag = "--clock=" + clock;
  advice.grant = "[clock] " + clock + " = true";
  advise_value(terms, "clock." + clock, clock + " = true", advice);
}

struct Sentence {
  Reason reason;
  std::string_view before;  // of the directory's name
  std::string_view after;
  bool names_directory;
};

// Refusals that no grant would lift.
constexpr auto kSentences = std::to_array<Sentence>(
    {{Reason::kEscape, "the path leads out of ", "", true},
     {Reason::kSpecialNode, "it is a device, a socket or a FIFO, which no grant opens", "", false},
     {Reason::kHardLink, "the file has other names, perhaps outside ", "", true},
     {Reason::kLinkTarget, "the link would point out of ", "", true},
     {Reason::kMissingImport, "nothing here provides that import", "", false},
     {Reason::kAddressNotAllowed, "that address is not allowed", "", false},
     {Reason::kRevoked, "", " was taken back", true}});

void advise_rest(const audit::Event& denial, const policy::Grant& terms, Advice& advice) {
  const policy::DirectoryGrant* directory = directory_of(denial, terms);
  const std::string name =
      directory == nullptr ? "its directory" : codec::escape_text(directory->guest, kMaxPathShown);
  if (denial.reason == Reason::kReadOnly) {
    advice.why = name + " is granted read only";
    if (directory != nullptr) advise_directory(*directory, advice);
    return;
  }
  if (denial.reason == Reason::kLinkTarget && denial.operation == "path_rename") {
    advice.why = "there it, or a link in it, would point out of " + name +
                 ", or it is a directory of more than " + std::to_string(cap::kMostCarriedEntries) +
                 " entries, too many to look through";
    return;
  }
  if (denial.reason == Reason::kLinkTarget && denial.operation == "path_symlink" &&
      directory != nullptr && directory->create_symlinks == policy::CreateSymlinks::kNone) {
    advice.why = "no links may be made in " + name + " (create-symlinks = \"none\")";
    return;
  }
  for (const Sentence& sentence : kSentences) {
    if (sentence.reason != denial.reason) continue;
    advice.why = std::string(sentence.before) + (sentence.names_directory ? name : "") +
                 std::string(sentence.after);
    return;
  }
  advice.why = std::string(cap::word(denial.reason));
}

// The address of "203.0.113.9:4711" and of "[2001:db8::1]:4711".
std::string_view host_part(std::string_view peer) {
  std::string_view host = peer.substr(0, peer.rfind(':'));
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  return host;
}

void advise_peer(const audit::Event& denial, const policy::Grant& terms, Advice& advice) {
  advice.why = "that peer is not allowed to connect";
  const auto index = static_cast<std::int64_t>(denial.grant);
  if (index < 0 || static_cast<std::size_t>(index) >= terms.listen.size()) return;
  const policy::ListenGrant& listen = terms.listen[static_cast<std::size_t>(index)];
  std::string peers;
  for (const std::string& peer : listen.peers) peers += peer + ",";
  peers += host_part(denial.path);
  if (!is_printable(peers) || !is_printable(listen.address)) return;
  advice.flag = "--listen " + codec::shell_quote(listen.address + "=" + peers);
  if (!listen.origin.is_text()) return;
  std::string list;
  for (const std::string& peer : listen.peers) list += codec::toml_quote(peer) + ", ";
  list += codec::toml_quote(host_part(denial.path));
  advice.flag = line_at("peers = [" + list + "] in its [[listen]]", listen.origin);
}

std::string text_of(const codec::Json& fields, std::string_view key) {
  const codec::Json* const value = fields.find(key);
  const std::string* const text = value == nullptr ? nullptr : value->as_string();
  return text == nullptr ? std::string() : *text;
}

// What a grant would have to say for a fetch that none covers.
constexpr auto kFetchSentences = std::to_array<Sentence>(
    {{Reason::kNotGranted, "the network is not granted", "", false},
     {Reason::kHostNotGranted, "no origin covers it", "", false},
     {Reason::kIpLiteral, "no origin covers it: an address is granted by its own", "", false},
     {Reason::kHostSpecialUse, "no origin covers it: such a name is granted exactly", "", false},
     {Reason::kHostSingleLabel, "no origin covers it: such a name is granted exactly", "", false},
     {Reason::kPortNotGranted, "that port is not granted", "", false},
     {Reason::kMethodNotGranted, "that method is not granted there", "", false},
     {Reason::kPathNotGranted, "that path is not granted there", "", false}});

void advise_fetch(const audit::Event& denial, Advice& advice) {
  const std::span<const Sentence> all(kFetchSentences);
  const auto sentence = std::find_if(
      all.begin(), all.end(), [&](const Sentence& each) { return each.reason == denial.reason; });
  advice.why = std::string(cap::word(denial.reason));
  if (sentence != all.end()) advice.why = sentence->before;
  codec::JsonDiagnosis why;
  const auto fields = codec::parse_json("{" + std::string(denial.fields) + "}", {}, why);
  if (!fields) return;
  const std::string method = text_of(*fields, "method");
  const std::string host = text_of(*fields, "host");
  const std::string scheme = text_of(*fields, "scheme");
  const codec::Json* const number = fields->find("port");
  const std::int64_t port = number == nullptr ? 0 : number->as_integer().value_or(0);
  if (method.empty() || host.empty() || port == 0 || !is_printable(host)) return;
  const bool usual = port == (scheme == "https" ? 443 : 80);
  const std::string place = host + (usual ? "" : ":" + std::to_string(port));
  advice.what = std::string(denial.operation) + " " + method + " " + place;
  if (sentence == all.end()) return;
  const std::string origin = scheme + "://" + place;
  advice.flag = "--fetch " + codec::shell_quote(method == "GET" ? origin : method + " " + origin);
  advice.grant = "[[fetch]] origin = " + codec::toml_quote(origin) + ", methods = [\"" + method +
                 "\"], paths = [\"/\"]";
}

// So that a row of what was denied can be split: a name with blanks stands in quotes.
std::string one_word(std::string_view name) {
  std::string shown = codec::escape_text(name, kMaxPathShown);
  if (shown.find_first_of(" ,\"") == std::string::npos) return shown;
  for (std::size_t at = 0; (at = shown.find('"', at)) != std::string::npos; at += 2) {
    shown.insert(at, 1, '\\');
  }
  return "\"" + shown + "\"";
}

bool grants(const policy::ConsoleGrant& console, std::string_view stream) {
  if (stream == "stdin") return console.stdin_stream;
  return stream == "stdout" ? console.stdout_stream : console.stderr_stream;
}

void advise_console(const audit::Event& denial, const policy::Grant& terms, Advice& advice) {
  if (grants(terms.console, denial.path)) {
    advice.why = std::string(denial.path) + " was closed when the run began";
    return;
  }
  advice.why = std::string(denial.path) + " is not granted";
  advice.flag = "leave out --no-" + std::string(denial.path);
  advice.grant = "[console] " + std::string(denial.path) + " = true";
  advise_value(terms, "console." + std::string(denial.path), advice.grant.substr(10), advice);
}

}  // namespace

std::optional<std::uint64_t> own_quota(const audit::Event& denial, const policy::Grant& terms,
                                       LimitKey key) {
  const policy::DirectoryGrant* directory = directory_of(denial, terms);
  if (directory == nullptr) return std::nullopt;
  if (key == LimitKey::kWritten) return directory->written;
  if (key == LimitKey::kInodes) return directory->inodes;
  if (key == LimitKey::kFileBytes) return directory->file_bytes;
  return std::nullopt;
}

Advice advise(const audit::Event& denial, const policy::Grant& terms) {
  Advice advice;
  advice.what = std::string(denial.operation);
  if (denial.reason == Reason::kMissingImport) {
    advice.what = codec::escape_text(denial.second_path, kMaxPathShown) + "." +
                  codec::escape_text(denial.path, kMaxPathShown);
  } else if (!denial.path.empty()) {
    advice.what += " " + one_word(denial.path);
  }
  if (const auto limit = limit_of(denial.reason)) {
    if (const auto own = own_quota(denial, terms, *limit)) {
      advise_quota(*limit, *own, *directory_of(denial, terms), advice);
    } else {
      advise_limit(*limit, terms.limits, advice);
    }
  } else if (denial.reason == Reason::kClockNotGranted) {
    advise_clock(denial, terms, advice);
  } else if (denial.reason == Reason::kEntropyNotGranted) {
    advice.why = "entropy is not granted";
    advice.flag = "--random";
    advice.grant = "[entropy] source = \"system\"";
    advise_value(terms, "entropy.source", "source = \"system\"", advice);
  } else if (denial.reason == Reason::kConsoleNotGranted) {
    advise_console(denial, terms, advice);
  } else if (denial.kind == audit::Kind::kFetch) {
    advise_fetch(denial, advice);
  } else if (denial.reason == Reason::kPeerNotAllowed) {
    advise_peer(denial, terms, advice);
  } else {
    advise_rest(denial, terms, advice);
  }
  return advice;
}

}  // namespace warrant::host
