// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/keys.h"

#include <algorithm>
#include <array>

#include "warrant/base/text_pool.h"
#include "warrant/policy/limits.h"
#include "warrant/policy/text_checks.h"
#include "warrant/policy/units.h"

namespace warrant::policy {
namespace {

using enum Shape;
using enum Room;

constexpr std::uint8_t bit(DocumentKind kind) noexcept {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
}
constexpr std::uint8_t kG = bit(DocumentKind::kGrant);
constexpr std::uint8_t kC = bit(DocumentKind::kCeiling);
constexpr std::uint8_t kF = bit(DocumentKind::kConfig);
constexpr std::uint8_t kR = bit(DocumentKind::kRequest);
constexpr std::uint8_t kGC = kG | kC;
constexpr std::uint8_t kGCR = kG | kC | kR;

// How a text is looked at; each stands for one of kChecks.
enum class Check : std::uint8_t {
  kNone,
  kId,
  kDigest,
  kIdentity,
  kGuest,
  kArgument,
  kImport,
  kNetwork,
  kWhy,
  kLabel,
  kCommand,
  kListen,
  kHostPath,
  kConnect,
  kOrigin,
  kMethod,
  kPattern,
  kHeader,
  kSecretValue,
  kNotEmpty,
  kAbsolute,
  kSecretName,
  kVariableName,
};
constexpr TextCheck kChecks[] = {
    nullptr,        check_id,          check_digest,       check_identity,     check_guest,
    check_argument, check_import,      check_network,      check_why,          check_label,
    check_command,  check_listen,      check_host_path,    check_connect,      check_origin,
    check_method,   check_pattern,     check_header,       check_secret_value, check_not_empty,
    check_absolute, check_secret_name, check_variable_name};
static_assert(std::size(kChecks) == static_cast<std::size_t>(Check::kVariableName) + 1);

struct Row {
  std::string_view path;
  Shape shape;
  std::uint8_t documents;
  std::string_view what;
  std::string_view standard = "";
  Room room = kHere;
  std::uint8_t required = 0;
  Check check = Check::kNone;
  std::string_view words = "";
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};

// A table stands before its keys; single keys stand before tables, as TOML needs them. Read while
// it is compiled; the program holds kKept.
constexpr Row kRows[] = {
    {"version", kVersion, kG | kC | kF, "of the format", "", kHere, kG | kC | kF},
    {"id", kText, kG, "names this document; needed by uses", "none", kHere, 0, Check::kId},
    {"require", kBool, kG, "refuse instead of reduce, where a ceiling takes something away",
     "false"},
    {"module", kTextOrTexts, kGC, "no other bytes run", "any", kHere, 0, Check::kDigest},
    {"bundle", kText, kGC, "no other identity runs", "any", kBundles, 0, Check::kIdentity},
    {"expires", kTime, kGC, "valid before this time", "never"},
    {"not-before", kTime, kGC, "valid from this time on", "always"},
    {"uses", kCount, kGC, "how many runs", "any number", kHere, 0, Check::kNone, "", 1},
    {"cwd", kText, kG, "working directory, a guest path", "none", kHere, 0, Check::kGuest},
    {"argv0", kText, kG, "the guest's own name", "the file's base name", kHere, 0,
     Check::kArgument},
    {"optional-imports", kTexts, kGC, "imports that may be missing: M.N or M.*", "none", kHere, 0,
     Check::kImport},
    {"runner", kWord, kGC, "what runs the module", "chosen", kHere, 0, Check::kNone,
     "native wasmtime-cli browser"},
    {"hardening", kWord, kGC, "how far the process gives up its own rights", "the door's", kHere, 0,
     Check::kNone, "off basic strict"},
    {"any-host", kBool, kC, "grants may name any host", "false", kFetch},
    {"private", kTexts, kC, "non-public addresses that may be reached", "none", kHere, 0,
     Check::kNetwork},
    {"network-fs", kBool, kC, "grants may admit network file systems", "false"},
    {"unsigned", kWord, kC, "modules outside a bundle: as pinned or named, or only those of module",
     "pin", kHere, 0, Check::kNone, "pin never"},
    {"unenforced", kWord, kC, "a default limit that the runner cannot enforce", "report", kRunners,
     0, Check::kNone, "report refuse"},
    {"hardening-minimum", kWord, kC, "the weakest hardening that a run may have", "off", kHere, 0,
     Check::kNone, "off basic strict"},
    {"log", kWord, kC, "whether a run may go unrecorded", "optional", kLog, 0, Check::kNone,
     "optional required"},
    {"expires-within", kDuration, kC, "the longest time that a warrant is valid", "any"},
    {"sensitive", kWord, kC, "directories with keys, passwords and the like", "warn", kHere, 0,
     Check::kNone, "warn refuse"},
    {"deny-net", kBool, kC, "no fetch, connect and listen", "false"},
    {"net-fetch", kBool, kF, "lets [[fetch]] entries become part of warrants", "false", kTools},
    {"resolver", kWord, kF, "how names of files are resolved", "kernel", kResolver, 0, Check::kNone,
     "kernel walk"},
    {"label", kNames, kG, "copied into events and receipt, at most 16"},
    {"label.*", kText, kG, "at most 64 bytes", "", kHere, 0, Check::kLabel},
    {"limits", kTable, kGCR, "budgets of one call"},
    {"console", kTable, kGC, "takes streams away"},
    {"console.stdin", kBool, kGC, "standard input", "the door's"},
    {"console.stdout", kBool, kGC, "standard output", "the door's"},
    {"console.stderr", kBool, kGC, "standard error", "the door's"},
    {"console.excess", kWord, kGC, "output beyond the limit", "drop", kHere, 0, Check::kNone,
     "fail drop"},
    {"environment", kNames, kGC, "variables"},
    {"environment.*", kVariable, kGC, "a value, or { host = \"OTHER\" }"},
    {"environment", kNames, kR, "variables that are needed"},
    {"environment.*", kTable, kR, "a variable"},
    {"environment.*.why", kText, kR, "what for", "", kHere, kR, Check::kWhy},
    {"clock", kTable, kGCR, "clocks"},
    {"clock.wall", kBool, kGCR, "the time of day", "false"},
    {"clock.monotonic", kBool, kGCR, "a clock that only runs on", "false"},
    {"clock.cpu", kBool, kGCR, "CPU time of the guest", "false"},
    {"clock.resolution", kDuration, kGC, "the finest step of these clocks", "exact"},
    {"clock.fixed", kTime, kGC, "the wall clock starts there and runs by the monotonic one", "now"},
    {"clock.why", kText, kR, "what for", "", kHere, kR, Check::kWhy},
    {"entropy", kTable, kGCR, "random bytes"},
    {"entropy.source", kWord, kGCR, "the system's", "none", kHere, 0, Check::kNone, "none system"},
    {"entropy.seed", kCount, kGC, "a reproducible stream instead", "none"},
    {"entropy.why", kText, kR, "what for", "", kHere, kR, Check::kWhy},
    {"network", kTable, kGC, "rules for every address", "", kFetch},
    {"network.ipv6", kWord, kGC, "whether IPv6 is used", "on", kFetch, 0, Check::kNone, "off on"},
    {"network.nat64", kWord, kGC, "decode judges the address inside", "off", kFetch, 0,
     Check::kNone, "off decode"},
    {"network.nat64-prefixes", kTexts, kGC, "prefixes of this network's own translators", "none",
     kFetch, 0, Check::kNetwork},
    {"network.extra-deny", kTexts, kGC, "addresses that are never reached", "none", kFetch, 0,
     Check::kNetwork},
    {"network.dns-cache", kDuration, kGC, "how long a vetted answer is used again, at most 30s",
     "0s", kFetch},
    {"netfetch", kTable, kGC, "the budget of the import openagentic_netfetch", "", kNetfetch},
    {"netfetch.timeout", kDuration, kGC, "of one attempt", "30s", kNetfetch},
    {"netfetch.response", kSize, kGC, "bytes of one answer", "1000000", kNetfetch},
    {"netfetch.requests", kCount, kGC, "attempts", "200", kNetfetch},
    {"netfetch.total", kSize, kGC, "bytes of all answers", "50000000", kNetfetch},
    {"netfetch.parallel", kCount, kGC, "attempts at once", "4", kNetfetch},
    {"process", kTable, kGCR, "children", "", kProcess},
    {"process.run", kTexts, kGCR, "names of commands", "none", kProcess, 0, Check::kCommand},
    {"process.why", kText, kR, "what for", "", kProcess, kR, Check::kWhy},
    {"audit", kTable, kGC, "records"},
    {"audit.flush", kWord, kGC, "what is on record before what happens", "buffered", kLog, 0,
     Check::kNone, "buffered each sync"},
    {"audit.path", kWord, kG, "how much of a URL's path is recorded", "pattern", kFetch, 0,
     Check::kNone, "pattern full"},
    {"directory", kTables, kGCR, "a directory of the host"},
    {"directory.guest", kText, kGCR, "its name for the guest", "", kHere, kG | kR, Check::kGuest},
    {"directory.host", kText, kGC, "where it is; relative: from this file's directory", "", kHere,
     kG | kC, Check::kHostPath},
    {"directory.access", kWord, kGCR, "what may be done in it", "read", kHere, 0, Check::kNone,
     "read overlay write"},
    {"directory.xdev", kBool, kGCR, "mount points below it may be crossed", "false"},
    {"directory.symlinks", kWord, kGCR, "links inside it", "follow", kHere, 0, Check::kNone,
     "none follow"},
    {"directory.create-symlinks", kWord, kGCR, "links that the guest may make", "relative", kHere,
     0, Check::kNone, "none relative"},
    {"directory.hardlinks", kWord, kGCR, "writing to a file with further names", "own", kHere, 0,
     Check::kNone, "deny own allow"},
    {"directory.network-fs", kBool, kGCR, "it may lie on NFS, 9p or FUSE", "false"},
    {"directory.written", kSize, kGCR, "bytes of growth", "limits.written", kHere, 0, Check::kNone,
     "", 0, 1ULL << 40},
    {"directory.inodes", kCount, kGCR, "files and directories made", "limits.inodes", kHere, 0,
     Check::kNone, "", 0, 10'000'000},
    {"directory.file-bytes", kSize, kGCR, "bytes of one file", "limits.file-bytes", kHere, 0,
     Check::kNone, "", 0, 1ULL << 40},
    {"directory.hide", kTexts, kGC, "names that an overlay does not show", "none", kOverlay, 0,
     Check::kGuest},
    {"directory.why", kText, kR, "what for", "", kHere, kR, Check::kWhy},
    {"listen", kTables, kGC, "a socket that others connect to"},
    {"listen.tcp", kText, kGC, "ADDR:PORT; port 0: any", "", kHere, kG | kC, Check::kListen},
    {"listen.peers", kTexts, kGC, "who may connect", "loopback", kHere, 0, Check::kNetwork},
    {"connect", kTables, kGCR, "a connection made before the start"},
    {"connect.tcp", kText, kGCR, "HOST:PORT", "", kHere, 0, Check::kConnect},
    {"connect.udp", kText, kGCR, "HOST:PORT", "", kHere, 0, Check::kConnect},
    {"connect.private", kTexts, kG, "addresses that the name may have", "none", kConnectNames, 0,
     Check::kNetwork},
    {"connect.why", kText, kR, "what for", "", kHere, kR, Check::kWhy},
    {"fetch", kTables, kGCR, "HTTPS to one origin", "", kFetch},
    {"fetch.origin", kText, kGCR, "https://HOST[:PORT]", "", kFetch, kGCR, Check::kOrigin},
    {"fetch.methods", kTexts, kGCR, "of GET HEAD POST PUT PATCH DELETE OPTIONS", "", kFetch,
     kG | kR, Check::kMethod},
    {"fetch.paths", kTexts, kGCR, "/a/b that, /a/ and below, / any", "", kFetch, kG | kR,
     Check::kPattern},
    {"fetch.any-host", kBool, kG, "the host * means any", "false", kFetch},
    {"fetch.private", kTexts, kG, "addresses that the host may have", "none", kFetch, 0,
     Check::kNetwork},
    {"fetch.redirect", kWord, kGCR, "what an answer that points elsewhere does", "follow", kFetch,
     0, Check::kNone, "error manual follow"},
    {"fetch.redirects", kCount, kGCR, "how many are followed", "3", kFetch, 0, Check::kNone, "", 0,
     10},
    {"fetch.decompress", kWord, kGCR, "answers that may be compressed", "off", kFetch, 0,
     Check::kNone, "off gzip"},
    {"fetch.raw-authorization", kBool, kG, "the guest may set authorization itself", "false",
     kFetch},
    {"fetch.browser-unpinned", kBool, kG, "a browser may resolve the name itself", "false",
     kBrowser},
    {"fetch.ca", kText, kG, "a file of further certificates", "none", kFetch, 0, Check::kHostPath},
    {"fetch.requests", kCount, kGCR, "requests of a call", "16", kFetch, 0, Check::kNone, "", 0,
     1'000},
    {"fetch.parallel", kCount, kGCR, "at once", "4", kFetch, 0, Check::kNone, "", 0, 16},
    {"fetch.denials", kCount, kGCR, "before fetch closes", "64", kFetch, 0, Check::kNone, "", 0,
     1'000},
    {"fetch.request-body", kSize, kGCR, "bytes sent", "1MiB", kFetch, 0, Check::kNone, "", 0,
     64ULL << 20},
    {"fetch.response", kSize, kGCR, "bytes of one answer", "8MiB", kFetch, 0, Check::kNone, "", 0,
     1ULL << 30},
    {"fetch.total", kSize, kGCR, "bytes of a call", "32MiB", kFetch, 0, Check::kNone, "", 0,
     4ULL << 30},
    {"fetch.names", kCount, kGCR, "names under a wildcard", "8", kFetch, 0, Check::kNone, "", 0,
     256},
    {"fetch.dns", kDuration, kGCR, "to resolve a name", "5s", kFetch},
    {"fetch.connect", kDuration, kGCR, "to connect", "10s", kFetch},
    {"fetch.first-byte", kDuration, kGCR, "to the first byte", "15s", kFetch},
    {"fetch.timeout", kDuration, kGCR, "to the last byte", "30s", kFetch},
    {"fetch.proxy", kText, kGC, "", "", kReserved},
    {"fetch.secret", kTable, kG | kR, "a secret that the host attaches", "", kSecrets},
    {"fetch.secret.header", kText, kG | kR, "in this header", "", kSecrets, kG | kR,
     Check::kHeader},
    {"fetch.secret.value", kText, kG | kR, "with ${name} for the secret", "", kSecrets, kG | kR,
     Check::kSecretValue},
    {"fetch.secret.attach", kWord, kG, "when the guest asks, or always", "request", kSecrets, 0,
     Check::kNone, "request always"},
    {"fetch.secret.echo", kWord, kG, "when an answer holds it", "refuse", kSecrets, 0, Check::kNone,
     "refuse mask"},
    {"fetch.why", kText, kR, "what for", "", kFetch, kR, Check::kWhy},
    {"fetch-deny", kTables, kGC, "a host that is never reached", "", kFetch},
    {"fetch-deny.host", kText, kGC, "its name, or *.BASE", "", kFetch, kG | kC, Check::kNotEmpty},
    {"fetch-deny.paths", kTexts, kGC, "only these", "all", kFetch, 0, Check::kPattern},
    {"secret", kNames, kR, "secrets that are needed", "", kSecrets},
    {"secret.*", kTable, kR, "a secret", "", kSecrets},
    {"secret.*.why", kText, kR, "what for", "", kSecrets, kR, Check::kWhy},
    {"gpu", kTable, kGC, "", "", kReserved},
    {"mount", kTables, kGC, "", "", kReserved},
    {"tools", kTable, kF, "what an agent is offered", "", kTools},
    {"tools.shell", kBool, kF, "Bash", "true", kTools},
    {"tools.python", kBool, kF, "Python", "true", kTools},
    {"runners", kTable, kF, "runners beside our own", "", kRunners},
    {"runners.wasmtime-cli", kTable, kF, "the program wasmtime", "", kRunners},
    {"runners.wasmtime-cli.path", kText, kF, "where it is", "PATH", kRunners, 0, Check::kAbsolute},
    {"cache", kTable, kF, "the store of compiled code"},
    {"cache.dir", kText, kF, "where it is", "$XDG_CACHE_HOME/warrant", kHere, 0, Check::kAbsolute},
    {"cache.verify", kWord, kF, "when a stored file's code is proved ours", "shared", kCacheVerify,
     0, Check::kNone, "shared always"},
    {"store", kTable, kF, "the store of bundles", "", kBundles},
    {"store.dir", kText, kF, "where it is", "$XDG_DATA_HOME/warrant", kBundles, 0,
     Check::kAbsolute},
    {"log", kTable, kF, "the record of runs", "", kLog},
    {"log.dir", kText, kF, "where it is", "$XDG_STATE_HOME/warrant/log", kLog, 0, Check::kAbsolute},
    {"log.keep", kDuration, kF, "how long files are kept", "for ever", kLog},
    {"log.max", kSize, kF, "how much is kept", "any amount", kLog},
    {"features", kTable, kF, "", "", kReserved},
    {"secrets", kNames, kF, "where secrets come from", "", kSecrets},
    {"secrets.*", kTable, kF, "one secret", "", kSecrets, 0, Check::kSecretName},
    {"secrets.*.file", kText, kF, "a file", "", kSecrets, 0, Check::kAbsolute},
    {"secrets.*.env", kText, kF, "a variable", "", kSecrets, 0, Check::kVariableName},
    {"secrets.*.cred", kText, kF, "a credential of the service manager", "", kSecrets, 0,
     Check::kSecretName},
    {"secrets.*.command", kTexts, kF, "a program that prints it, and its arguments", "", kSecrets,
     0, Check::kArgument},
    {"secrets.*.timeout", kDuration, kF, "of the program, at most 60s", "2s", kSecrets},
};

// A row as the program holds it.
struct KeptRow {
  PooledText path;
  PooledText what;
  PooledText standard;
  PooledText words;
  Shape shape;
  Room room;
  std::uint8_t documents;
  std::uint8_t required;
  Check check;
  std::uint64_t least;
  std::uint64_t most;
};

constexpr std::size_t text_bytes() {
  std::size_t all = 0;
  for (const Row& row : kRows) {
    all += row.path.size() + row.what.size() + row.standard.size() + row.words.size();
  }
  return all;
}

struct KeptRows {
  TextPool<text_bytes()> texts;
  std::array<KeptRow, std::size(kRows)> rows = {};
};

consteval KeptRows kept() {
  KeptRows table;
  std::size_t at = 0;
  for (const Row& row : kRows) {
    table.rows[at++] = {.path = table.texts.add(row.path),
                        .what = table.texts.add(row.what),
                        .standard = table.texts.add(row.standard),
                        .words = table.texts.add(row.words),
                        .shape = row.shape,
                        .room = row.room,
                        .documents = row.documents,
                        .required = row.required,
                        .check = row.check,
                        .least = row.least,
                        .most = row.most};
  }
  return table;
}
constexpr KeptRows kKept = kept();

// Words of limits.md section 1 that nothing enforces yet; one that limit_rows() has is left out.
constexpr std::string_view kComingLimits[] = {
    "instances",   "host-memory",    "args",  "env",      "input", "result", "json-depth",
    "json-nodes",  "resources",      "copy",  "children", "audit", "log",    "compile-wall",
    "compile-cpu", "compile-memory", "calls", "queued"};

KeyRow made(const KeptRow& row) {
  KeyRow key;
  key.path = kKept.texts[row.path];
  key.shape = row.shape;
  key.documents = row.documents;
  key.required = row.required;
  key.room = row.room;
  key.words = kKept.texts[row.words];
  key.standard = kKept.texts[row.standard];
  key.what = kKept.texts[row.what];
  key.check = kChecks[static_cast<std::size_t>(row.check)];
  key.least = row.least;
  key.most = row.most;
  return key;
}

Shape shape_of(LimitUnit unit) {
  switch (unit) {
    case LimitUnit::kDuration:
      return kDuration;
    case LimitUnit::kBytes:
      return kSize;
    case LimitUnit::kCount:
      return kCount;
  }
  return kCount;
}

void add_limits(std::vector<KeyRow>& keys) {
  for (const LimitRow& row : limit_rows()) {
    KeyRow key;
    key.path = "limits." + std::string(row.word);
    key.shape = shape_of(row.unit);
    key.documents = kGCR;
    key.what = row.what;
    keys.push_back(std::move(key));
  }
  for (const std::string_view word : kComingLimits) {
    if (find_limit(word)) continue;
    KeyRow key;
    key.path = "limits." + std::string(word);
    key.shape = kCount;
    key.documents = kGCR;
    key.room = kLimits;
    keys.push_back(std::move(key));
  }
  KeyRow why;
  why.path = "limits.why";
  why.shape = kText;
  why.documents = why.required = kR;
  why.what = "what for";
  why.check = check_why;
  keys.push_back(std::move(why));
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

Rooms rooms_of_this_build() noexcept {
  Rooms rooms;
  for (const Room room :
       {kHere, kFetch, kNetfetch, kSecrets, kConnectNames, kLog, kRunners, kBrowser})
    rooms.set(static_cast<std::size_t>(room));
  return rooms;
}

Rooms every_room() noexcept {
  Rooms rooms;
  rooms.set();
  rooms.reset(static_cast<std::size_t>(kReserved));
  rooms.reset(static_cast<std::size_t>(kLimits));
  return rooms;
}

std::string_view word_of(DocumentKind kind) noexcept {
  switch (kind) {
    case DocumentKind::kGrant:
      return "grant";
    case DocumentKind::kCeiling:
      return "ceiling";
    case DocumentKind::kConfig:
      return "config";
    case DocumentKind::kRequest:
      return "request";
  }
  return "document";
}

std::vector<KeyRow> keys_of(DocumentKind kind) {
  std::vector<KeyRow> all;
  for (const KeptRow& row : kKept.rows) {
    if ((row.documents & bit(kind)) == 0) continue;
    all.push_back(made(row));
    if (all.back().path == "limits") add_limits(all);
  }
  std::erase_if(all, [&](const KeyRow& row) { return !row.is_in(kind); });
  return all;
}

std::optional<std::string_view> nearest_word(std::string_view word,
                                             std::span<const std::string_view> known) {
  std::optional<std::string_view> best;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string_view candidate : known) {
    const std::size_t away = distance(word.substr(0, 64), candidate);
    if (away >= least) continue;
    least = away;
    best = candidate;
  }
  return best;
}

}  // namespace warrant::policy
