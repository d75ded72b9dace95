# SPDX-License-Identifier: Apache-2.0
"""The lines that enforce the keys of documents, and rules that no key names, and each as it would be without its
enforcement.

`proof` is what must fail then: NAME of a subtest of tests/e2e/keys_test.py, or the whole name of a
gtest of warrant/policy, and of a rule that of a gtest of tests/contract. An edit's old text stands exactly once in its file.
"""
import dataclasses

LIVE = "warrant/lib/live_run.cc"
ONE = "warrant/lib/one_run.cc"
TOOL = "warrant/host/module_check.cc"
SESSION = "warrant/host/session.cc"
STREAMS = "warrant/lib/streams.cc"
COMPILE = "warrant/lib/compile_outside.cc"
VALIDITY = "warrant/policy/validity.cc"
ADMIT = "warrant/policy/admit.cc"
MEET = "warrant/policy/meet.cc"
RESTRICT = "warrant/policy/restrict.cc"
CUT = "CeilingCut."


@dataclasses.dataclass
class Mutant:
    keys: tuple  # as docs/formats spells them
    proof: str
    edits: tuple  # (file, old, new)…
    document: str = "grant"

    @property
    def is_policy(self):
        return self.document != "rule" and "." in self.proof and self.proof.split(".")[0][0].isupper()


def one(key, proof, file, old, new, document="grant"):
    return Mutant((key,), proof, ((file, old, new),), document)


def limit(key, file, old, new):
    return one(f"limits.{key}", f"limits.{key.replace('-', '_')}", file, old, new)


def read_limit(key, field, constant):
    """A count of module sections: the reader is told the most that there is."""
    return limit(key, TOOL, f"read.{field} = count(LimitKey::{constant});",
                 f"read.{field} = static_cast<std::uint32_t>(policy::row_of(LimitKey::{constant}).ceiling);")


def door_limit(key, old, constant):
    """One of those that preview1 holds: its default, which no document of a proof writes."""
    value = f"policy::row_of(LimitKey::{constant}).standard"
    return limit(key, SESSION, old, old.replace(f"count(LimitKey::{constant})", f"static_cast<std::uint32_t>({value})")
                 .replace(f"limits.get(LimitKey::{constant})", value))


