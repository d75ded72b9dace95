# SPDX-License-Identifier: Apache-2.0
"""Contestants that are run in turns, and what their ratios are held to.

Each round runs every contestant once, in an order of its own: who comes after a large program finds
the processor's caches full of it, and that may be nobody's fixed place. A busy moment hits all of a
round, so ratios are made within a round; reported are their median and quartiles. One that is slow
takes part in fewer rounds; the result says in how many.
"""
import dataclasses
import os
import random
import statistics
import subprocess
import sys
import time

WARM = 2  # rounds that do not count
SLOW_SECONDS, SLOW_ROUNDS = 3.0, 10
CRAWLING_SECONDS, CRAWLING_ROUNDS = 15.0, 3
BUSY_LOAD = 1.5
LEAST_ROUNDS = 30
ORDERS = 20261122  # seed of the orders


@dataclasses.dataclass
class Turn:
    """One process: from its start to its end, its CPU time, and what it printed."""
    wall_ns: int
    cpu_s: float
    output: str


@dataclasses.dataclass
class Contestant:
    name: str
    command: list
    environment: dict
    # What one turn measured, in nanoseconds; by default the whole process.
    measure: object = lambda turn: turn.wall_ns
    before: object = None  # called before each turn, untimed


@dataclasses.dataclass
class Want:
    """One line of the required column: the figure that `of` makes of a round is within a bound."""
    text: str
    of: object  # round (name -> nanoseconds) -> figure
    least: float = None
    most: float = None
    needs: tuple = ()

    def holds(self, median):
        return (self.least is None or median >= self.least) and (self.most is None or median <= self.most)


def at_most(other, bound, name="warrant"):
    return Want(f"{name}/{other} <= {bound:g}", lambda turn: turn[name] / turn[other], most=bound, needs=(name, other))


def ahead(other, bound, name="warrant"):
    return Want(f"{other}/{name} >= {bound:g}", lambda turn: turn[other] / turn[name], least=bound, needs=(name, other))


def above(other, bound, name="warrant"):
    return Want(f"{name} - {other} <= {bound:g} ns", lambda turn: turn[name] - turn[other], most=bound, needs=(name, other))


def once(contestant):
    if contestant.before:
        contestant.before()
    read_end, write_end = os.pipe()
    actions = [(os.POSIX_SPAWN_DUP2, write_end, 1), (os.POSIX_SPAWN_CLOSE, read_end)]
    began = time.perf_counter_ns()
    pid = os.posix_spawn(contestant.command[0], contestant.command, contestant.environment, file_actions=actions)
    os.close(write_end)
    with os.fdopen(read_end) as out:  # what is printed fits the pipe
        _, status, usage = os.wait4(pid, 0)
        took = time.perf_counter_ns() - began
        output = out.read()
    if status != 0:
        sys.exit(f"bench: {' '.join(contestant.command)}: status {status}")
    return Turn(took, usage.ru_utime + usage.ru_stime, output)


def rounds_for(seconds, rounds):
    if seconds > CRAWLING_SECONDS:
        return min(rounds, CRAWLING_ROUNDS)
    return min(rounds, SLOW_ROUNDS) if seconds > SLOW_SECONDS else rounds


def in_turns(contestants, rounds):
    """name -> the nanoseconds of each round; a slow contestant has fewer of them."""
    share = {}
    for contestant in contestants:
        share[contestant.name] = rounds_for(once(contestant).wall_ns / 1e9, rounds)
    warm = [one for one in contestants if share[one.name] == rounds]
    for _ in range(WARM - 1):
        for contestant in warm:
            once(contestant)
    times = {contestant.name: [] for contestant in contestants}
    orders = random.Random(ORDERS)
    for number in range(rounds):
        for contestant in orders.sample(contestants, len(contestants)):
            if number < share[contestant.name]:
                times[contestant.name].append(contestant.measure(once(contestant)))
    return times


def quartiles(figures):
    if len(figures) < 2:
        return figures[0], figures[0], figures[0]
    low, middle, high = statistics.quantiles(figures, n=4, method="inclusive")
    return low, middle, high


def figure(want, times):
    count = min(len(times[name]) for name in want.needs)
    turns = [{name: times[name][i] for name in want.needs} for i in range(count)]
    low, middle, high = quartiles([want.of(turn) for turn in turns])
    return {"required": want.text, "median": round(middle, 4), "quartiles": [round(low, 4), round(high, 4)],
            "holds": want.holds(middle)}


def judged(name, contestants, times, wants):
    """The result of one case."""
    load = os.getloadavg()[0]
    reasons = ["the machine was busy"] if load > BUSY_LOAD else []
    if len(times["warrant"]) < LEAST_ROUNDS:
        reasons.append(f"fewer than {LEAST_ROUNDS} rounds")
    return {
        "benchmark": name, "load": load, "void": reasons,
        "commands": {one.name: " ".join(one.command) for one in contestants},
        "rounds": {one: len(all_) for one, all_ in times.items()},
        "median_ns": {one: round(statistics.median(all_), 1) for one, all_ in times.items()},
        "required": [figure(want, times) for want in wants if all(one in times for one in want.needs)],
    }


def readable(nanoseconds):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.4g} {unit}"
    return f"{nanoseconds:.4g} ns"


def show(result):
    print(f"\n{result['benchmark']}, load {result['load']:.2f}" + (f"  VOID: {', '.join(result['void'])}" if result["void"] else ""))
    for name, median in result["median_ns"].items():
        print(f"  {name:18} {readable(median):>10}   {result['rounds'][name]} rounds")
    for one in result["required"]:
        low, high = one["quartiles"]
        print(f"  {'holds ' if one['holds'] else 'MISSED'} {one['required']:34} {one['median']:.3f}  quartiles {low:.3f} {high:.3f}")
    sys.stdout.flush()


def text_of(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout.strip()
