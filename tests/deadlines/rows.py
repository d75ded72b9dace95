# SPDX-License-Identifier: Apache-2.0
"""The host calls of limits.md section 3 that a guest can be in, each held there by something that
never answers: what to run, and what it needs around it."""
import dataclasses
import os
import pty
import socket
import subprocess
import tempfile
from typing import Callable

API = "93.184.215.14"

LOOP = """(module (import "wasi_snapshot_preview1" "{name}" (func $f (param {params}) (result i32)))
  (memory (export "memory") 4) (data (i32.const 0) "a") (data (i32.const 8) "\\00\\04\\00\\00\\01\\00\\00\\00")
  (func (export "_start") (loop $on {arguments} (drop (call $f)) (br $on))))"""
# Calls that do not wait: a guest that makes nothing else.
LOOPS = {
    "clock_time_get": ("i32 i64 i32", (1, 0, 64)),
    "random_get": ("i32 i32", (1024, 65536)),
    "args_get": ("i32 i32", (64, 1024)),
    "environ_get": ("i32 i32", (64, 1024)),
    "fd_readdir": ("i32 i32 i32 i64 i32", (3, 1024, 4096, 0, 64)),
    "path_filestat_get": ("i32 i32 i32 i32 i32", (3, 0, 0, 1, 64)),
    "path_rename": ("i32 i32 i32 i32 i32 i32", (3, 0, 1, 3, 0, 1)),
    "fd_write": ("i32 i32 i32 i32", (1, 8, 1, 64)),
}


def loop_of(name):
    params, values = LOOPS[name]
    arguments = " ".join(f"({kind}.const {value})" for kind, value in zip(params.split(), values))
    return LOOP.format(name=name, params=params, arguments=arguments)


class Place:
    """What one run needs: directories, pipes, terminals, servers; gone with the run."""

    def __init__(self, guests, assembler):
        self.guests, self.assembler = guests, assembler
        self.folder = tempfile.TemporaryDirectory()
        self.work = os.path.join(self.folder.name, "work")
        os.mkdir(self.work)
        self.kept = []

    def close(self):
        for each in self.kept:
            os.close(each) if isinstance(each, int) else each.close()
        self.folder.cleanup()

    def pipe(self):
        self.kept += os.pipe()
        return self.kept[-2:]

    def terminal(self):
        """Its side for a program; nobody sits at the other."""
        self.kept += pty.openpty()
        return self.kept[-1]

    def server(self):
        """A port that takes connections and then is silent."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.kept.append(listener)
        return str(listener.getsockname()[1])

    def endless_file(self):
        with open(os.path.join(self.work, "a"), "wb") as file:
            file.truncate(1 << 42)

    def loop(self, name):
        module, text = os.path.join(self.folder.name, f"{name}.wasm"), os.path.join(self.folder.name, f"{name}.wat")
        with open(text, "w") as file:
            file.write(loop_of(name))
        with open(os.path.join(self.work, "a"), "w"):
            pass
        subprocess.run([self.assembler, text, "-o", module], check=True)
        return module

    def guest(self, name):
        return os.path.join(self.guests, f"{name}.wasm")


@dataclasses.dataclass
class Run:
    """Flags, the guest with its words, and standard input and output where they matter."""
    flags: list
    words: list
    stdin: int = subprocess.DEVNULL
    stdout: int = subprocess.DEVNULL
    waits: bool = True  # the guest sleeps in its host call


@dataclasses.dataclass
class Row:
    call: str  # a row of limits.md section 3
    name: str
    make: Callable[[Place], Run]
    fetches: bool = False


def looping(name):
    flags = ["--clock", "--random"]
    return lambda place: Run([*flags, "--dir", f"{place.work}::/w:write"], [place.loop(name)], waits=False)


def reading_a_file(place):
    place.endless_file()
    return Run(["--dir", f"{place.work}::/w"], [place.guest("cat"), "/w/a"], waits=False)


def connected(mode):
    return lambda place: Run(["--connect", f"127.0.0.1:{place.server()}"], [place.guest("net"), mode])


def fetching(host, path):
    base = f"https://{host}/v1/"
    return lambda place: Run(["--fetch", f"GET {base}"], [place.guest("fetch_ask"), "GET", base + path])


ROWS = [
    Row("sleep, `poll_oneoff`", "sleep", lambda place: Run(["--clock"], [place.guest("probe"), "sleep", "1000"])),
    Row("read on pipe, terminal, stdin", "read of a pipe", lambda place: Run([], [place.guest("cat")], stdin=place.pipe()[0])),
    Row("read on pipe, terminal, stdin", "read of a terminal", lambda place: Run([], [place.guest("cat")], stdin=place.terminal())),
    Row("write to pipe, stdout", "write to a pipe",
        lambda place: Run([], [place.guest("probe"), "out", "4000000"], stdout=place.pipe()[1])),
    Row("write to pipe, stdout", "write to a terminal",
        lambda place: Run([], [place.guest("probe"), "out", "4000000"], stdout=place.terminal())),
    Row("sockets", "accept", lambda place: Run(["--listen", "127.0.0.1:0"], [place.guest("net"), "accept"])),
    Row("sockets", "recv", connected("recv")),
    Row("sockets", "send", connected("flood")),
    Row("fetch, DNS", "an answer of a name server", fetching("slow.example.com", "ok"), fetches=True),
    Row("fetch, DNS", "a response's head", fetching("api.example.com", "silent"), fetches=True),
    Row("fetch, DNS", "a response's body", fetching("api.example.com", "silent-body"), fetches=True),
    Row("read, write on regular files", "read of an endless file", reading_a_file),
    Row("read, write on regular files", "write of a device", looping("fd_write")),
    Row("open, stat, rename …", "stat", looping("path_filestat_get")),
    Row("open, stat, rename …", "rename", looping("path_rename")),
    Row("readdir, random, clocks, args, env", "readdir", looping("fd_readdir")),
    Row("readdir, random, clocks, args, env", "random", looping("random_get")),
    Row("readdir, random, clocks, args, env", "clock", looping("clock_time_get")),
    Row("readdir, random, clocks, args, env", "args", looping("args_get")),
    Row("readdir, random, clocks, args, env", "env", looping("environ_get")),
]
