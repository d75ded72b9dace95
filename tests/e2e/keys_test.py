# SPDX-License-Identifier: Apache-2.0
"""Every key of a grant counts: with it the guest meets one thing, without it another.

Each proof is run twice. First with its document: what the key says must hold. Then with the same
document less that one key, as if nothing enforced it: then it must not hold, or the proof could not
tell. Keys whose effect is not the command's to show are proved elsewhere: docs/formats/proofs.md.
"""
import copy
import dataclasses
import json
import os
import re
from typing import Any, Callable

from support import REFUSED, Case

NOTCAPABLE, MFILE, DQUOT, FBIG, NOMEM, INVAL = 76, 33, 19, 22, 48, 28

COUNT = """(module (memory (export "memory") 1) (func (export "_start") (local $i i32)
  (loop $on (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br_if $on (i32.lt_u (local.get $i) (i32.const 700000000))))))"""
RECURSE = """(module (memory (export "memory") 1)
  (func $down (param i32) (result i32) (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0))
    (else (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))))
  (func (export "_start") (drop (call $down (i32.const 7000)))))"""
TWO_MEMORIES = '(module (memory (export "memory") 1) (memory 1) (func (export "_start")))'
TWO_TABLES = '(module (memory (export "memory") 1) (table 1 funcref) (table 1 funcref) (func (export "_start")))'
TWO_SEGMENTS = '(module (memory (export "memory") 1) (table 2 funcref) (elem (i32.const 0) $f) (elem (i32.const 1) $f) (func $f (export "_start")))'
TEN_ELEMENTS = '(module (memory (export "memory") 1) (table 10 funcref) (func (export "_start")))'
FOREIGN = '(module (import "acme" "call" (func)) (memory (export "memory") 1) (func (export "_start")))'


@dataclasses.dataclass
class Proof:
    key: str  # of JSON, lists by their first entry
    document: dict
    guest: str  # a name, or a module as text
    words: tuple
    holds: Callable[[Any], bool]
    feed: bytes = b""
    ceiling: dict | None = None


def refused(done):
    return done.code == REFUSED


def ran(done):
    return done.code == 0


def ended(done):
    return done.code == 124


def says(text):
    return lambda done: text in done.text


def errno(number):
    return says(f"errno {number}\n") if number == 0 else lambda done: re.search(rf"errno {number}\b", done.text) is not None


def limited(**limits):
    return {"limits": limits}


def inside(access="write", **more):
    return {"directory": [{"guest": "/d", "host": "place", "access": access, **more}]}