GRANT = [
    one("require", "require", ADMIT, "  if (terms.require) {", "  if (false) {"),
    one("module", "module", "warrant/lib/validity.cc", "  if (!allowed) return std::nullopt;", "  return std::nullopt;"),
    one("expires", "expires", VALIDITY, "if (grant.expires && facts.now >= *grant.expires) {", "if (false) {"),
    one("not-before", "not_before", VALIDITY, "if (grant.not_before && facts.now < *grant.not_before) {", "if (false) {"),
    one("uses", "test_uses", VALIDITY, "  if (!grant.uses || used < grant.uses->count) return std::nullopt;", "  if (used < ~0ULL) return std::nullopt;"),
    Mutant(("id",), "id", (
        ("warrant/policy/lift.cc", 'fail(*root.find("uses"), "uses needs an id', 'if (false) fail(*root.find("uses"), "uses needs an id'),
        (ADMIT, "if (terms.uses && !terms.id) {", "if (false) {"))),
    one("cwd", "cwd", LIVE, "  if (!terms.cwd) return std::nullopt;", "  return std::nullopt;"),
    one("optional-imports", "optional_imports", ONE, "warrant_.terms().optional_imports, lib::Imports::kChecked", "{}, lib::Imports::kChecked"),
    Mutant(("limits.wall",), "limits.wall", (
        (ONE, "if (!os::RunTimer::arm(hooks, limits.duration(LimitKey::kWall),", "if (!os::RunTimer::arm(hooks, Nanoseconds{3'600'000'000'000},"),
        (LIVE, "saturating_add(began_, warrant_.limits().duration(LimitKey::kWall));", "saturating_add(began_, Nanoseconds{3'600'000'000'000});"))),
    Mutant(("limits.cpu",), "limits.cpu", (
        (ONE, "broker_ == nullptr ? limits.duration(LimitKey::kCpu) : kForever;", "Nanoseconds{3'600'000'000'000};"),
        ("warrant/lib/executor_plan.cc", "bounds.cpu = limits.duration(LimitKey::kCpu);", "bounds.cpu = Nanoseconds{3'600'000'000'000};"),
        (ONE, "const Nanoseconds cpu = limits.duration(LimitKey::kCpu);", "const Nanoseconds cpu{3'600'000'000'000};"),
        (LIVE, "session_->set_deadline(end, warrant_.limits().duration(LimitKey::kCpu));", "session_->set_deadline(end, Nanoseconds{3'600'000'000'000});"))),
    one("argv0", "argv0", "apps/cli/run_command.cc", "request_.grant.argv0.value_or(base_name(request_.file))", "base_name(request_.file)"),
    one("hardening", "test_hardening", "apps/cli/run_command.cc", "request_.hardening = cap::HardeningProfile::kBasic;", "request_.hardening = cap::HardeningProfile::kOff;"),
    limit("fuel", SESSION, "if (limits_.is_written(LimitKey::kFuel)) setup.limits.fuel = limits_.get(LimitKey::kFuel);", "if (limits_.is_written(LimitKey::kFuel)) setup.limits.fuel = 1ULL << 52;"),
    limit("memory", SESSION, "setup.limits.memory = limits_.get(LimitKey::kMemory);", "setup.limits.memory = 1ULL << 32;"),
    Mutant(("limits.memories",), "limits.memories", (
        (SESSION, "setup.limits.memories = count(LimitKey::kMemories);", "setup.limits.memories = 16;"),
        (TOOL, '{LimitKey::kMemories, info.memories.size(), "memories"}', '{LimitKey::kMemories, 0, "memories"}'))),
    Mutant(("limits.tables",), "limits.tables", (
        (SESSION, "setup.limits.tables = count(LimitKey::kTables);", "setup.limits.tables = 16;"),
        (TOOL, '{LimitKey::kTables, info.tables, "tables"}', '{LimitKey::kTables, 0, "tables"}'))),
    Mutant(("limits.table",), "limits.table", (
        (SESSION, "setup.limits.table_elements = limits_.get(LimitKey::kTable);", "setup.limits.table_elements = 100'000;"),
        (TOOL, "read.table_elements = limits.get(LimitKey::kTable);", "read.table_elements = 100'000;"),
        (TOOL, '{LimitKey::kTable, info.table_elements, "table elements"}', '{LimitKey::kTable, 0, "table elements"}'))),
    limit("stack", "warrant/lib/run_engine.cc", "wanted.stack = limits.get(LimitKey::kStack);", "wanted.stack = 1ULL << 20;"),
    Mutant(("limits.stdout", "limits.stderr"), "limits.stdout", ((STREAMS, "if (!limits_.is_written(slot.key)) return stream;", "return stream;"),)),
    door_limit("open-files", ".open_files = count(LimitKey::kOpenFiles)", "kOpenFiles"),
    door_limit("vectors", ".vectors = count(LimitKey::kVectors)", "kVectors"),
    Mutant(("limits.vector-bytes",), "limits.vector_bytes", (
        (SESSION, ".vector_bytes = limits.get(LimitKey::kVectorBytes)", ".vector_bytes = 16ULL << 20"),
        (STREAMS, ".max_transfer = limits_.get(LimitKey::kVectorBytes)", ".max_transfer = 16ULL << 20"))),
    door_limit("poll", ".poll = count(LimitKey::kPoll)", "kPoll"),
    door_limit("random", ".random_run = limits.get(LimitKey::kRandom)", "kRandom"),
    Mutant(("limits.written", "directory.written"), "limits.written", ((LIVE, ".written = grant.written.value_or(limits.get(LimitKey::kWritten))", ".written = 1ULL << 40"),)),
    Mutant(("limits.inodes", "directory.inodes"), "limits.inodes", ((LIVE, ".inodes = grant.inodes.value_or(limits.get(LimitKey::kInodes))", ".inodes = 1'000'000"),)),
    Mutant(("limits.file-bytes", "directory.file-bytes"), "limits.file_bytes", ((LIVE, ".file_bytes = grant.file_bytes.value_or(limits.get(LimitKey::kFileBytes))", ".file_bytes = 1ULL << 40"),)),
    Mutant(("limits.module-bytes",), "limits.module_bytes", (
        (ONE, "  const policy::Limits& limits = warrant_.limits();\n  auto bytes = os::load_file(ambient_, path, limits.get(LimitKey::kModuleBytes));",
         "  const policy::Limits& limits = warrant_.limits();\n  auto bytes = os::load_file(ambient_, path, 1ULL << 26);"),
        (TOOL, "read.module_bytes = limits.get(LimitKey::kModuleBytes);", "read.module_bytes = 1ULL << 26;"))),
    read_limit("types", "types", "kTypes"),
    read_limit("functions", "functions", "kFunctions"),
    read_limit("function-bytes", "function_bytes", "kFunctionBytes"),
    read_limit("locals", "locals", "kLocals"),
    read_limit("imports", "imports", "kImports"),
    read_limit("exports", "exports", "kExports"),
    read_limit("blocks", "blocks", "kBlocks"),
    read_limit("segments", "element_segments", "kSegments"),
    limit("compile-wall", COMPILE, "limits.duration(LimitKey::kCompileWall),", "Nanoseconds{60'000'000'000},"),
    limit("compile-cpu", COMPILE, "limits.duration(LimitKey::kCompileCpu),", "Nanoseconds{60'000'000'000},"),
    limit("compile-memory", COMPILE, "limits.get(LimitKey::kCompileMemory)};", "2ULL << 30};"),
    one("console.stdin", "console.stdin", LIVE, "if (console.stdin_stream && ", "if ("),
    one("console.stdout", "console.stdout", LIVE, "if (console.stdout_stream && ", "if ("),
    one("console.stderr", "console.stderr", LIVE, "if (console.stderr_stream && ", "if ("),
    one("console.excess", "console.excess", STREAMS, "console.excess == policy::Excess::kFail ? host", "console.excess != policy::Excess::kFail ? host"),
    one("environment.*", "environment.B", LIVE, "ports_.environment.emplace_back(each.name, found->second);", 'ports_.environment.emplace_back("OTHER", found->second);'),
    Mutant(("clock.wall",), "clock.wall", (
        (LIVE, "if (clock.wall || clock.monotonic || clock.cpu) {", "{"),
        (LIVE, "options.wall.granted = clock.wall;", "options.wall.granted = true;"))),
    one("clock.monotonic", "clock.monotonic", LIVE, "options.monotonic.granted = clock.monotonic;", "options.monotonic.granted = clock.wall;"),
    one("clock.cpu", "clock.cpu", LIVE, "options.cpu.granted = clock.cpu;", "options.cpu.granted = false;"),
    one("clock.resolution", "clock.resolution", LIVE, "each->granularity = clock.resolution.value_or(Nanoseconds{1});", "each->granularity = Nanoseconds{1};"),
    one("clock.fixed", "clock.fixed", LIVE, "    if (clock.fixed) options.fixed", "    if (false) options.fixed"),
    Mutant(("entropy.source",), "entropy.source", ((LIVE, "    case policy::EntropyGrant::Source::kNone:\n      break;", "    case policy::EntropyGrant::Source::kNone:"),)),
    one("entropy.seed", "test_a_seed_gives_the_same_bytes_again", LIVE, "std::make_unique<os::SeededEntropy>(terms.entropy.seed, &engine::locate);", "std::make_unique<os::SystemEntropy>(ambient_, &engine::locate);"),
    Mutant(("directory.access",), "directory.access", (
        (LIVE, "options.access = access_of(grant.access);", "options.access = cap::Access::kWrite;"),
        (LIVE, "nullptr, access_of(grant.access)};", "nullptr, cap::Access::kWrite};"))),
    one("directory.symlinks", "directory.symlinks", LIVE, "grant.symlinks == policy::Symlinks::kFollow ? cap::FollowLinks::kFollow\n                                                                 : cap::FollowLinks::kNone;", "cap::FollowLinks::kFollow;"),
    one("directory.hardlinks", "directory.hardlinks", LIVE, "options.hardlinks = hardlinks_of(grant.hardlinks);", "(void)&hardlinks_of; options.hardlinks = cap::Hardlinks::kAllow;"),
]


