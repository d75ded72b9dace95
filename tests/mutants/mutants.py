#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mutants.py BUILD [--check | --only KEY… | grant | ceiling | rule]: does each proof of a key fail when its enforcement is gone?

Each mutant (table.py) is a source file with the enforcing lines changed, compiled beside the build
that is there and linked in front of its archives: nothing of the tree or of the build is touched.
Mutants whose proofs differ share a program, and the proofs that fail must be theirs, no more and no
fewer. BUILD is up to date: its objects and these are one program. --check compiles nothing: it tells whether each edit still applies, and which keys of
docs/formats/proofs.md have no mutant though their proof is of a kind that has them.
"""
import fnmatch
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))

from table import MUTANTS  # noqa: E402

PROOF = re.compile(r"^\| `([^`]+)` \| (grant|ceiling) \| `([^`]+)` \|$", re.M)
KEYS_TEST, POLICY_TEST = "tests/e2e/keys_test.py::EveryKey.", "warrant/policy/restrict_test.cc::CeilingCut."


def faults_of_table():
    faults = []
    for mutant in MUTANTS:
        for file, old, new in mutant.edits:
            found = (ROOT / file).read_text().count(old)
            if found != 1 or old == new:
                faults.append(f"{', '.join(mutant.keys)}: {file} has {found} times: {old}")
    return faults


def keys_without():
    """Keys whose proof these mutants could break and none does; structure, and no line, enforces them."""
    have = [(mutant.document, key) for mutant in MUTANTS for key in mutant.keys]
    lines = PROOF.findall((ROOT / "docs/formats/proofs.md").read_text())
    return sorted((document, key) for key, document, test in lines
                  if test.startswith((KEYS_TEST, POLICY_TEST)) and not any(document == of and fnmatch.fnmatch(key, pattern) for of, pattern in have))


def batches(mutants):
    """Mutants that no proof and no edited line have in common go together."""
    made = []
    for mutant in mutants:
        for batch in made:
            lines = {edit[:2] for each in batch for edit in each.edits}
            files = {edit[0] for each in batch for edit in each.edits}
            shared = any(edit[:2] in lines for edit in mutant.edits)
            same = any(each.proof == mutant.proof for each in batch)
            if not shared and not same and (not mutant.is_policy or files):
                batch.append(mutant)
                break
        else:
            made.append([mutant])
    return made


class Bench:
    def __init__(self, build, scratch):
        self.build = build
        self.scratch = scratch
        self.commands = {}

    def command(self, target, output):
        if output not in self.commands:
            text = subprocess.run(["ninja", "-C", self.build, "-t", "commands", target], check=True,
                                  capture_output=True, text=True).stdout
            self.commands[output] = [line for line in text.splitlines() if output in line]
        return self.commands[output]

    def compile(self, target, file, text, name):
        """The object of a changed source, by the command of the build."""
        (line,) = [line for line in self.command(target, f"-c {ROOT}/{file}")
                   if line.endswith(f"-c {ROOT}/{file}")]
        source = self.scratch / f"{name}.cc"
        source.write_text(text)
        words = shlex.split(line)
        words[words.index("-c") + 1] = str(source)
        words[words.index("-o") + 1] = str(source.with_suffix(".o"))
        for flag in ("-MD", "-MT", "-MF"):
            at = words.index(flag)
            del words[at:at + (1 if flag == "-MD" else 2)]
        words += ["-O0", "-U_FORTIFY_SOURCE", "-Wno-error"]
        done = subprocess.run(words, cwd=self.build, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{file} does not compile:\n{done.stderr}")
        return source.with_suffix(".o")

    def program(self, target, output, mutants):
        texts = {}
        for mutant in mutants:
            for file, old, new in mutant.edits:
                texts.setdefault(file, (ROOT / file).read_text())
                texts[file] = texts[file].replace(old, new)
        objects = [self.compile(target, file, text, f"{target}-{at}") for at, (file, text) in enumerate(texts.items())]
        line = self.command(target, f"-o {output} ")[-1]
        line = line.removeprefix(": && ").split(" && ")[0].strip()  # without what is done with the program then
        made = self.scratch / target
        words = shlex.split(line)
        words[words.index("-o") + 1] = str(made)
        words[1:1] = [str(each) for each in objects]
        subprocess.run(words, cwd=self.build, check=True, capture_output=True)
        return made

    def failed_policy(self, mutants):
        program = self.program("policy_test", "warrant/policy/policy_test", mutants)
        done = subprocess.run([program, "--gtest_filter=CeilingCut.*-*IsIdempotent*:*TwoCeilings*"], capture_output=True, text=True)
        return set(re.findall(r"^\[  FAILED  \] (\w+\.\w+)(?: \(\d+ ms\))$", done.stdout, re.M))

    def failed_rule(self, mutant):
        """Alone: a world without a rule fails where it likes, and its proof is among that."""
        program = self.program("contract_test", "tests/contract/contract_test", [mutant])
        done = subprocess.run([program, f"--gtest_filter={mutant.proof}"], capture_output=True, text=True)
        return {mutant.proof} if re.search(r"^\[  FAILED  \] ", done.stdout, re.M) else set()

    def failed_keys(self, mutants):
        program = self.program("warrant", "bin/warrant", mutants)
        wat2wasm = subprocess.run(["which", "wat2wasm"], check=True, capture_output=True, text=True).stdout.strip()
        done = subprocess.run([sys.executable, "-B", ROOT / "tests/e2e/run.py", program, wat2wasm, self.build / "guests",
                               "keys"], capture_output=True, text=True)
        self.last = done.stderr
        names = re.findall(r"^(?:FAIL|ERROR): (\w+) \(.*?\)(?: \(key='([^']+)'\))?$", done.stderr, re.M)
        return {key or name for name, key in names}


def report(mutants, failed):
    """Lines of what is not as it must be."""
    wanted = {mutant.proof for mutant in mutants}
    both = {"limits.stdout": "limits.stderr", "limits.written": "directory.written", "limits.inodes": "directory.inodes",
            "limits.file_bytes": "directory.file_bytes"}
    wanted |= {both[proof] for proof in wanted & both.keys()}
    for mutant in mutants:
        verdict = "fails, as it must" if mutant.proof in failed else "HOLDS WITHOUT ITS ENFORCEMENT"
        print(f"{mutant.document:8} {', '.join(mutant.keys):40} {mutant.proof:45} {verdict}", flush=True)
    return [f"{proof} holds without what it proves" for proof in sorted(wanted - failed)] + \
           [f"{proof} fails for another reason" for proof in sorted(failed - wanted)]


def main():
    faults = faults_of_table()
    without = keys_without()
    known = (HERE / "structural.txt").read_text().split("\n")
    listed = {tuple(line.split(" ", 1)) for line in known if line and not line.startswith("#")}
    faults += [f"{document} {key} has no mutant, and is not in structural.txt" for document, key in without
               if (document, key) not in listed]
    faults += [f"{document} {key} is in structural.txt and has a mutant, or no proof here" for document, key in sorted(listed)
               if (document, key) not in without]
    if faults or "--check" in sys.argv:
        print("\n".join(faults) or f"{len(MUTANTS)} mutants apply")
        return 1 if faults else 0
    wanted = sys.argv[3:] if "--only" in sys.argv else None
    every = ["grant", "ceiling", "rule"]
    documents = sys.argv[2:3] if sys.argv[2:3] and sys.argv[2] in every else every
    chosen = [mutant for mutant in MUTANTS if mutant.document in documents and
              (wanted is None or set(mutant.keys) & set(wanted))]
    build = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="warrant-mutants-") as scratch:
        bench = Bench(build, pathlib.Path(scratch))
        groups = batches([each for each in chosen if each.is_policy])
        bad = [line for group in groups for line in report(group, bench.failed_policy(group))]
        rules = [each for each in chosen if each.document == "rule"]
        bad += [line for each in rules for line in report([each], bench.failed_rule(each))]
        for group in batches([each for each in chosen if not each.is_policy and each not in rules]):
            found = report(group, bench.failed_keys(group))
            bad += found
            if found:
                print(bench.last)
    print("\n".join(bad) or f"{len(chosen)} enforcements removed, each noticed by its proof")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