ID = "a-name-of-sixteen"
PROOFS = [
    Proof("id", {"id": ID, "uses": 1}, "hello", (), ran),
    Proof("require", {"require": True, "clock": {"wall": True}}, "hello", (), refused, ceiling={"clock": {"wall": False}}),
    Proof("module", {"module": "sha256:" + "0" * 64}, "hello", (), refused),
    Proof("expires", {"expires": "2001-01-01T00:00:00Z"}, "hello", (), refused),
    Proof("not_before", {"not_before": "2500-01-01T00:00:00Z"}, "hello", (), refused),
    Proof("cwd", {**inside(), "cwd": "/d/sub"}, "probe", ("see", "deep"), says("read deep")),
    Proof("argv0", {"argv0": "called"}, "probe", ("args",), says("called".encode().hex())),
    Proof("optional_imports", {"optional_imports": ["acme.*"]}, FOREIGN, (), ran),
    Proof("limits.wall", {**limited(wall="200ms"), "clock": {"wall": True, "monotonic": True}}, "probe", ("sleep", "1"), ended),
    Proof("limits.cpu", limited(cpu="50ms"), COUNT, (), ended),
    Proof("limits.fuel", limited(fuel=1000), COUNT, (), ended),
    Proof("limits.memory", limited(memory="2MiB"), "probe", ("grow", "64"), says("refused")),
    Proof("limits.memories", limited(memories=1), TWO_MEMORIES, (), refused),
    Proof("limits.tables", limited(tables=1), TWO_TABLES, (), refused),
    Proof("limits.table", limited(table=5), TEN_ELEMENTS, (), refused),
    Proof("limits.stack", limited(stack="64KiB"), RECURSE, (), lambda done: done.code != 0),
    Proof("limits.stdout", limited(stdout=10), "probe", ("out", "100"), lambda done: done.out == b"x" * 10),
    Proof("limits.stderr", limited(stderr=10), "probe", ("err", "100"), lambda done: "x" * 11 not in done.err),
    Proof("limits.open_files", {**limited(open_files=10), **inside()}, "probe", ("open", "/d/note", "50"), errno(MFILE)),
    Proof("limits.written", {**limited(written=1000), **inside()}, "probe", ("fill", "/d/new", "2000"), errno(DQUOT)),
    Proof("limits.inodes", {**limited(inodes=2), **inside()}, "probe", ("dirs", "/d", "3"), errno(DQUOT)),
    Proof("limits.file_bytes", {**limited(file_bytes=1000), **inside()}, "probe", ("fill", "/d/new", "2000"), errno(FBIG)),
    Proof("limits.vectors", limited(vectors=2), "probe", ("vectors", "3"), errno(INVAL)),
    Proof("limits.vector_bytes", limited(vector_bytes=2), "probe", ("vectors", "5"), says("wrote 2\n")),
    Proof("limits.poll", {**limited(poll=2), "clock": {"monotonic": True}}, "probe", ("poll", "3"), errno(NOMEM)),
    Proof("limits.random", {**limited(random=100), "entropy": {"seed": 1}}, "probe", ("random", "30", "10"), errno(DQUOT)),
    *[Proof(f"limits.{key}", {"limits": {key: 1}}, "hello", (), refused)
      for key in ("module_bytes", "types", "functions", "function_bytes", "locals", "imports", "exports")],
    Proof("limits.segments", limited(segments=1), TWO_SEGMENTS, (), refused),
    Proof("limits.compile_wall", limited(compile_wall="1ms"), "cat", ("none",), refused),
    Proof("limits.compile_cpu", limited(compile_cpu="0s"), "list", ("none",), refused),
    Proof("limits.compile_memory", limited(compile_memory="1MiB"), "copy", ("none",), refused),
    Proof("limits.blocks", limited(blocks=0), COUNT, (), refused),
    Proof("console.stdin", {"console": {"stdin": False}}, "cat", (), lambda done: done.out == b"", b"fed"),
    Proof("console.stdout", {"console": {"stdout": False}}, "probe", ("out", "9"), lambda done: done.out == b""),
    Proof("console.stderr", {"console": {"stderr": False}}, "probe", ("err", "9"), lambda done: "xxxxxxxxx" not in done.err),
    Proof("environment.A", {"environment": {"A": "1"}}, "probe", ("env",), says(b"A=1".hex())),
    Proof("environment.B", {"environment": {"B": {"host": "LANG"}}}, "probe", ("env",), says(b"B=C.UTF-8".hex())),
    Proof("clock.wall", {"clock": {"wall": True}}, "probe", ("clock", "0"), errno(0)),
    Proof("clock.monotonic", {"clock": {"monotonic": True}}, "probe", ("clock", "1"), errno(0)),
    Proof("clock.cpu", {"clock": {"cpu": True}}, "probe", ("clock", "2"), errno(0)),
    Proof("clock.resolution", {"clock": {"wall": True, "resolution": "1h"}}, "probe", ("clock", "0"),
          lambda done: int(done.text.split()[-1]) % (3600 * 10**9) == 0),
    Proof("clock.fixed", {"clock": {"wall": True, "fixed": "2001-01-01T00:00:00Z"}}, "probe", ("clock", "0"),
          lambda done: 978307200 <= int(done.text.split()[-1]) // 10**9 < 978307200 + 3600),
    Proof("entropy.source", {"entropy": {"source": "system"}}, "probe", ("random", "8", "1"), says("errno 0 after")),
    Proof("entropy.seed", {"entropy": {"seed": 7}}, "probe", ("random", "8", "1"), says("errno 0 after")),
    Proof("console.excess", {"console": {"excess": "fail"}, **limited(stdout=4)}, "probe", ("out", "9"), lambda done: done.out == b""),
    Proof("directory.guest", inside(), "probe", ("see", "/d/note"), says("read note")),
    Proof("directory.host", inside(), "probe", ("see", "/d/note"), says("read note")),
    Proof("directory.access", inside(), "probe", ("fill", "/d/new", "5"), says("wrote 5 errno 0")),
    Proof("directory.symlinks", inside(symlinks="none"), "probe", ("see", "/d/link"), lambda done: "read note" not in done.text),
    Proof("directory.hardlinks", inside(hardlinks="allow"), "probe", ("fill", "/d/twin", "5"), says("wrote 5 errno 0")),
    Proof("directory.written", inside(written=1000), "probe", ("fill", "/d/new", "2000"), errno(DQUOT)),
    Proof("directory.inodes", inside(inodes=2), "probe", ("dirs", "/d", "3"), errno(DQUOT)),
    Proof("directory.file_bytes", inside(file_bytes=1000), "probe", ("fill", "/d/new", "2000"), errno(FBIG)),
]


def without(document, key):
    """The document less one key; a table that is empty then goes with it."""
    less = copy.deepcopy(document)
    table, parts = less, key.split(".")
    for part in parts[:-1]:
        table = table[part][0] if isinstance(table[part], list) else table[part]
    del table[parts[-1]]
    return less


class EveryKey(Case):
    own_home = True

    def place(self, name):
        """A fresh directory for one run, with a note, a link to it and a file of two names."""
        work = self.work / name / "place"
        (work / "sub").mkdir(parents=True)
        (work / "note").write_text("note")
        (work / "sub" / "deep").write_text("deep")
        (work / "link").symlink_to("note")
        (work / "one").write_text("one")
        (work / "twin").hardlink_to(work / "one")
        return work.parent

    def tried(self, proof, document, name):
        place = self.place(name)
        grant = place / "grant.json"
        grant.write_text(json.dumps({"version": 1, **document}))
        flags = ["--grant", grant]
        if proof.ceiling is not None:
            ceiling = place / "ceiling.json"
            ceiling.write_text(json.dumps({"version": 1, **proof.ceiling}))
            flags += ["--ceiling", ceiling]
        guest = self.wat(proof.guest) if proof.guest.startswith("(") else proof.guest
        return self.run_guest(flags, guest, *proof.words, feed=proof.feed)

    def test_counts_and_its_proof_can_fail(self):
        for number, proof in enumerate(PROOFS):
            with self.subTest(key=proof.key):
                done = self.tried(proof, proof.document, f"with{number}")
                self.assertTrue(proof.holds(done), f"code {done.code}\n{done.text}\n{done.err}")
                done = self.tried(proof, without(proof.document, proof.key), f"without{number}")
                self.assertFalse(proof.holds(done), f"the proof cannot tell\n{done.text}\n{done.err}")

    def test_uses(self):
        for document, second in (({"id": ID, "uses": 1}, REFUSED), ({"id": ID}, 0)):
            grant = self.place(f"uses{second}") / "grant.json"
            grant.write_text(json.dumps({"version": 1, **document}))
            codes = [self.run_guest(["--grant", grant], "hello").code for _ in range(2)]
            self.assertEqual(codes, [0, second])

    def test_a_seed_gives_the_same_bytes_again(self):
        for document, same in (({"seed": 7}, True), ({"source": "system"}, False)):
            grant = self.place(f"seed{same}") / "grant.json"
            grant.write_text(json.dumps({"version": 1, "entropy": document}))
            one, two = (self.run_guest(["--grant", grant], "probe", "random", "16", "1").text for _ in range(2))
            self.assertEqual(one == two, same)

    def test_hardening(self):
        for document, filters in (({"hardening": "off"}, "0"), ({"hardening": "basic"}, "2")):
            grant = self.place(f"hardening{filters}") / "grant.json"
            grant.write_text(json.dumps({"version": 1, "clock": {"wall": True, "monotonic": True}, **document}))
            child = self.start(["--grant", grant], "probe", "sleep", "30")
            self.assertEqual(child.stdout.readline(), b"sleeping\n")
            with open(f"/proc/{child.pid}/status") as status:
                self.assertIn(f"Seccomp:\t{filters}\n", status.read())

    def test_under_a_ceiling_an_address_that_is_not_public_is_listed(self):
        place = self.place("private")
        flags = ["--connect", "127.0.0.1:9", "--ceiling", place / "ceiling.json"]
        for document, why in (({}, "no ceiling lists it in private"),
                              ({"private": ["127.0.0.0/8"]}, "nobody listens there"),
                              ({"private": ["10.0.0.0/8"]}, "no ceiling lists it in private")):
            (place / "ceiling.json").write_text(json.dumps({"version": 1, **document}))
            self.refused(self.run_guest(flags, "hello"), why)

    def test_a_network_file_system_is_admitted_only_where_it_is_written(self):
        kinds = ("nfs", "nfs4", "9p", "virtiofs", "fuse", "fuseblk")
        with open("/proc/mounts") as mounts:
            found = [line.split()[1] for line in mounts if line.split()[2] in kinds and line.split()[1] != "/"]
        found = [place for place in found if "\\" not in place and os.path.isdir(place)]
        if not found:
            self.skipTest("no network file system is mounted here")
        for admitted, code in ((True, 0), (False, REFUSED)):
            entry = {"guest": "/d", "host": found[0], "network_fs": admitted}
            grant = self.place(f"network{code}") / "grant.json"
            grant.write_text(json.dumps({"version": 1, "directory": [entry]}))
            self.assertEqual(self.run_guest(["--grant", grant], "hello").code, code)