def ceiling(key, proof, file, old, new):
    return one(key, CUT + proof, file, old, new, "ceiling")


def least(key):
    return f"common.{key} = least(a.{key}, b.{key});", f"common.{key} = a.{key};"


OPTION, STREAM, SINGLE, NETWORK, SOCKET = ("EachOptionOfADirectoryIsItsOwn", "EachStreamAndClockIsItsOwn",
                                           "SingleValuesAreTheStricter", "EachKeyOfTheNetworkIsItsOwn",
                                           "SocketsMeetTheirAddresses")
CEILING = [
    Mutant(("limits.*",), CUT + "EveryLimitIsTheLesserOne",
           ((RESTRICT, "grant_.limits.write(row.key, std::min(value, most.get(row.key)));", "grant_.limits.write(row.key, value);"),), "ceiling"),
    ceiling("directory.access", OPTION, MEET, "common.access = std::min(a.access, b.access);", "common.access = a.access;"),
    ceiling("directory.xdev", OPTION, MEET, "common.xdev = a.xdev && b.xdev;", "common.xdev = a.xdev;"),
    Mutant(("directory.network-fs",), CUT + OPTION, (
        (MEET, "common.network_fs = a.network_fs && b.network_fs;", "common.network_fs = a.network_fs;"),), "ceiling"),
    ceiling("network-fs", "NetworkFileSystemsAndWeakHardeningMustBeWritten", RESTRICT, "made.network_fs = made.network_fs && ceiling_.network_fs;", ";"),
    ceiling("directory.symlinks", OPTION, MEET, "common.symlinks = std::min(a.symlinks, b.symlinks);", "common.symlinks = a.symlinks;"),
    ceiling("directory.create-symlinks", OPTION, MEET, "common.create_symlinks = std::min(a.create_symlinks, b.create_symlinks);", "common.create_symlinks = a.create_symlinks;"),
    ceiling("directory.hardlinks", OPTION, MEET, "common.hardlinks = std::min(a.hardlinks, b.hardlinks);", "common.hardlinks = a.hardlinks;"),
    *[ceiling("directory." + key.replace("_", "-"), OPTION, MEET, *least(key)) for key in ("written", "inodes", "file_bytes")],
    ceiling("directory.host", "DirectoriesLieBeneathThoseOfTheCeiling", RESTRICT, "if (!ancestry.lies_in(entry.host, each.host)) continue;", ";"),
    ceiling("console.excess", "OutputThatWouldBeDroppedFails", RESTRICT, "grant_.console.excess = std::min(grant_.console.excess, most.console.excess);", ";"),
    *[ceiling(f"console.{each}", STREAM, RESTRICT, f'take("console.{each}", grant_.console.{each}_stream, most.console.{each}_stream);', ";")
      for each in ("stdin", "stdout", "stderr")],
    *[ceiling(f"clock.{each}", STREAM, RESTRICT, f'take("clock.{each}", grant_.clock.{each}, most.clock.{each});', ";")
      for each in ("wall", "monotonic", "cpu")],
    ceiling("clock.resolution", STREAM, MEET, "common.resolution = std::max(*a.resolution, *b.resolution);", "common.resolution = a.resolution;"),
    ceiling("clock.fixed", STREAM, MEET, "const bool two_starts = a.fixed && b.fixed && *a.fixed != *b.fixed;", "const bool two_starts = false;"),
    Mutant(("entropy.source", "entropy.seed"), CUT + "EntropyIsWhatBothHave", ((RESTRICT, "grant_.entropy = meet(grant_.entropy, most.entropy);", ";"),), "ceiling"),
    ceiling("environment.*", "EnvironmentIsByNameAndValueOrByNameAlone", RESTRICT, 'if (!ceiling_.wrote("environment")) return;', "return;"),
    ceiling("expires", SINGLE, RESTRICT, "grant_.expires = most.expires;", ";"),
    ceiling("not-before", SINGLE, RESTRICT, "grant_.not_before = most.not_before;", ";"),
    ceiling("runner", SINGLE, RESTRICT, "if (most.runner) grant_.runner = most.runner;", ";"),
    ceiling("hardening", SINGLE, RESTRICT, "    grant_.hardening = least;", "    ;"),
    ceiling("optional-imports", SINGLE, RESTRICT, 'texts("optional-imports", grant_.optional_imports, ceiling_.widest.optional_imports,\n          &meet_imports);', ";"),
    ceiling("expires-within", "ExpiresWithinCutsALaterExpiry", ADMIT, "  grant.expires = last;\n", ""),
    Mutant(("unsigned", "module"), CUT + "UnsignedNeverLeavesOnlyListedModules", ((RESTRICT, "grant_.modules = intersect(grant_, listed).modules;", ";"),), "ceiling"),
    ceiling("hardening-minimum", SINGLE, RESTRICT, "                               ceiling_.restrictions.hardening_minimum);", "                               Hardening::kOff);"),
    ceiling("deny-net", "DenyNetLeavesNoSocket", RESTRICT, "if (ceiling_.restrictions.net == Net::kDenied) kept.clear();", ";"),
    ceiling("uses", "AskingForUsesNeedsAnId", RESTRICT, "grant_.uses = Uses{most.uses->count,", "if (false) grant_.uses = Uses{most.uses->count,"),
    ceiling("listen.tcp", SOCKET, MEET, "auto address = meet_listeners(a.address, b.address);", "auto address = std::optional(a.address);"),
    ceiling("listen.peers", SOCKET, MEET, "peers == loopback() ? Texts{} : peers, a.origin};", "a.peers, a.origin};"),
    ceiling("connect.tcp", SOCKET, MEET, "if (a.transport != b.transport || a.address != b.address) return std::nullopt;", "if (a.transport != b.transport) return std::nullopt;"),
    ceiling("connect.udp", SOCKET, MEET, "if (a.transport != b.transport || a.address != b.address) return std::nullopt;", "if (a.address != b.address) return std::nullopt;"),
    ceiling("fetch.redirect", NETWORK, MEET, "common.redirect = std::min(a.redirect, b.redirect);", "common.redirect = a.redirect;"),
    ceiling("fetch.redirects", NETWORK, MEET, "common.redirects = std::min(a.redirects, b.redirects);", "common.redirects = a.redirects;"),
    ceiling("fetch.decompress", NETWORK, MEET, "common.decompress = std::min(a.decompress, b.decompress);", "common.decompress = a.decompress;"),
    Mutant(tuple(f"fetch.{each}" for each in ("requests", "parallel", "denials", "request-body", "response", "total", "names", "dns", "connect", "first-byte", "timeout")),
           CUT + NETWORK, ((MEET, "common.bounds.values[i] = least(a.bounds.values[i], b.bounds.values[i]);", "common.bounds.values[i] = a.bounds.values[i];"),), "ceiling"),
    ceiling("network.ipv6", NETWORK, MEET, "common.ipv6 = a.ipv6 && b.ipv6;", "common.ipv6 = a.ipv6;"),
    ceiling("network.nat64", NETWORK, MEET, "common.decode_nat64 = a.decode_nat64 && b.decode_nat64;", "common.decode_nat64 = a.decode_nat64;"),
    ceiling("network.extra-deny", NETWORK, MEET, "common.extra_deny = both(a.extra_deny, b.extra_deny);", "common.extra_deny = a.extra_deny;"),
    ceiling("network.dns-cache", NETWORK, MEET, "common.dns_cache = std::min(a.dns_cache, b.dns_cache);", "common.dns_cache = a.dns_cache;"),
    *[ceiling(f"netfetch.{each}", NETWORK, MEET, f"least(a.{each}, b.{each})", f"a.{each}")
      for each in ("timeout", "response", "requests", "total", "parallel")],
    ceiling("network.nat64-prefixes", NETWORK, MEET, "common.nat64_prefixes = meet_lists(a.nat64_prefixes, b.nat64_prefixes, &meet_networks);", "common.nat64_prefixes = a.nat64_prefixes;"),
    Mutant(("fetch-deny.host", "fetch-deny.paths"), CUT + NETWORK, ((RESTRICT, "grant_.fetch_deny = both(std::move(grant_.fetch_deny), most.fetch_deny);", ";"),), "ceiling"),
]


