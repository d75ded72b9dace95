#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""http_server_test.py WARRANT SERVER.wasm: an HTTP server in Go under --listen, for curl and for ten
thousand requests, after which the host holds as many descriptors and as much memory as before."""
import http.client
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import unittest

WARRANT, SERVER = "", ""
FLAGS = ("--clock", "--stack", "8MiB", "--memory", "256MiB")
REQUESTS, CLIENTS, WARM_UP = 10_000, 4, 2_000
SLACK_KIB = 16 * 1024  # of resident memory: a leak of 2 KiB a request would show


class Serving(unittest.TestCase):
    def setUp(self):
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": home.name, "LANG": "C.UTF-8"}

    def start(self):
        process = subprocess.Popen([WARRANT, "run", *FLAGS, "--listen", "127.0.0.1:0", SERVER],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=self.environment)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        for line in process.stderr:
            if found := re.fullmatch(rb"listening 127\.0\.0\.1:([0-9]+)\n", line):
                return process, int(found[1])
        return self.fail("it never listened")

    def stop(self, process, port, served):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/stop", headers={"Connection": "close"})
        self.assertEqual(connection.getresponse().read(), b"%d\n" % served)
        connection.close()
        out, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, out), (0, b"[wasi-http-go] served %d requests\n" % served), err)

    def curl(self, *words):
        done = subprocess.run(["curl", "-q", "-s", "-S", "-m", "30", *words], capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_curl_is_answered(self):
        process, port = self.start()
        at = f"http://127.0.0.1:{port}"
        self.assertEqual(self.curl(f"{at}/"), b"hello from a guest\n")
        body = bytes(range(256)) * 4096
        with tempfile.NamedTemporaryFile() as file:
            file.write(body)
            file.flush()
            self.assertEqual(self.curl("--data-binary", f"@{file.name}", f"{at}/echo"), body)
        self.assertEqual(self.curl("-o", os.devnull, "-w", "%{http_code}", f"{at}/none"), b"404")
        self.stop(process, port, 2)

    def load(self, port, requests):
        """Half of the requests on connections that are kept, half on one of their own."""
        faults = []

        def client():
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                for number in range(requests // CLIENTS):
                    if number % 2:
                        connection.close()
                    connection.request("GET", "/")
                    answer = connection.getresponse()
                    if (answer.status, answer.read()) != (200, b"hello from a guest\n"):
                        raise OSError(f"answer {answer.status}")
                connection.close()
            except (OSError, http.client.HTTPException) as fault:
                faults.append(fault)
        clients = [threading.Thread(target=client) for _ in range(CLIENTS)]
        for each in clients:
            each.start()
        for each in clients:
            each.join()
        self.assertEqual(faults, [])

    @staticmethod
    def holds(process):
        here = pathlib.Path(f"/proc/{process.pid}")
        resident = int(re.search(r"VmRSS:\s+(\d+)", (here / "status").read_text())[1])
        return len(list((here / "fd").iterdir())), resident

    def test_ten_thousand_requests_leave_nothing_behind(self):
        process, port = self.start()
        self.load(port, WARM_UP)
        descriptors, resident = self.holds(process)
        self.load(port, REQUESTS)
        after = self.holds(process)
        self.assertLessEqual(after[0], descriptors + CLIENTS)
        self.assertLessEqual(after[1], resident + SLACK_KIB)
        self.stop(process, port, WARM_UP + REQUESTS)

    def test_without_the_grant_it_says_so_and_ends(self):
        done = subprocess.run([WARRANT, "run", *FLAGS, SERVER], capture_output=True, env=self.environment,
                              stdin=subprocess.DEVNULL, timeout=120, check=False)
        self.assertEqual((done.returncode, done.stdout),
                         (2, b"[wasi-http-go] no listener was granted: --listen 127.0.0.1:8080\n"), done.stderr)


def main():
    global WARRANT, SERVER
    WARRANT, SERVER = (os.path.abspath(word) for word in sys.argv[1:3])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])


if __name__ == "__main__":
    main()
