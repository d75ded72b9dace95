# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium of its own, spoken to by WebDriver.

    with Browser(scratch, spki) as browser:
        browser.open("https://api.example.com/page/")
        browser.ask("return [1 + 1, ...words]", "two")   # the body of an async function; its answer, as JSON

Only a certificate whose key has the hash `spki` is taken beyond those that the browser knows; nothing
else about TLS is changed. Names are asked of the system's resolver.
"""
import base64
import http.client
import json
import os
import pathlib
import re
import subprocess
import time

PATIENCE = 60
CHROMIUM = "/usr/bin/chromium"
DRIVER = "/usr/bin/chromedriver"


def is_here():
    return os.path.exists(CHROMIUM) and os.path.exists(DRIVER)


def spki_of(certificate):
    """The SHA-256 of the public key of a PEM file, as Chromium wants it."""
    key = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"], check=True, capture_output=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], check=True, capture_output=True, input=key).stdout
    digest = subprocess.run(["openssl", "dgst", "-sha256", "-binary"], check=True, capture_output=True, input=der).stdout
    return base64.b64encode(digest).decode()


class Browser:
    def __init__(self, scratch, spki):
        place = pathlib.Path(scratch) / "browser"
        place.mkdir()
        arguments = ["--headless=new", f"--user-data-dir={place / 'profile'}", "--disable-gpu", "--disable-dev-shm-usage",
                     "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                     "--disable-features=AsyncDns,DnsOverHttps,OptimizationHints,MediaRouter", "--password-store=basic",
                     f"--ignore-certificate-errors-spki-list={spki}"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(place), "LANG": "C.UTF-8", "XDG_CONFIG_HOME": str(place),
                       "XDG_CACHE_HOME": str(place)}
        self.said = open(place / "said", "wb+")
        self.driver = subprocess.Popen([DRIVER, "--port=0"], stdout=self.said, stderr=subprocess.STDOUT, env=environment)
        self.port = self.port_of_driver()
        self.session = None
        answer = self.command("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "timeouts": {"script": PATIENCE * 1000, "pageLoad": PATIENCE * 1000},
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"binary": CHROMIUM, "args": arguments}}}})
        self.session = answer["sessionId"]
        self.version = answer["capabilities"]["browserVersion"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.command("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait(timeout=PATIENCE)
            self.said.close()

    def port_of_driver(self):
        for _ in range(PATIENCE * 20):
            self.said.seek(0)
            found = re.search(rb"started successfully on port (\d+)", self.said.read())
            if found:
                return int(found.group(1))
            if self.driver.poll() is not None:
                break
            time.sleep(0.05)
        self.said.seek(0)
        raise RuntimeError("chromedriver did not start: " + self.said.read().decode(errors="replace"))

    def command(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2 * PATIENCE)
        path = path if self.session is None else f"/session/{self.session}{path}"
        data = None if method == "DELETE" else json.dumps(body or {})
        connection.request(method, path, data, {"content-type": "application/json"})
        value = json.load(connection.getresponse())["value"]
        connection.close()
        if isinstance(value, dict) and "error" in value:
            raise RuntimeError(f"{method} {path}: {value['error']}: {value['message']}")
        return value

    def open(self, url):
        self.command("POST", "/url", {"url": url})

    def ask(self, body, *words):
        script = ("const done = arguments[1];\n(async (words) => {" + body + "})(arguments[0])"
                  ".then((value) => done({value}), (error) => done({error: String(error?.stack ?? error)}));")
        answer = self.command("POST", "/execute/async", {"script": script, "args": [words]})
        if "error" in answer:
            raise RuntimeError(answer["error"] + "\n" + self.console())
        return answer["value"]

    def console(self):
        return "\n".join(each["message"] for each in self.command("POST", "/se/log", {"type": "browser"}))