def rule(name, where, proof, old, new="(void)0;"):
    """Of both kinds of directories; each is a type of the suite."""
    file, suite = {"os": ("warrant/os/directory_mutate.cc", "OsOpenat2"), "memfs": ("warrant/memfs/directory_mutate.cc", "MemFs")}[where]
    return one(f"{name} ({where})", f"DirectoryOf/{suite}.{proof}", file, old, new, "rule")


JUDGED, CARRIED = "ALinkIsJudgedAgainWhereItIsMovedOrLinkedTo", "ADirectoryCarriesNoLinkToWhereItWouldLeadOut"
RULES = [
    rule("a moved link is judged at its new place", "os", JUDGED,
         "if (can_move) WARRANT_CHECKED(check_new_place(*target, {{source, from}, {place, name}, moved}));", "(void)can_move;"),
    rule("a hard-linked link is judged at its new place", "os", JUDGED,
         "  WARRANT_CHECKED(check_new_place(*target, {{source, from}, {place, name}, now}));\n", ""),
    rule("a directory that rises is looked through", "os", CARRIED,
         "return check_carried_links(*grant_, source.spot.parent, source.spot.name, then + 1);", "return {};"),
    rule("a moved link is judged at its new place", "memfs", JUDGED,
         "  WARRANT_CHECKED(check_new_place(source, *target, place));\n  if (place.parent", "  if (place.parent"),
    rule("a hard-linked link is judged at its new place", "memfs", JUDGED,
         "if (!place.must_be_directory) WARRANT_CHECKED(check_new_place(source, *target, place));"),
    rule("a directory that rises is looked through", "memfs", CARRIED,
         "return check_carried_links(*source.node, then + 1);", "return {};"),
]
MUTANTS = GRANT + CEILING + RULES
