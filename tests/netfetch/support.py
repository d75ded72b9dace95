# SPDX-License-Identifier: Apache-2.0
"""What the tests of fetching share: the servers of the world, and the command with its records."""
import json
import os
import re
import subprocess
import unittest

import behaviours
from names import NameServer
from server import Server
from wire import Wire

API, FILES, PRIVATE = "93.184.215.14", "93.184.215.20", "10.1.2.3"
GRANT = ["--fetch", "GET,POST https://api.example.com/v1/"]
PATIENCE = 60


class Rig:
    language = ""

    def start(self, authority, warrant, guests, scratch):
        self.authority, self.warrant, self.guests, self.scratch = authority, warrant, guests, scratch
        self.wire = Wire()
        self.names = NameServer("127.0.0.1", 53)
        leaf = authority.leaf("api", ["api.example.com", "files.example.com", "internal.example.com", API])
        self.api = Server(leaf, API, 443, behaviours.ALL)
        self.files = Server(leaf, FILES, 443, behaviours.ALL)
        self.private = Server(leaf, PRIVATE, 443, behaviours.ALL)
        self.home = scratch / "home"
        self.home.mkdir()
        probe = subprocess.run([warrant, "run", "--audit", "-", "/dev/null/none"], capture_output=True, timeout=PATIENCE)
        self.audit = [] if b"not in this build" in probe.stderr else ["--audit", "-"]

    def reset(self):
        self.names.forget()
        self.names.tell("api.example.com", [API])
        self.names.tell("files.example.com", [FILES])
        self.names.tell("internal.example.com", [PRIVATE])
        for server in (self.api, self.files, self.private):
            server.forget()
        self.wire.forget()


rig = Rig()


class Done:
    def __init__(self, done):
        self.code, self.out = done.returncode, done.stdout.decode(errors="replace")
        self.err = done.stderr.decode(errors="replace")

    def events(self):
        """The records that `--audit -` wrote among the lines of stderr: what came of each hop. That one was
        meant stands before it, with "intent"."""
        if not rig.audit:
            raise unittest.SkipTest("this build has no --audit; all else of the test passed")
        found = []
        for line in self.err.splitlines():
            if line.startswith("{"):
                event = json.loads(line)
                if event.get("kind") == "fetch" and not event.get("intent"):
                    found.append(event)
        return found


class Case(unittest.TestCase):
    maxDiff = None
    reachable = {API, FILES}  # what this test's grants and answers let anyone send to
    ports = {443}

    def setUp(self):
        rig.reset()

    def tearDown(self):
        """Of every test: nothing went anywhere but to the name server and to pinned addresses."""
        strays = {target for target in rig.wire.targets() if target[1:] != ("127.0.0.1", 53)}
        self.assertLessEqual(strays, {(kind, address, port) for kind in ("tcp", "udp") for address in self.reachable
                                      for port in self.ports})

    def run_guest(self, flags, guest, *words, env=None):
        command = [rig.warrant, "run", *rig.audit, *flags, rig.guests / f"fetch_{guest}{rig.language}.wasm", *words]
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(rig.home), "LANG": "C.UTF-8", **(env or {})}
        done = subprocess.run([os.fspath(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True,
                              env=environment, timeout=PATIENCE)
        return Done(done)

    def get(self, flags, *words, **more):
        """The answers of fetch_get, one (errno, n, status, trunc) a URL, and the run."""
        done = self.run_guest(flags, "get", *words, **more)
        self.assertEqual(done.code, 0, done.err)
        rows = re.findall(r"^errno (-?\d+) n (\d+) status (\d+) trunc (\d+)$", done.out, re.M)
        return [tuple(map(int, row)) for row in rows], done

    def ask(self, flags, *words, **more):
        done = self.run_guest(flags, "ask", *words, **more)
        self.assertEqual(done.code, 0, done.err)
        return done

    def nothing_was_sent(self):
        self.assertEqual((rig.names.asked(), rig.api.connections, rig.files.connections, rig.private.connections),
                         (0, 0, 0, 0))
        self.assertEqual(rig.wire.packets(), 0)
