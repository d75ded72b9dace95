# SPDX-License-Identifier: Apache-2.0
"""What the tests of the page share: the servers of the world, a browser, and both ways to run a guest."""
import base64
import json
import os
import pathlib
import subprocess
import unittest

import behaviours
from names import NameServer
from server import Server
from webdriver import PATIENCE, Browser, spki_of

API, FILES = "93.184.215.14", "93.184.215.20"
ORIGIN = "https://api.example.com"
ISOLATED = [("cross-origin-opener-policy", "same-origin"), ("cross-origin-embedder-policy", "require-corp")]
TYPES = {".mjs": "text/javascript", ".wasm": "application/wasm"}
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

RUN = """
const {run} = await import("./warrant.mjs");
const bytes = Uint8Array.from(atob(words[0]), (each) => each.charCodeAt(0));
const {cancel, stdin, ...more} = words[2];
const request = {module: bytes, grant: words[1], ...more};
if (stdin !== undefined) request.stdin = new TextEncoder().encode(stdin);
const controller = new AbortController();
if (cancel !== undefined) {
  request.signal = controller.signal;
  setTimeout(() => controller.abort(), cancel);
}
const result = await run(request);
const text = (bytes) => new TextDecoder("utf-8", {fatal: true}).decode(bytes);
return {...result, stdout: text(result.stdout), stderr: text(result.stderr)};
"""


class Rig:
    def start(self, authority, warrant, guests, page, scratch):
        self.warrant, self.guests, self.scratch = warrant, guests, scratch
        self.files = {each.name: each.read_bytes() for each in (ROOT / "apps/browser").glob("*.mjs")}
        self.files["warrant.wasm"] = page.read_bytes()
        self.home = scratch / "home"
        self.home.mkdir()
        (guests / "browser_catches.wasm").write_bytes(CATCHES)
        self.names = NameServer("127.0.0.1", 53)
        leaf = authority.leaf("api", ["api.example.com", "files.example.com"])
        self.api = Server(leaf, API, 443, {**behaviours.ALL, "/page/": self.serve_page, "/plain/": self.serve_page, "/missing/": self.serve_page, "/broken/": self.serve_page,
                                           "/favicon.ico": lambda connection, *_: connection.answer(404)})
        self.other = Server(leaf, FILES, 443, behaviours.ALL)
        self.browser = Browser(scratch, spki_of(leaf[0]))

    def serve_page(self, connection, request, server):
        place, name = request.target.partition("?")[0].rsplit("/", 1)
        headers = [] if place == "/plain" else ISOLATED
        if name == "":
            return connection.answer(headers=[*headers, ("content-type", "text/html")], body=b"<!doctype html><title>Page</title>")
        if name not in self.files or (place, name) == ("/missing", "warrant.wasm"):
            return connection.answer(404)
        kind = TYPES[pathlib.Path(name).suffix]
        body = EMPTY if (place, name) == ("/broken", "warrant.wasm") else self.files[name]
        return connection.answer(headers=[*headers, ("content-type", kind)], body=body)

    def reset(self):
        self.names.tell("api.example.com", [API])
        self.names.tell("files.example.com", [FILES])
        for server in (self.api, self.other):
            server.forget()


rig = Rig()


EMPTY = b"\0asm\1\0\0\0"


def section(number, content):
    return bytes([number, len(content)]) + content


def word(text):
    return bytes([len(text)]) + text.encode()


# proc_exit(7) in a try_table that catches everything, then proc_exit(9). No assembler of bookworm writes it.
CATCHES = EMPTY + b"".join((
    section(1, b"\2\x60\1\x7f\0\x60\0\0"),
    section(2, b"\1" + word("wasi_snapshot_preview1") + word("proc_exit") + b"\0\0"),
    section(3, b"\1\1"), section(5, b"\1\0\1"),
    section(7, b"\2" + word("memory") + b"\2\0" + word("_start") + b"\0\1"),
    section(10, b"\1\x13\0" b"\x02\x40" b"\x1f\x40\1\2\0" b"\x41\7\x10\0" b"\x0b\x0b" b"\x41\x09\x10\0" b"\x0b")))


def grant(*origins, **more):
    """A grant of fetch in the form of a JSON document; `unpinned` for a page."""
    unpinned = more.pop("unpinned", True)
    entries = [{"origin": origin, "methods": ["GET"], "paths": ["/v1/"], **({"browser_unpinned": True} if unpinned else {})}
               for origin in origins]
    return {"version": 1, "argv0": "guest", "fetch": entries, **more}


class Case(unittest.TestCase):
    maxDiff = None
    place = "/page/"

    @classmethod
    def setUpClass(cls):
        rig.reset()
        rig.browser.open(ORIGIN + cls.place)

    def setUp(self):
        rig.reset()

    def in_page(self, guest, document, *args, **more):
        """The result of the page's run(): its bytes as text."""
        return rig.browser.ask(RUN, self.module(guest), document, {"args": list(args), **more})

    @staticmethod
    def module(guest):
        return base64.b64encode((rig.guests / f"{guest}.wasm").read_bytes()).decode()

    def natively(self, guest, document, *args, stdin=""):
        """(exit status, stdout, stderr, records) of the released command under the same document."""
        path, copy = rig.scratch / "grant.json", rig.scratch / "records"
        path.write_text(json.dumps(document))
        copy.unlink(missing_ok=True)
        done = subprocess.run([os.fspath(rig.warrant), "run", "-q", "--no-log", "--audit", copy, "--grant", path,
                               rig.guests / f"{guest}.wasm", *args], input=stdin.encode(), capture_output=True,
                              env={"PATH": "/usr/bin:/bin", "HOME": str(rig.home), "LANG": "C.UTF-8"}, timeout=PATIENCE)
        records = [json.loads(line) for line in copy.read_text().splitlines()]
        return done.returncode, done.stdout.decode(), done.stderr.decode(), records

    def sent(self):
        """The requests that reached a server, those for the page itself aside."""
        return [request for server in (rig.api, rig.other) for request in server.requests
                if not request.target.startswith(("/page/", "/plain/", "/missing/", "/broken/", "/favicon"))]
