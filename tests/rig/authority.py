# SPDX-License-Identifier: Apache-2.0
"""A certificate authority of the tests' own, by openssl: certificates for any names, good and bad."""
import pathlib
import subprocess

SETTINGS = """[ca]
default_ca = here
[here]
dir = {place}
database = {place}/index.txt
new_certs_dir = {place}
serial = {place}/serial
rand_serial = yes
policy = any
default_md = sha256
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
[leaf]
basicConstraints = CA:FALSE
"""


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, timeout=60)


class Authority:
    def __init__(self, place):
        self.place = pathlib.Path(place)
        self.place.mkdir(parents=True, exist_ok=True)
        self.certificate = self.place / "ca.pem"
        self.key = self.place / "ca.key"
        (self.place / "index.txt").touch()
        (self.place / "ca.cnf").write_text(SETTINGS.format(place=self.place))
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                "-subj", "/CN=Tests of Warrant", "-keyout", self.key, "-out", self.certificate,
                "-addext", "basicConstraints=critical,CA:TRUE")

    def leaf(self, file, names, start="20200101000000Z", end="20490101000000Z"):
        """(certificate, key) for names and addresses, all in subjectAltName; valid from start to end."""
        key, request, made = (self.place / f"{file}.{end_}" for end_ in ("key", "csr", "pem"))
        alternatives = ",".join(("IP:" if is_address(name) else "DNS:") + name for name in names)
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                "/CN=leaf", "-addext", f"subjectAltName={alternatives}", "-keyout", key, "-out", request)
        openssl("ca", "-batch", "-notext", "-config", self.place / "ca.cnf", "-cert", self.certificate,
                "-keyfile", self.key, "-extensions", "leaf", "-startdate", start, "-enddate", end,
                "-in", request, "-out", made)
        return made, key


def is_address(name):
    return ":" in name or name.replace(".", "").isdigit()
