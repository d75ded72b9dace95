# SPDX-License-Identifier: Apache-2.0
"""Benchmark 12: HTTPS GETs by a guest beside libcurl alone and Node's fetch, from one nginx on this
machine, in turns; benchmark 17: what a refused fetch costs; what judging one by 32 grants costs; and what a
guest without network pays.

In flight are 64 requests: of this host by 64 runs at once of one process each, because a guest waits
for its answer; of the others as streams of one connection. The wasi-http peer needs components.
"""
import contextlib
import json
import os
import re
import subprocess

import hosts
import turns

HERE = hosts.ROOT / "bench/fetch"
SITE = hosts.OUT / "site"
SMALL, LARGE = 270, 1 << 20
WARM_SMALL, WARM_LARGE, DENIED = 500, 60, 1_000_000
WAYS = [("fetch-warm-270B", "small", WARM_SMALL), ("fetch-warm-1MiB", "large", WARM_LARGE)]


@contextlib.contextmanager
def site():
    command = [hosts.ROOT / "tools/tls_site"]
    subprocess.run([*command, SITE], check=True)
    try:
        for name, size in (("small", SMALL), ("large", LARGE)):
            (SITE / "www" / name).write_bytes(os.urandom(size))
        yield (SITE / "origin").read_text().strip()
    finally:
        subprocess.run([*command, "--stop", SITE], check=True)


def grant(origin):
    entry = {"origin": origin, "methods": ["GET"], "paths": ["/"], "private": ["127.0.0.1"], "requests": 1000,
             "ca": str(SITE / "ca.pem"), "response": "2MiB", "total": "4GiB"}
    path = hosts.OUT / "fetch.json"
    path.write_text(json.dumps({"version": 1, "clock": {"monotonic": True}, "limits": {"wall": "5m", "cpu": "5m"},
                                "netfetch": {"requests": 1000, "response": "2MiB", "total": "4GiB"}, "fetch": [entry]}))
    return path


class Race:
    def __init__(self, world, origin):
        self.origin = origin
        self.guest, self.raw = hosts.OUT / "fetch.wasm", hosts.OUT / "fetch-raw"
        turns.text_of(hosts.ROOT / "tools/c_guest", self.guest, HERE / "guest.c", "--", "-D_GNU_SOURCE",
                      f"-I{hosts.ROOT / 'guests/fetch/include'}")
        turns.text_of("gcc", "-O2", HERE / "raw.c", "-o", self.raw, "-lcurl")
        self.run = [world.warrant, "run", "--grant", grant(origin), self.guest]
        self.bare = [world.warrant, "run", "--clock", "--wall", "5m", "--cpu", "5m", self.guest]
        self.node = [world.node, HERE / "node.mjs"]

    def contestant(self, name, command, *words, measure=None):
        environment = {**hosts.ENVIRONMENT, "NODE_EXTRA_CA_CERTS": str(SITE / "ca.pem")}
        return turns.Contestant(name, [str(word) for word in [*command, *words]], environment,
                                measure or (lambda turn: float(turn.output)))

    def three(self, mode, *words):
        """This host, libcurl alone, Node's fetch: what each of them measured inside."""
        return [self.contestant("warrant", self.run, mode, *words),
                self.contestant("libcurl", [self.raw, mode, SITE / "ca.pem"], *words),
                self.contestant("node", self.node, mode, *words)]

    def warm(self, rounds, name, file, count):
        made = self.three("warm", f"{self.origin}/{file}", count)
        return turns.judged(name, made, turns.in_turns(made, rounds), [turns.at_most("libcurl", 1.15)])

    def cold(self, rounds):
        """The first request with its handshake, as its caller sees it. Beside it, without a bound, all of the
        process: a run with one GET and one without the network, and libcurl's own program with one."""
        url = f"{self.origin}/small"
        made = self.three("cold", url)
        whole = lambda turn: turn.wall_ns  # noqa: E731
        made.append(self.contestant("with-one", self.run, "cold", url, measure=whole))
        made.append(self.contestant("without", self.bare, "none", measure=whole))
        made.append(self.contestant("libcurl-with-one", [self.raw, "cold", SITE / "ca.pem"], url, measure=whole))
        cold = turns.Want("cold <= 5 ms", lambda turn: turn["warrant"], most=5e6, needs=("warrant",))
        return turns.judged("fetch-cold", made, turns.in_turns(made, rounds), [cold])

    def flight(self, rounds):
        """64 in flight; nanoseconds a request."""
        url = f"{self.origin}/small"
        many = ["sh", "-c", 'for i in $(seq 64); do "$@" & done; wait', "sh", *self.run]
        inside = lambda turn: sum(map(float, turn.output.split())) / 64 / 64  # noqa: E731
        made = [self.contestant("warrant", ["/bin/" + many[0], *many[1:]], "warm", url, 20, measure=inside),
                self.contestant("libcurl", [self.raw, "flight", SITE / "ca.pem"], url, 1280, 64),
                self.contestant("node", self.node, "flight", url, 1280, 64)]
        return turns.judged("fetch-64-in-flight", made, turns.in_turns(made, rounds), [])

    def denied(self, rounds):
        """A million refusals on record: the first are written, the rest are counted."""
        made = [self.contestant("warrant", self.bare, "denied", "https://api.example.com/", DENIED)]
        bound = turns.Want("a refusal <= 100 ns", lambda turn: turn["warrant"], most=100, needs=("warrant",))
        return turns.judged("fetch-denied", made, turns.in_turns(made, rounds), [bound])


