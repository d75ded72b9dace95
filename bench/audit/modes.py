# SPDX-License-Identifier: Apache-2.0
"""Benchmark 16 on the whole program: opens of one file and of one file after another (of which each has a
record of its own, up to the cap), small writes and new files with no log and with one in each
mode ("warrant" is the standard one, `buffered`). What a record costs inside is bench/audit/record_bench.cc's to say."""
import json
import pathlib

import hosts
import trees
import turns

FILES = pathlib.Path(__file__).resolve().parent.parent / "files"
MODES = ("buffered", "each", "sync")
# name, guest, directory, words, count, in `sync`; and what `buffered` may cost at most.
CASES = (("log-open", "names", "chain", ("open", "file"), 20_000, 20_000, 1.05),
         ("log-open-others", "names", "flat", ("walk", "flat"), 20_000, 20_000, None),
         ("log-write-4096", "transfer", "transfer", ("write", "4096"), 100_000, 100_000, 1.05),
         ("log-small-files", "names", "small", ("small", "512"), 2_000, 200, None))


def flags_of(mode):
    if mode == "off":
        return ["--no-log"]
    grant = hosts.OUT / f"flush-{mode}.json"
    grant.write_text(json.dumps({"version": 1, "audit": {"flush": mode}}))
    return ["--grant", str(grant)]


def run(rounds, world):
    root = hosts.OUT / "trees"
    trees.make(root)
    results = []
    for name, guest, directory, words, many, few, most in CASES:
        digest = world.build(guest, FILES / f"{guest}.c")
        made = []
        for mode in ("off", *MODES):
            count = few if mode == "sync" else many
            command, place = world.commands(guest, root / directory)["warrant"]
            full = [*command[:2], *flags_of(mode), *command[2:], *words, str(count), place]
            contestant = "warrant" if mode == "buffered" else f"log-{mode}"
            made.append(turns.Contestant(contestant, [str(word) for word in full], hosts.ENVIRONMENT,
                                         measure=lambda turn, count=count: int(turn.output) / count))
        wants = [turns.at_most("log-off", most)] if most else []
        results.append({**turns.judged(name, made, turns.in_turns(made, rounds), wants), "guest": digest})
        turns.show(results[-1])
    return results
