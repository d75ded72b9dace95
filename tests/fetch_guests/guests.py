# SPDX-License-Identifier: Apache-2.0
"""Where the guests of these tests lie, and how one is run."""
import json
import os
import subprocess

from support import PATIENCE, Case, Done, rig

BUILT = []  # folders, set by run.py
API = "https://api.example.com/v1/"


class GuestCase(Case):
    def start(self, guest, flags, *words):
        """The guest with exactly these flags, and its records on stderr."""
        place = next(folder / f"{guest}.wasm" for folder in BUILT if (folder / f"{guest}.wasm").exists())
        command = [rig.warrant, "run", *rig.audit, *flags, place, *words]
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(rig.home), "LANG": "C.UTF-8"}
        return Done(subprocess.run([os.fspath(word) for word in command], stdin=subprocess.DEVNULL,
                                   capture_output=True, env=environment, timeout=PATIENCE))

    def file(self, name, document):
        path = rig.scratch / name
        path.write_text(json.dumps({"version": 1, **document}))
        return path
