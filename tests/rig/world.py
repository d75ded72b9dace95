# SPDX-License-Identifier: Apache-2.0
"""A network of the tests' own: every address is this machine and no address is an interface's.

`enter` starts the program anew in network and mount namespaces where all of 93.184.0.0/16, 8.8.8.8,
2606:4700::/32 and 10.0.0.0/8 lead to loopback, names are asked of 127.0.0.1:53, and the
authorities of /etc/ssl/certs are the tests' own. So the released program runs with nothing
changed: real names, ports, certificates and addresses, public and private.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from authority import Authority, openssl

MARK = "WARRANT_TESTS_WORLD"
ROUTES = (["route", "add", "local", "93.184.0.0/16", "dev", "lo"],
          ["route", "add", "local", "10.0.0.0/8", "dev", "lo"],
          ["route", "add", "local", "8.8.8.8/32", "dev", "lo"],
          ["-6", "route", "add", "local", "2606:4700::/32", "dev", "lo"])


def command():
    return ["unshare", "--net", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]


def is_possible():
    try:
        return subprocess.run([*command(), "true"], capture_output=True, timeout=20).returncode == 0
    except OSError:
        return False


def enter():
    """Inside: the place of the authority. Outside: runs this program again inside and leaves."""
    if MARK in os.environ:
        return build(pathlib.Path(os.environ[MARK]))
    place = tempfile.mkdtemp(prefix="warrant-world-")
    try:
        done = subprocess.run([*command(), sys.executable, "-B", *sys.argv], env={**os.environ, MARK: place})
    finally:
        shutil.rmtree(place, ignore_errors=True)
    sys.exit(done.returncode)


def run(*words):
    subprocess.run(words, check=True, capture_output=True, timeout=20)


def build(place):
    run("ip", "link", "set", "lo", "up")
    for words in ROUTES:
        subprocess.run(["ip", *words], check=words[0] != "-6", capture_output=True, timeout=20)
    authority = Authority(place / "authority")
    (place / "resolv.conf").write_text("nameserver 127.0.0.1\nsearch searched.example.com\noptions ndots:5\n")
    # A link of the machine's leads elsewhere; what it leads to is what is covered.
    run("mount", "--bind", place / "resolv.conf", os.path.realpath("/etc/resolv.conf"))
    certificates = place / "certificates"
    certificates.mkdir()
    shutil.copy(authority.certificate, certificates / "tests.pem")
    openssl("rehash", certificates)
    run("mount", "--bind", certificates, "/etc/ssl/certs")
    return authority
