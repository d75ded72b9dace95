# SPDX-License-Identifier: Apache-2.0
"""Benchmarks 6 to 11: transfers, the many small writes, opens by depth, stats, listings, a search,
and small files. Each guest times its own loop; the search is timed from start to end of the process.
The native build of the same source is the floor. Peers and floor have no lock-down, so it is also
measured without its own: what the difference is, Landlock and the filter cost."""
import dataclasses
import pathlib

import hosts
import trees
import turns
from turns import above, ahead, at_most

HERE = pathlib.Path(__file__).resolve().parent
PEERS = ("wasmtime", "wazero", "node")
OURS = ("warrant", "warrant-off")
ALL = (*OURS, *PEERS, "native")
LEVEL = 1.05  # as fast as the other, as far as such a measurement can say
KEPT = 4096   # up to this size the cost of the call is more than that of the bytes


@dataclasses.dataclass
class Case:
    name: str
    guest: str
    directory: str
    words: tuple  # of the guest, without the count
    count: int
    wants: list
    who: tuple = ALL
    slower: dict = dataclasses.field(default_factory=dict)  # host -> its own count


def transfer(operation, size, count):
    wants = [above("native", 30, ours) for ours in OURS]
    if size <= KEPT:
        wants += [ahead("wasmtime", 1.3, ours) for ours in OURS]
    else:
        wants += [at_most(peer, LEVEL) for peer in PEERS]
    return Case(f"io-{operation}-{size}", "transfer", "transfer", (operation, str(size)), count, wants)


def opening(name, path):
    wants = [want for ours in OURS for want in (at_most("native", 1.15, ours), ahead("wasmtime", 1.5, ours))]
    return Case(f"open-{name}", "names", "chain", ("open", path), 20_000, wants, slower={"node": 10_000})


def stating(name):
    return Case(f"stat-{name}", "names", name, ("stat", name), 50_000,
                [at_most("native", 1.6), ahead("wasmtime", 3), *(ahead(peer, 1, ours) for peer in ("wazero", "node") for ours in OURS)],
                slower={"node": 20_000})


def cases():
    sizes = ((13, 200_000), (4096, 100_000), (65536, 10_000), (1 << 20, 1_000))
    yield from (transfer(operation, size, count) for operation in ("read", "write") for size, count in sizes)
    yield transfer("readv", 4096, 100_000)
    yield Case("io-7973", "transfer", "transfer", ("records", "13"), 100,
               [at_most("native", 1.15), ahead("wasmtime-timeout", 5), ahead("wasmtime", 1), ahead("wazero", 1), ahead("node", 1)],
               who=(*ALL, "wasmtime-timeout"))
    yield opening("1", "file")
    yield opening("3", "d1/d2/file")
    yield opening("8", "d1/d2/d3/d4/d5/d6/d7/file")
    yield opening("dotdot", "d1/d2/../../d1/d2/file")
    yield opening("link", "link")
    yield stating("flat")
    yield stating("deep")
    yield Case("readdir-10k", "names", "flat", ("list", "10000"), 20,
               [at_most("native", 1.5), ahead("wasmtime", 100), ahead("wazero", 5), ahead("node", 5)], slower={"wasmtime": 1, "node": 3})
    # Peers that read the directory again for each buffer take minutes here.
    yield Case("readdir-100k", "names", "large", ("list", "100000"), 3, [at_most("native", 1.5), ahead("wazero", 5)],
               who=(*OURS, "wazero", "native"))
    yield Case("agent-grep", "search", "text", (trees.NEEDLE,), 0, [at_most("native", 1.25), *(ahead(peer, 1) for peer in PEERS)])
    yield Case("small-files", "names", "small", ("small", "512"), 5_000, [ahead(peer, 1) for peer in PEERS], slower={"node": 2_000})


def contestants_of(case, world, root):
    made = []
    for host in case.who:
        count = case.slower.get(host, case.count)
        words = (*case.words, str(count)) if case.count else case.words
        # Nanoseconds of one operation as the guest measured them, or of the whole process.
        measure = (lambda turn, count=count: int(turn.output) / count) if case.count else None
        made += world.contestants(case.guest, root / case.directory, words, (host,), measure)
    return made


def check_linear(results):
    """A listing of ten times the entries takes ten times as long, with 20 % for the caches."""
    by_name = {one["benchmark"]: one["median_ns"]["warrant"] for one in results}
    if not {"readdir-10k", "readdir-100k"} <= by_name.keys():
        return
    growth = by_name["readdir-100k"] / by_name["readdir-10k"]
    floor = {one["benchmark"]: one["median_ns"]["native"] for one in results}
    native = floor["readdir-100k"] / floor["readdir-10k"]
    results[-1]["linear"] = {"warrant": round(growth, 2), "native": round(native, 2)}
    print(f"\nreaddir of 100k over 10k: {growth:.2f} times as long, natively {native:.2f}")


def run(rounds, chosen, world):
    """Results of the cases whose names start with `chosen`."""
    root = hosts.OUT / "trees"
    trees.make(root)
    selected = [case for case in cases() if case.name.startswith(chosen)]
    guests = {case.guest: world.build(case.guest, HERE / f"{case.guest}.c") for case in selected}
    results = []
    for case in selected:
        contestants = contestants_of(case, world, root)
        times = turns.in_turns(contestants, rounds)
        results.append({**turns.judged(case.name, contestants, times, case.wants), "guest": guests[case.guest]})
        turns.show(results[-1])
    check_linear(results)
    return results
