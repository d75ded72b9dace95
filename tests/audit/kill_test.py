#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill_test.py WARRANT WAT2WASM GUESTS CAPTURED_RUNS: AUDIT_KILLS (120) times kill -9 at a random point.

Runs of each kind and in each mode of [audit] flush, six at a time, write one log; each is killed at a
random point of the time that such a run takes, and a kill that came too late does not count. Then:
nothing that anybody was given is without its records (a status, a receipt, captured output, bytes that
a server or a client got, in the modes `each` and `sync` also each changed file and each answer), and
all of the log verifies as whole or incomplete. Where no network namespace can be made, runs that fetch with a
secret are left out, and it says so.
"""
import collections
import concurrent.futures
import json
import os
import pathlib
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "rig")]

import world  # noqa: E402

KILLS = int(os.environ.get("AUDIT_KILLS", "120"))
SEED = int(os.environ.get("AUDIT_SEED", "20261121"))
MODES = ("buffered", "each", "sync")
AT_ONCE = 6
FILES, DENIALS, REQUESTS, CALLS = 60, 60, 8, 4
SECRET = "canary-0123456789-of-kill"
API = "93.184.215.14"

# Makes files f00, f01, … in its directory, eight bytes each.
EFFECTS = f"""(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 0) "f00") (data (i32.const 16) "\\20\\00\\00\\00\\08\\00\\00\\00")
  (data (i32.const 32) "contents")
  (func (export "_start") (local $n i32)
    (loop $next
      (i32.store8 (i32.const 1) (i32.add (i32.const 48) (i32.div_u (local.get $n) (i32.const 10))))
      (i32.store8 (i32.const 2) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
      (drop (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 1)
        (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 100)))
      (drop (call $write (i32.load (i32.const 100)) (i32.const 16) (i32.const 1) (i32.const 104)))
      (drop (call $close (i32.load (i32.const 100))))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $n) (i32.const {FILES}))))))"""
# Is denied, and prints a byte for each answer.
DENIED = f"""(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 0) "new") (data (i32.const 16) "\\00\\00\\00\\00\\01\\00\\00\\00")
  (func (export "_start") (local $n i32)
    (loop $next
      (drop (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 1)
        (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 100)))
      (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 104)))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $n) (i32.const {DENIALS}))))))"""
PLAYED = """#!/bin/sh
[ "$1" = --version ] && { echo "wasmtime 48.0.2 (stand-in)"; exit 0; }
while [ "$1" != --argv0 ]; do shift; done
if [ "$2" = "probe it" ]; then shift; printf '%s\\0' "$1"; shift 3; printf '%s\\0' "$@"; exit 0; fi
echo played
"""


class Place:
    """What all runs share: programs, guests, one home with one log, and who they talk to."""

    def __init__(self, root):
        self.root = root
        self.warrant, wat2wasm, guests, self.captured = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4]
        self.guests = pathlib.Path(guests).resolve()
        self.home, self.bin = root / "home", root / "bin"
        for each in (self.home, self.bin, root / "runs"):
            each.mkdir()
        self.state = self.home / ".local/state/warrant"
        self.log = self.state / "log"
        for name, text in (("effects", EFFECTS), ("denied", DENIED)):
            (root / f"{name}.wat").write_text(text)
            subprocess.run([wat2wasm, root / f"{name}.wat", "-o", root / f"{name}.wasm"], check=True)
        for mode in MODES:
            (root / f"{mode}.json").write_text(json.dumps({"version": 1, "audit": {"flush": mode}}))
        (self.bin / "wasmtime").write_text(PLAYED)
        (self.bin / "wasmtime").chmod(0o755)
        self.environment = {"PATH": f"{self.bin}:/usr/bin:/bin", "HOME": str(self.home), "LANG": "C.UTF-8"}
        self.heard = collections.Counter()  # what servers were sent, by run
        self.server = socket.create_server(("127.0.0.1", 0), backlog=64)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.server.accept()
            threading.Thread(target=self.echo, args=(client,), daemon=True).start()

    def echo(self, client):
        with client:
            try:
                while data := client.recv(100):
                    self.heard[int(data)] += 1
                    client.sendall(data)
            except (OSError, ValueError):
                pass

    def guest(self, name):
        own = self.root / f"{name}.wasm"
        return own if own.exists() else self.guests / f"{name}.wasm"


place = None


class Run:
    """One process of one kind, in a directory of its own."""
    guest, words, flags = "hello", (), ()

    def __init__(self, number, mode):
        self.number, self.mode = number, mode
        self.here = place.root / "runs" / str(number)
        self.here.mkdir()
        (self.here / "d").mkdir()
        self.status = None

    def command(self):
        return [place.warrant, "run", "-q", "--denials=never", "--label", f"kill={self.number}", "--grant",
                place.root / f"{self.mode}.json", "--receipt", "receipt", *self.flags, place.guest(self.guest),
                *self.words]

    def start(self):
        with open(self.here / "out", "wb") as out, open(self.here / "err", "wb") as err:
            self.child = subprocess.Popen([os.fspath(word) for word in self.command()], env=place.environment,
                                          cwd=self.here, stdin=subprocess.DEVNULL, stdout=out, stderr=err)

    def beside(self):
        """What goes on while it runs."""

    def killed(self, delay):
        self.start()
        helper = threading.Thread(target=self.beside)
        helper.start()
        if delay is not None:
            time.sleep(delay)
            self.child.kill()
        self.status = self.child.wait(timeout=60)
        helper.join(timeout=60)

    def out(self):
        return (self.here / "out").read_bytes()

    def receipt(self):
        path = self.here / "receipt"
        return path.read_text() if path.exists() else ""

    def released(self):
        return self.status >= 0 or bool(self.receipt())

    def check(self, log):
        """Every broken promise, as a sentence."""
        records = log.of.get(self.number, [])
        ended = any(record["kind"] == "run.end" for record in records)
        if self.status not in (0, -9, 124):
            yield f"ended with {self.status}: {(self.here / 'err').read_text()}"
        if self.released() and not ended:
            yield "a result was given, and the end of the run is not on record"
        yield from self.promises(records)

    def promises(self, records):
        return ()


class Hello(Run):
    pass


class Wall(Run):
    guest, flags = "spin", ("--wall", "5ms")


class Fuel(Run):
    guest, flags = "spin", ("--fuel", "1000000")


class Effects(Run):
    guest, flags = "effects", ("--dir", "d::/w:write")

    def promises(self, records):
        there = {path.name for path in (self.here / "d").iterdir()}
        named = {record["path"].removeprefix("/w/") for record in records
                 if record["kind"] == "fs" and record.get("call") in
                 ("path_open", "path_create_file", "path_filestat_set_size")}
        if (self.mode != "buffered" or self.released()) and not there <= named:
            yield f"{sorted(there - named)} were made, and stand in no record"
        order = [f"f{number:02}" for number in range(FILES)]
        if sorted(named) != order[:len(named)]:
            yield f"records are missing before others: {sorted(named)}"
        wrote = {record["path"].removeprefix("/w/") for record in records
                 if record["kind"] == "fs" and record.get("call") == "fd_write"}
        filled = {path.name for path in (self.here / "d").iterdir() if path.stat().st_size > 0}
        if self.mode != "buffered" and not filled <= wrote:
            yield f"{sorted(filled - wrote)} were written, and no record says so"


class Denied(Run):
    guest, flags = "denied", ("--dir", "d::/w:read")

    def promises(self, records):
        answers = len(self.out())
        denials = sum(record.get("decision") == "deny" for record in records)
        if denials < (answers if self.mode != "buffered" else min(answers, 1)):
            yield f"{answers} denials were answered, {denials} are on record"
        told = any(record["kind"] == "console" for record in records)
        if self.mode != "buffered" and answers and not told:
            yield "bytes were passed on, and no record says so"


class Connects(Run):
    guest = "net"

    @property
    def flags(self):
        return ("--connect", f"127.0.0.1:{place.server.getsockname()[1]}")

    @property
    def words(self):
        return ("talk", str(self.number))

    def promises(self, records):
        if place.heard[self.number] and not any(r["kind"] == "net" and r.get("intent") for r in records):
            yield "a server was sent bytes, and no record says that they would leave"


class Listens(Run):
    guest, flags, words = "net", ("--listen", "127.0.0.1:0"), ("serve", str(CALLS))
    answers = 0

    def beside(self):
        port = None
        while port is None and self.child.poll() is None:
            port = re.search(r"listening 127\.0\.0\.1:([0-9]+)\n", (self.here / "err").read_text())
            time.sleep(0.001)
        for _ in range(CALLS if port else 0):
            try:
                with socket.create_connection(("127.0.0.1", int(port.group(1))), timeout=30) as client:
                    client.sendall(b"x")
                    client.shutdown(socket.SHUT_WR)
                    self.answers += 1 if client.recv(10) else 0
            except OSError:
                return

    def promises(self, records):
        intents = sum(record["kind"] == "net" and record.get("intent", False) for record in records)
        if intents < self.answers:
            yield f"{self.answers} callers were answered, {intents} answers are on record"


class Fetches(Run):
    guest = "fetch_get"

    @property
    def flags(self):
        return ("--grant", place.root / "fetch.json", "--secret", f"token=file:{place.root}/secret")

    @property
    def words(self):
        return [f"https://api.example.com/v1/ok?n={self.number}"] * REQUESTS

    def promises(self, records):
        sent = [request for request in place.api.requests if request.target.endswith(f"?n={self.number}")]
        for kind in ("fetch", "secret"):
            intents = sum(record["kind"] == kind and record.get("intent", False) for record in records)
            if intents < len(sent):
                yield f"a server got {len(sent)} requests, {intents} of kind {kind} are on record"
        if any(dict(request.headers).get("authorization") != f"Bearer {SECRET}" for request in sent):
            yield "the secret was not attached: the test tests nothing"


class Outside(Run):
    """The runner that is another program, played by a script."""
    flags = ("--runner", "wasmtime-cli", "--basic")

    def command(self):
        grant = ["--grant", place.root / f"{self.mode}.json"]
        words = super().command()
        at = words.index("--grant")
        return words[:at] + words[at + len(grant):]


class Several(Run):
    """Programs with several runs in one file; `runs` of the log by process."""

    def check(self, log):
        if self.status not in (0, -9):
            yield f"ended with {self.status}: {(self.here / 'err').read_text()}"
        ended = log.ended
        for run in self.given():
            if run not in ended:
                yield f"the result of {run} was given, and its end is not on record"
        yield from self.more(log)

    def more(self, log):
        return ()


class Manifest(Several):
    def command(self):
        instance = {"binary": str(place.guest("hello").relative_to("/"))}
        page = {"version": 1, "instances": {f"{name}{self.number}": instance for name in "abc"}}
        (self.here / "m.json").write_text(json.dumps(page))
        return [place.warrant, "host", "run", "--root", "/", "m.json"]

    def given(self):
        return ()

    def more(self, log):
        names = {f"{name}{self.number}" for name in "abc"}
        if self.status >= 0 and not names <= log.ended_names:
            yield "a status was given, and the end of an instance is not on record"


class Captured(Several):
    def command(self):
        return [place.captured, place.guest("hello"), place.log, place.state, place.home / ".cache/warrant", self.mode]

    def given(self):
        lines = self.out().decode().splitlines()
        return [line.split()[0] for line in lines if len(line.split()) == 2 and line.split()[1] == "6"]


class Log:
    """All records, and what verify says of them."""

    def __init__(self):
        self.of = collections.defaultdict(list)
        self.ended, self.ended_names = set(), set()
        for path in place.log.glob("*/*.jsonl"):
            for line in path.read_bytes().splitlines(keepends=True):
                if line.endswith(b"\n"):
                    self.take(json.loads(line))
        done = subprocess.run([place.warrant, "audit", "verify", "--json"], env=place.environment,
                              capture_output=True, check=False)
        self.report = json.loads(done.stdout)
        self.status = done.returncode

    def take(self, record):
        if label := record.get("label"):
            self.of[int(label["kill"])].append(record)
        if record["kind"] == "run.end":
            self.ended.add(record["run"])
            self.ended_names.add(record["receipt"]["module"]["name"])

    def check(self):
        states = collections.Counter(each["state"] for each in self.report["files"])
        if self.report["findings"]:
            yield f"verify calls it damaged: {self.report['findings'][:5]}"
        if set(states) - {"whole", "incomplete"}:
            yield f"there are files in other states: {dict(states)}"
        for records in self.of.values():
            numbers = [record["seq"] for record in records]
            if len(numbers) != len(set(numbers)):
                yield f"run {records[0]['run']} uses a number twice"


def kinds(fetching):
    made = [(kind, mode) for kind in (Hello, Effects, Denied, Connects, Listens) for mode in MODES]
    made += [(Wall, "buffered"), (Fuel, "buffered"), (Outside, "buffered"), (Manifest, "buffered")]
    made += [(Captured, mode) for mode in MODES]
    return made + ([(Fetches, mode) for mode in MODES] if fetching else [])


def set_fetching_up(authority):
    import behaviours
    from names import NameServer
    from server import Server
    place.names = NameServer("127.0.0.1", 53)
    place.names.tell("api.example.com", [API])
    place.api = Server(authority.leaf("api", ["api.example.com"]), API, 443, behaviours.ALL)
    (place.root / "secret").write_text(SECRET)
    (place.root / "secret").chmod(0o600)
    secret = {"header": "authorization", "value": "Bearer ${token}", "attach": "always"}
    entry = {"origin": "https://api.example.com", "methods": ["GET"], "paths": ["/v1/"], "secret": secret}
    (place.root / "fetch.json").write_text(json.dumps({"version": 1, "fetch": [entry]}))


def measure(pool, made, numbers):
    """How long a run of each kind takes while as many others go on; captured ones go on for ever."""
    times = {}
    for kind, mode in made:
        if kind is Captured:
            times[kind, mode] = 0.4
            continue

        def timed(number, kind=kind, mode=mode):
            began = time.monotonic()
            run = kind(number, mode)
            run.killed(None)
            return time.monotonic() - began, run
        done = list(pool.map(timed, [next(numbers) for _ in range(AT_ONCE)]))
        for _, run in done:
            if run.status not in (0, 124):
                sys.exit(f"{kind.__name__} {mode} does not run: {run.status} {(run.here / 'err').read_text()}")
        times[kind, mode] = sorted(each for each, _ in done)[AT_ONCE // 2]
        yield from (run for _, run in done)
    yield times


def test(fetching):
    pick = random.Random(SEED)
    numbers = iter(range(10 ** 9))
    made = kinds(fetching)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        first = Hello(next(numbers), "buffered")
        first.killed(None)  # makes the key, and compiles
        *runs, times = measure(pool, made, numbers)
        runs.append(first)
        hit = 0
        while hit < KILLS and len(runs) < 5 * KILLS:
            some = [kind(next(numbers), mode) for kind, mode in pick.sample(made, len(made))]
            some = some[:max(AT_ONCE, KILLS - hit)]
            list(pool.map(lambda run: run.killed(pick.random() * times[type(run), run.mode]), some))
            for run in some:
                if not isinstance(run, Captured):  # that goes on for ever: no kill comes too late
                    times[type(run), run.mode] *= 1.12 if run.status == -9 else 0.8  # the machine's mood
            runs += some
            hit += sum(run.status == -9 for run in some)
    log = Log()
    broken = list(log.check())
    for run in runs:
        broken += [f"{type(run).__name__} {run.mode} {run.number}: {each}" for each in run.check(log)]
    given = sum(len(list(run.given())) if isinstance(run, Several) else run.released() for run in runs)
    states = collections.Counter(each["state"] for each in log.report["files"])
    print(f"{hit} of {len(runs)} runs of {len(made)} kinds were killed, {given} results were given, "
          f"{states['whole']} files are whole, {states['incomplete']} incomplete")
    if hit < KILLS:
        broken.append("most kills came too late")
    for each in broken[:20]:
        print(f"BROKEN: {each}")
    return 1 if broken else 0


def main():
    global place
    fetching = world.is_possible()
    authority = world.enter() if fetching else None
    if not fetching:
        print("SKIPPED: no network namespace can be made here; no run that fetches was killed")
    os.umask(0o022)
    with tempfile.TemporaryDirectory(prefix="warrant-kill-") as scratch:
        place = Place(pathlib.Path(scratch).resolve())
        if fetching:
            set_fetching_up(authority)
        return test(fetching)


if __name__ == "__main__":
    sys.exit(main())
