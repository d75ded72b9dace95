# SPDX-License-Identifier: Apache-2.0
"""Benchmark 2: a module that nobody here compiled before, and its second run.

The module is jq. Each first run finds an empty cache; wall time is what ratios are made of, CPU time
stands beside it."""
import collections
import hashlib
import shutil
import statistics

import hosts
import turns

CACHE = hosts.OUT / "cold"


def contestants(world, module, cpu):
    forget = {name: CACHE / name for name in ("first", "again", "state")}

    def environment(name):
        return {**hosts.ENVIRONMENT, "XDG_CACHE_HOME": str(forget[name]), "XDG_STATE_HOME": str(forget["state"])}

    def empty():
        shutil.rmtree(forget["first"], ignore_errors=True)
        forget["first"].mkdir(parents=True)

    def one(name, command, environment_, before=None):
        def measure(turn):
            cpu[name].append(turn.cpu_s)
            return turn.wall_ns
        words = [str(word) for word in (*command, module, "-n", "1")]
        return turns.Contestant(name, words, environment_, measure, before)

    node = [world.node, "--no-warnings", hosts.ROOT / "bench/peers/wasi.mjs"]
    made = [
        one("warrant", (world.warrant, "run"), environment("first"), empty),
        one("wasmtime", (world.wasmtime, "run", "-C", "cache=n"), hosts.ENVIRONMENT),
        one("wazero", (world.wazero, "run"), hosts.ENVIRONMENT),
        one("warrant-again", (world.warrant, "run"), environment("again")),
    ]
    last = turns.Contestant("node", [str(word) for word in (*node, module, "-", "-n", "1")], hosts.ENVIRONMENT)
    return [*made, last]


def run(rounds, world):
    turns.text_of(hosts.ROOT / "tools/third_party", "demo")
    module = hosts.ROOT / "tests/third_party/jq.wasm"
    cpu = collections.defaultdict(list)
    wants = [turns.at_most("wasmtime", 1.05), turns.at_most("warrant", 1 / 50, name="warrant-again")]
    shutil.rmtree(CACHE, ignore_errors=True)
    made = contestants(world, module, cpu)
    times = turns.in_turns(made, rounds)
    result = turns.judged("start-cold", made, times, wants)
    result["guest"] = hashlib.sha256(module.read_bytes()).hexdigest()
    result["guest_bytes"] = module.stat().st_size
    result["median_cpu_s"] = {name: round(statistics.median(all_), 4) for name, all_ in cpu.items()}
    turns.show(result)
    print(f"  module of {result['guest_bytes']} bytes; CPU seconds {result['median_cpu_s']}")
    return result
