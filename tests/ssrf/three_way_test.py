#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""three_way_test.py URL_READERS [COUNT [SEED]]: whatever URL this project accepts means the same to libcurl, to
Node's WHATWG parser and to Python's urllib: the same host and port, and to libcurl also the path and query that
would be sent. The URLs are put together from pieces that some reader is known to forgive, from one seed.

A host of A-labels that Node refuses is no counterexample: whether Unicode maps a name is not checked here
(egress.md section 3). Without Node its part is left out, and says so.
"""
import ipaddress
import json
import random
import shutil
import subprocess
import sys
import unittest
import urllib.parse

COUNT, SEED = 40_000, 20_261_122
SCHEMES = ["https://"] * 60 + ["HTTPS://", "hTTps://", "https:/", "https:", "https:///", "http://", "https:\\\\", ""]
HOSTS = [
    "api.example.com", "API.Example.com", "a.b.c.d.example", "a_b.example.com", "xn--mnchen-3ya.de", "xn--ls8h.la",
    "XN--P1AI", "xn--a", "xn--0", "3com.com", "0x7f.example.net", "1.example.net", "8.8.8.8", "08.8.8.8", "8.8.2056",
    "0x8.8.8.8", "134744072", "1.2.3.4.5", "256.1.1.1", "a.1", "a.0x", "[::1]", "[2606:4700:4700::1111]", "[::FFFF:1.2.3.4]",
    "[1:2:3:4:5:6:7:8]", "[::1%25lo]", "[fe80::1%eth0]", "[v1.x]", "[::1", "::1", "localhost", "intranet", "example.com.",
    "a..b", ".a", "-a.b", "a-.b", "a%2eb", "%61pi.example.com", "a\u3002b", "\uff41pi.example.com", "a b", "a\tb", "a\nb",
    "a*b", "a,b", "a;b", "a'b", "a!b", "a~b", "a{b", "a|b", "u@h.example", "u:p@h.example", "@h.example", "h@", "", "a" * 63 + ".com"]
PORTS = [""] * 12 + [":443", ":8443", ":65535", ":1", ":", ":0", ":0443", ":65536", ":+1", ":1a", ": 1", ":443:1", ":443@h"]
SEGMENTS = [
    "v1", "a", "%76%31", "~", "%7e", "%7E", "%41", "%c3%a9", "%C3%A9", "%f0%9f%98%80", "%20", "%25", "%25zz", "%3f", "%23", "%3b",
    "a;b", ";", ":", "@", "!$&'()*+,=", "...", "a.", ".a", "", "", ".", "..", "%2e", ".%2E", "..;", "%2f", "%5c", "%00", "%2525",
    "%", "%zz", "\\", "|", "^", "`", "{", "\"", "<", "[", "\u00e9", " "]
QUERIES = [""] * 6 + ["?", "?a=b", "?a=%zz", "?[]", "?/../x", "??", "?a?b", "?%00", "?'", "?{", "?|", "?\"", "?a b", "?\u00e9", "?\\"]
TAILS = [""] * 8 + ["#", "#a", "#/../b", "##", "#?", "#\u00e9", "# "]
NODE = """
const lines = require('fs').readFileSync(0, 'utf8').split('\\n').filter(Boolean);
for (const line of lines) {
  try { const u = new URL(JSON.parse(line)); console.log(JSON.stringify([u.protocol, u.hostname, u.port, u.username + u.password, u.pathname, u.search])); }
  catch { console.log('null'); }
}"""


def urls(count, seed):
    dice = random.Random(seed)
    for _ in range(count):
        path = "".join("/" + dice.choice(SEGMENTS) for _ in range(dice.choice((0, 1, 1, 2, 3))))
        text = dice.choice(SCHEMES) + dice.choice(HOSTS) + dice.choice(PORTS) + path + dice.choice(QUERIES) + dice.choice(TAILS)
        made = bytearray(text.encode())
        if dice.random() < 0.1:
            made.insert(dice.randrange(len(made) + 1), dice.randrange(256))
        yield bytes(made)


def same_host(ours, theirs):
    if ours.startswith("["):
        return theirs.strip("[]") != "" and ipaddress.ip_address(ours[1:-1]) == ipaddress.ip_address(theirs.strip("[]"))
    return ours == theirs.lower()


def upper_escapes(text):
    pieces = text.split("%")
    return pieces[0] + "".join("%" + piece[:2].upper() + piece[2:] for piece in pieces[1:])


class ThreeWay(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        given = list(urls(COUNT, SEED))
        done = subprocess.run([READERS], input="\n".join(each.hex() for each in given) + "\n", capture_output=True,
                              text=True, timeout=300)
        if done.returncode == 77:
            sys.exit(77)
        lines = done.stdout.split("\n")[:-1]
        assert len(lines) == len(given), done.stderr
        cls.accepted = []
        for url, line in zip(given, lines):
            reason, *fields = line.split("\t")
            if reason == "ok":
                cls.accepted.append((url.decode(), fields))
        print(f"{len(given)} URLs of seed {SEED}, {len(cls.accepted)} accepted")

    def test_enough_is_accepted_and_enough_refused_to_mean_something(self):
        self.assertGreater(len(self.accepted), COUNT // 100)
        self.assertLess(len(self.accepted), COUNT // 2)

    def test_libcurl_reads_the_same(self):
        for url, fields in self.accepted:
            host, port, path, query, _, *curl = fields
            with self.subTest(url=url):
                self.assertEqual(len(curl), 8, "libcurl refuses it")
                self.assertTrue(same_host(host, curl[0]), curl[0])
                self.assertEqual(curl[1], port)
                # What is sent: the normal form.
                self.assertTrue(same_host(host, curl[4]), curl[4])
                self.assertEqual((curl[5], upper_escapes(curl[6]), curl[7]), (port, path, query))

    def test_urllib_reads_the_same(self):
        for url, (host, port, *_) in self.accepted:
            with self.subTest(url=url):
                read = urllib.parse.urlsplit(url)
                self.assertEqual((read.scheme, read.username, read.port or 443), ("https", None, int(port)))
                self.assertTrue(same_host(host, read.hostname), read.hostname)

    def test_a_whatwg_parser_reads_the_same(self):
        node = shutil.which("node")
        if node is None:
            self.skipTest("no Node here")
        page = "\n".join(json.dumps(url) for url, _ in self.accepted)
        done = subprocess.run([node, "-e", NODE], input=page, capture_output=True, text=True, timeout=300, check=True)
        for (url, (host, port, path, *_)), line in zip(self.accepted, done.stdout.split("\n")):
            read = json.loads(line)
            if read is None and "xn--" in host:
                continue
            with self.subTest(url=url):
                self.assertIsNotNone(read, "it refuses it")
                self.assertEqual((read[0], read[2] or "443", read[3]), ("https:", port, ""))
                self.assertTrue(same_host(host, read[1]), read[1])
                self.assertEqual(urllib.parse.unquote_to_bytes(read[4]), urllib.parse.unquote_to_bytes(path))


if __name__ == "__main__":
    READERS = sys.argv.pop(1)
    if len(sys.argv) > 1:
        COUNT = int(sys.argv.pop(1))
    if len(sys.argv) > 1:
        SEED = int(sys.argv.pop(1))
    unittest.main()
