# SPDX-License-Identifier: Apache-2.0
"""The contestants of a guest: this host, the peers at their best documented settings, and the same
source natively. Code is compiled ahead wherever the host can keep it."""
import hashlib
import os
import pathlib
import shutil

import turns

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "build/bench"
WARRANT = ROOT / "build/release/bin/warrant"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": os.environ["HOME"]}
WIDE = ["--inodes", "10000000", "--written", "1TiB", "--file-bytes", "1GiB", "--wall", "1h", "--cpu", "1h"]


class Hosts:
    def __init__(self, warrant=WARRANT):
        self.warrant = pathlib.Path(warrant)
        peers = pathlib.Path(turns.text_of(ROOT / "tools/peers"))
        self.wasmtime, self.wazero = peers / "wasmtime", peers / "wazero"
        self.node = os.path.realpath(shutil.which("node"))
        OUT.mkdir(parents=True, exist_ok=True)

    def versions(self):
        return {
            "warrant": turns.text_of(self.warrant, "version"),
            "wasmtime": turns.text_of(self.wasmtime, "--version"),
            "wazero": turns.text_of(self.wazero, "version"),
            "node": turns.text_of(self.node, "--version"),
            "native": turns.text_of("gcc", "--version").splitlines()[0],
        }

    def build(self, name, source):
        """NAME.wasm, NAME.cwasm, NAME-timeout.cwasm and NAME, all of one source."""
        guest = OUT / f"{name}.wasm"
        turns.text_of(ROOT / "tools/c_guest", guest, source, "--", "-D_GNU_SOURCE")
        turns.text_of("gcc", "-std=c17", "-O2", "-D_GNU_SOURCE", source, "-o", OUT / name)
        turns.text_of(self.wasmtime, "compile", guest, "-o", OUT / f"{name}.cwasm")
        turns.text_of(self.wasmtime, "compile", "-W", "epoch-interruption=y", guest, "-o", OUT / f"{name}-timeout.cwasm")
        return hashlib.sha256(guest.read_bytes()).hexdigest()

    def commands(self, name, directory):
        """host -> the words before the guest's own; and the name of the directory for it."""
        guest, mounted = OUT / f"{name}.wasm", f"{directory}::/t"
        precompiled = [self.wasmtime, "run", "--allow-precompiled", "--dir", mounted]
        granted = ["--clock", "--dir", f"{mounted}:write", *WIDE, guest]
        return {
            "warrant": ([self.warrant, "run", *granted], "/t"),
            "warrant-off": ([self.warrant, "run", "-q", "--hardening=off", *granted], "/t"),  # without the lock-down
            "wasmtime": ([*precompiled, OUT / f"{name}.cwasm"], "/t"),
            "wasmtime-timeout": ([*precompiled, "-W", "timeout=3600s", OUT / f"{name}-timeout.cwasm"], "/t"),
            "wazero": ([self.wazero, "run", "-cachedir", OUT / "wazero", "-mount", f"{directory}:/t", guest], "/t"),
            "node": ([self.node, "--no-warnings", ROOT / "bench/peers/wasi.mjs", guest, mounted], "/t"),
            "native": ([OUT / name], str(directory)),
        }

    def contestants(self, name, directory, words, who, measure=None):
        """`words` are the guest's; the name of the directory comes after them."""
        made = []
        for host, (command, place) in self.commands(name, directory).items():
            if host in who:
                full = [str(word) for word in (*command, *words, place)]
                made.append(turns.Contestant(host, full, ENVIRONMENT, **({"measure": measure} if measure else {})))
        return made
