#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py WARRANT GUESTS [FAMILY…]: the corner programs by the command, each over a fresh tree.

Every program prints a verdict for each row of a table of preview1.md; here the rows are counted,
the denials that it met are compared with those that the host reports, and nothing outside the
granted directories may have changed. Prints the table; exit 1 when a row fails or is missing.
"""
import os
import pathlib
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

WARRANT, GUESTS = "", pathlib.Path()
TRAPPED = 134


class Tree:
    """root/{w,r,v} are granted; root/outside, root/in and root/home are not."""

    def __init__(self, root):
        self.root = root
        for name in ("w", "r", "v", "outside", "home", "w/dir/deeper", "w/empty", "w/many", "r/dir"):
            (root / name).mkdir(parents=True, exist_ok=True)
        (root / "outside/secret").write_text("secret")
        (root / "in").write_text("0123456789")
        w = root / "w"
        for name, text in (("file", "0123456789"), ("dir/inner", "inner"), ("hard", "hard")):
            (w / name).write_text(text)
        os.link(w / "hard", root / "outside/hard")
        for name, target in (("link", "file"), ("dirlink", "dir"), ("dangling", "nowhere"), ("loop", "loop"),
                             ("out", "../outside"), ("absolute", "/etc")):
            (w / name).symlink_to(target)
        for i in range(1, 42):  # chain1 takes 41 links to "file", chain2 takes 40
            (w / f"chain{i}").symlink_to(f"chain{i + 1}" if i < 41 else "file")
        os.mkfifo(w / "fifo")
        with socket.socket(socket.AF_UNIX) as made:
            here = os.open(w, os.O_RDONLY | os.O_DIRECTORY)
            made.bind(f"/proc/self/fd/{here}/socket")
            os.close(here)
        open(os.fsencode(w) + b"/raw\xff\xfe", "w").close()
        for i in range(200):
            (w / f"many/f{i}").touch()
        (root / "r/file").write_text("0123456789")
        (w / "ancient").touch()
        os.utime(w / "ancient", ns=(-5 * 10**9, -5 * 10**9))
        self.before = self.ungranted()

    def ungranted(self):
        """What no run may change, by content and by time."""
        seen = {}
        for top in ("outside", "r", "in"):
            for path in [self.root / top, *sorted((self.root / top).rglob("*"))]:
                stat = path.lstat()
                seen[str(path)] = (stat.st_mode, stat.st_nlink, stat.st_mtime_ns,
                                   path.read_bytes() if path.is_file() else b"")
        return seen

    def flags(self):
        return [f"--dir={self.root}/{name}::/{name}:{access}" for name, access in (("w", "write"), ("r", "read"),
                                                                                ("v", "write"))]


class Results:
    def __init__(self):
        self.families = {}

    def add(self, family, name, problem=""):
        self.families.setdefault(family, []).append((name, problem))

    def claim(self, family, name, good, problem):
        self.add(family, name, "" if good else problem or "no")

    def report(self):
        for family, rows in self.families.items():
            for name, problem in rows:
                print(f"  FAILED {family} | {name}:{problem}" if problem else f"  ok     {family} | {name}")
        print(f"\n{'family':28}{'rows':>6}{'passed':>8}{'failed':>8}")
        total = failed = 0
        for family, rows in self.families.items():
            bad = sum(bool(problem) for _, problem in rows)
            print(f"{family:28}{len(rows):6}{len(rows) - bad:8}{bad:8}")
            total, failed = total + len(rows), failed + bad
        print(f"{'all':28}{total:6}{total - failed:8}{failed:8}")
        return 0 if failed == 0 and total > 0 else 1


def command(tree, flags, guest, words):
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tree.root / "home"), "LANG": "C.UTF-8"}
    line = [WARRANT, "run", "--denials=always", *flags, str(GUESTS / f"corners_{guest}.wasm"), *words]
    return {"args": line, "env": environment, "cwd": tree.root}


def denials(stderr):
    found = re.search(rb"^warrant: denied (\d+) calls?$", stderr, re.MULTILINE)
    return int(found.group(1)) if found else 0


def judge(results, family, out, err, code, tree, reported=True):
    """One verdict per row that the program printed, and what must hold of the run as a whole."""
    said = []
    for line in out.decode(errors="replace").splitlines():
        if match := re.match(r"(ok|FAILED) (.*)$", line):
            if match[1] == "ok":
                results.add(family, match[2])
            else:
                name, problem = match[2].split(":", 1) if "|" not in match[2] else re.match(r"(.*?):( \[.*)$", match[2]).groups()
                results.add(family, name, problem)
            said.append(match[1])
    end = re.search(rb"^end (\d+) rows (\d+) denials$", out, re.MULTILINE)
    tail = (err or b"").decode(errors="replace").strip()[-600:]
    whole = end is not None and int(end[1]) == len(said) and code == (1 if "FAILED" in said else 0)
    results.claim(family, "every row was reached", whole, f" exit {code}, {len(said)} rows, {tail}")
    if end is not None and reported:
        results.claim(family, "every denial was counted by the host", denials(err) == int(end[2]),
                      f" the guest met {int(end[2])}, the host counted {denials(err)}: {tail}")
    results.claim(family, "nothing outside the grants changed", tree.ungranted() == tree.before, "")


def started(tree, flags, guest, words=(), **streams):
    streams.setdefault("stdin", subprocess.DEVNULL)
    streams.setdefault("stderr", subprocess.PIPE)
    return subprocess.Popen(**command(tree, flags, guest, words), stdout=subprocess.PIPE, **streams)


def finished(process):
    try:
        out, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        err = (err or b"") + b" (it hung)"
    return out, err, process.returncode


def simple(results, family, tree, flags, guest, *words, **streams):
    out, err, code = finished(started(tree, flags, guest, words, **streams))
    judge(results, family, out, err, code, tree)


# The families.

def descriptors(results, tree):
    errors = tree.root / "err"
    errors.write_bytes(b"before:")
    with open(tree.root / "in", "rb") as source, open(errors, "r+b") as sink:
        sink.seek(0, os.SEEK_END)
        out, _, code = finished(started(tree, ["--open-files=16", *tree.flags()], "descriptors", stdin=source,
                                        stderr=sink))
    judge(results, "4 descriptors", out, errors.read_bytes(), code, tree)
    results.claim("4 descriptors", "stderr on a file: what was there stays",
                  errors.read_bytes().startswith(b"before:written\n"), f" {errors.read_bytes()[:20]}")


def rules(results, tree):
    simple(results, "5 path rules", tree, tree.flags(), "rules")


def powers(results, tree):
    family = "7.1 and 6.2 powers"
    simple(results, family, tree, ["--clock=wall,monotonic,cpu", "--random"], "powers", "granted")
    out, err, code = finished(started(tree, ["--no-stdin", "--no-stderr"], "powers", ("plain",)))
    judge(results, family, out, err, code, tree)
    variables = ["A=1", "B=x=y", "C=line\nline", "D='\"'", "E="]
    simple(results, family, tree, [f"--env={entry}" for entry in variables], "powers", "words", "", "two words",
           b"\xff\x01\n", "--dir")
    inward = os.open(tree.root, os.O_RDONLY | os.O_DIRECTORY)
    simple(results, family, tree, [], "powers", "folder", stdin=inward)
    os.close(inward)


def data(results, tree):
    inward, kept = os.pipe()
    outward, gone = os.pipe()
    os.close(outward)
    process = started(tree, tree.flags(), "data", stdin=inward, stderr=gone)
    for number in (inward, gone):
        os.close(number)
    out, err, code = finished(process)
    os.close(kept)
    judge(results, "7.2 data", out, err, code, tree, reported=False)


def state(results, tree):
    simple(results, "7.3 state", tree, tree.flags(), "state")


def paths(results, tree):
    simple(results, "7.4 paths", tree, tree.flags(), "paths")


def poll(results, tree):
    inward, kept = os.pipe()
    simple(results, "7.5 poll", tree, ["--basic", "--clock=wall,monotonic,cpu", *tree.flags()], "poll", "open",
           stdin=inward)
    os.close(inward)
    os.close(kept)
    inward, kept = os.pipe()
    os.write(kept, b"12345")
    os.close(kept)
    simple(results, "7.5 poll", tree, ["--basic", *tree.flags()], "poll", "ended", stdin=inward)
    os.close(inward)
    simple(results, "7.5 poll", tree, ["--basic", *tree.flags()], "poll", "null")

    inward, kept = os.pipe()
    unread, full = os.pipe()
    out, err, code = finished(started(tree, ["--basic", "-q", *tree.flags()], "poll", ("full",), stdin=inward,
                                      stderr=full))
    judge(results, "7.5 poll", out, err, code, tree, reported=False)
    for number in (unread, full):
        os.close(number)
    for name, flags, number, wanted in (("deadline", ["--wall=300ms"], None, 124), ("SIGTERM", [], signal.SIGTERM, 143),
                                        ("SIGINT", [], signal.SIGINT, 130)):
        process = started(tree, ["--basic", *flags], "poll", ("wait",), stdin=inward)
        if number is not None:
            process.stdout.readline()
            process.send_signal(number)
        out, err, code = finished(process)
        results.claim("7.5 poll", f"poll | {name} while waiting ends the run", code == wanted and b"not ended" not in out,
                      f" exit {code}, not {wanted}: {err}")
    os.close(inward)
    os.close(kept)


def terminal(results, tree):
    ours, theirs = pty.openpty()
    os.write(ours, b"line\n")
    out, err, code = finished(started(tree, ["--clock"], "terminal", stdin=theirs, stderr=theirs))
    judge(results, "4, 7 on a terminal", out, err, code, tree, reported=False)
    shown = os.read(ours, 1000)
    results.claim("4, 7 on a terminal", "what was written is shown", b"shown" in shown, f" {shown}")
    os.close(ours)
    os.close(theirs)


def stream_peer(server):
    connection, _ = server.accept()
    with connection:
        connection.sendall(b"hello")
        connection.recv(1)
        connection.recv(100)


def datagram_peer(server):
    text, peer = server.recvfrom(100)
    server.sendto(text, peer)
    server.sendto(text, peer)


def sockets(results, tree):
    family = "7.6 sockets"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as grams, \
            socket.socket() as unused:
        grams.bind(("127.0.0.1", 0))
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        unused.close()
        server.settimeout(30)
        grams.settimeout(30)
        peers = [threading.Thread(target=peer, args=(at,), daemon=True)
                 for peer, at in ((stream_peer, server), (datagram_peer, grams))]
        for peer in peers:
            peer.start()
        process = started(tree, [tree.flags()[0], f"--listen=127.0.0.1:{port}=127.0.0.1",
                                 f"--connect=127.0.0.1:{server.getsockname()[1]}",
                                 f"--connect-udp=127.0.0.1:{grams.getsockname()[1]}"], "sockets")
        heard, before = b"", b""
        for line in process.stdout:
            before += line
            if line == b"connect\n":
                with socket.create_connection(("127.0.0.1", port), 30, ("127.0.0.3", 0)), \
                        socket.create_connection(("127.0.0.1", port), timeout=30) as client:
                    heard = client.makefile("rb").read()
                break
        out, err, code = finished(process)
        judge(results, family, before + out, err, code, tree)
        results.claim(family, "what was written to an accepted connection arrived", heard == b"bye", f" {heard}")


def unstable(results, tree):
    simple(results, "9 wasi_unstable", tree, ["--clock", *tree.flags()], "unstable")


def old_rules(results, tree):
    simple(results, "9 wasi_unstable: 5", tree, tree.flags(), "old_rules")


def old_paths(results, tree):
    simple(results, "9 wasi_unstable: 7.4", tree, tree.flags(), "old_paths")


def ended(results, family, name, tree, words, wanted, parts=(), flags=()):
    out, err, code = finished(started(tree, [*tree.flags(), *flags], "faults", words))
    text = err.decode(errors="replace")
    good = code == wanted and b"not ended" not in out and all(part in text for part in parts)
    results.claim(family, name, good, f" exit {code}, not {wanted}: {text.strip()[-300:]}")


def faults(results, tree):
    family = "2 pointers"
    for what in ("fdstat", "filestat", "size", "iovec", "u64", "prestat", "subscription", "event", "pointers",
                 "before the descriptor"):
        ended(results, family, f"misaligned | {what}", tree, ("misaligned", what), TRAPPED, ["trap"], ["--clock"])
    for what in ("fdstat", "end", "wrap", "buffer", "list", "count", "path", "result", "args", "environ"):
        ended(results, family, f"out of bounds | {what}", tree, ("beyond", what), TRAPPED, ["trap"], ["--random", "--env=A=1"])
    results.claim(family, "a result out of bounds is seen before any effect",
                  not (tree.root / "w/must-not-appear").exists(), "")
    family = "8 ends"
    ended(results, family, "_start returns", tree, ("return", "0"), 0)
    for code in (0, 1, 42, 126, 134, 255):
        ended(results, family, f"proc_exit | {code}", tree, ("exit", str(code)), code)
    for code in (256, 1000, 0x80000000, 0xFFFFFFFF):
        ended(results, family, f"proc_exit | {code}: never 0 by truncation", tree, ("exit", str(code)), 255)
    ignored = {0, 13, 16, 17, 18, 19, 20, 21, 22, 27}
    for number in sorted(set(range(31)) - ignored):
        ended(results, family, f"proc_raise | {number}", tree, ("raise", str(number)), 128 + number)
    ended(results, family, "trap | unreachable", tree, ("trap", "0"), TRAPPED, ["trap"])
    results.claim(family, "nothing outside the grants changed", tree.ungranted() == tree.before, "")


FAMILIES = (faults, descriptors, rules, powers, data, state, paths, poll, terminal, sockets, unstable, old_rules,
            old_paths)


def main():
    global WARRANT, GUESTS
    WARRANT, GUESTS = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    wanted = sys.argv[3:]
    os.umask(0o022)
    results = Results()
    for family in FAMILIES:
        if wanted and family.__name__ not in wanted:
            continue
        root = pathlib.Path(tempfile.mkdtemp(prefix="warrant-corners-")).resolve()
        try:
            family(results, Tree(root))
        finally:
            shutil.rmtree(root, ignore_errors=True)
    return results.report()


if __name__ == "__main__":
    sys.exit(main())