def native(world):
    return world.warrant.parent.parent / "bench/fetch/fetch_native"


def natively(rounds, world, origin):
    """The same GETs without a guest, waiting awake for an answer and asleep (docs/decisions/0030), beside libcurl."""
    words = [origin, SITE / "ca.pem", "/small", WARM_SMALL]
    made = [turns.Contestant(name, [str(word) for word in (native(world), mode, *words)], hosts.ENVIRONMENT,
                             lambda turn: float(turn.output))
            for name, mode in (("warrant", "ours"), ("warrant-asleep", "asleep"), ("libcurl", "raw"))]
    return turns.judged("fetch-native-270B", made, turns.in_turns(made, rounds), [])


def judged_by_many(rounds, world):
    """What steps 3 to 7 take before anything is asked or sent, with 32 grants."""
    made = [turns.Contestant("warrant", [str(native(world)), "judge", "20000"],
                             hosts.ENVIRONMENT, lambda turn: float(turn.output))]
    bound = turns.Want("p50 < 20 us", lambda turn: turn["warrant"], most=20_000, needs=("warrant",))
    return turns.judged("fetch-judge-32-grants", made, turns.in_turns(made, rounds), [bound])


def mapped(race):
    """What of the network is mapped by a guest that fetches, and by one that was not granted to."""
    found = {}
    for name, command, words in (("granted", race.run, ["cold", f"{race.origin}/small"]), ("not granted", race.bare, ["none"])):
        traced = ["strace", "-f", "-e", "trace=openat,execve", *map(str, [*command, *words])]
        done = subprocess.run(traced, capture_output=True, text=True, env=hosts.ENVIRONMENT, check=True)
        libraries = set(re.findall(r"/(lib(?:curl|cares|ssl|crypto)\.so[0-9.]*)\", [^)]*\) = [0-9]", done.stderr))
        found[name] = sorted(libraries)
    print(f"\nfetch-mapped\n  granted: {', '.join(found['granted'])}\n  not granted: {', '.join(found['not granted']) or 'nothing'}")
    return {"benchmark": "fetch-mapped", **found}


def run(rounds, world):
    with site() as origin:
        race = Race(world, origin)
        parts = [*(lambda way=way: race.warm(rounds, *way) for way in WAYS), lambda: race.cold(rounds),
                 lambda: natively(rounds, world, origin), lambda: race.flight(rounds), lambda: race.denied(rounds),
                 lambda: judged_by_many(rounds, world)]
        results = []
        for part in parts:
            results.append(part())
            turns.show(results[-1])
        return [*results, mapped(race)]
