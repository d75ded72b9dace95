#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""binaries_test.py COMPILER: the gates over compiled rooms and linked programs find each fault."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import check_program  # noqa: E402
import check_symbols  # noqa: E402

COMPILER = "c++"
FAULTS = {
    "#include <cstdlib>\nconst char* f() { return std::getenv(\"HOME\"); }": "uses getenv: environment",
    "#include <chrono>\nlong f() { return std::chrono::system_clock::now().time_since_epoch().count(); }":
        "uses std::chrono::_V2::system_clock::now(): clock",
    "#include <ctime>\nlong f() { return std::time(nullptr); }": "uses time: clock",
    "#include <fcntl.h>\nint f() { return open(\"x\", 0); }": "uses open: system call",
    "#include <sys/socket.h>\nint f() { return socket(1, 1, 0); }": "uses socket: network or waiting",
    "#include <pthread.h>\nint f(pthread_t* t, void* (*g)(void*)) { return pthread_create(t, nullptr, g, nullptr); }":
        "uses pthread_create: process or thread",
    "#include <cstdlib>\nint f() { return std::system(\"x\"); }": "uses system: process or thread",
    "#include <cstdio>\nvoid f() { std::puts(\"x\"); }": "uses puts: console, files, locale",
    "#include <dlfcn.h>\nvoid* f() { return dlopen(\"x\", 1); }": "uses dlopen: code loaded at run time",
    "#include <cstdlib>\nint f() { return std::rand(); }": "uses rand: randomness",
    "int counter = 0;\nint f() { return ++counter; }": "counter can change: state of a run is an object",
    "int filled = 7;\nint f() { return ++filled; }": "filled can change: state of a run is an object",
    "thread_local int own = 0;\nint f() { return ++own; }": "own can change: state of a run is an object",
    "const char* word = \"a\";\nconst char* f() { const char* was = word; word = nullptr; return was; }":
        "word lies in memory that stays writable: make it const, and a table a C array",
    "namespace a { static int hidden; }\nint f() { return ++a::hidden; }":
        "a::hidden can change: state of a run is an object",
}
CLEAN = """#include <string_view>
struct Row { const char* name; int (*call)(int); };
static int one(int n) { return n + 1; }
struct Base { virtual ~Base() = default; virtual int g() const { return 1; } };
struct Derived final : Base { int g() const override { return 2; } };
extern const Row kRows[] = {{"one", one}};
constexpr std::string_view kWords[] = {"a", "b"};
int f(int n) { Derived d; return kRows[0].call(n) + static_cast<const Base&>(d).g() + static_cast<int>(kWords[n & 1].size()); }
"""


class SymbolGate(unittest.TestCase):
    def problems(self, source):
        with tempfile.TemporaryDirectory() as folder:
            room = pathlib.Path(folder)
            (room / "x.cc").write_text(source)
            subprocess.run([COMPILER, "-std=c++20", "-O1", "-fPIC", "-fdata-sections", "-fno-exceptions", "-fno-rtti",
                            "-U_FORTIFY_SOURCE", "-c", "x.cc"], cwd=room, check=True)
            subprocess.run(["ar", "rcs", "libx.a", "x.o"], cwd=room, check=True)
            return check_symbols.check(str(room / "libx.a"))

    def test_each_kind_of_authority_is_found(self):
        for source, wanted in FAULTS.items():
            with self.subTest(wanted=wanted):
                self.assertIn(f"libx.a: {wanted}", self.problems(source))

    def test_constants_and_virtual_tables_pass(self):
        self.assertEqual(self.problems(CLEAN), [])


GOOD = ["-fPIE", "-pie", "-Wl,-z,relro,-z,now,-z,noexecstack,-z,pack-relative-relocs"]
WEAKER = {
    "is not position-independent": ["-no-pie"],
    "binds lazily": ["-Wl,-z,lazy"],
    "has no RELRO segment": ["-Wl,-z,norelro"],
    "has an executable stack": ["-Wl,-z,execstack"],
    "has a segment both writable and executable": ["-shared", "-fPIC", "-nostdlib", "-Wl,--omagic"],
    "carries a search path for libraries": ["-Wl,-rpath,/tmp"],
    "has no packed relocations": ["-Wl,-z,nopack-relative-relocs"],
    "loads libstdc++.so.6 at every start": ["-Wl,--no-as-needed", "-lstdc++"],
}


class ProgramGate(unittest.TestCase):
    def problems(self, flags, **more):
        with tempfile.TemporaryDirectory() as folder:
            room = pathlib.Path(folder)
            (room / "x.c").write_text("static int a; int* p[9] = {&a}; int main(void) { return *p[3]; }\n")
            subprocess.run(["gcc", "x.c", "-o", "x", *GOOD, *flags], cwd=room, check=True, stderr=subprocess.DEVNULL)
            return check_program.check(str(room / "x"), **more)

    def test_each_weakness_is_found(self):
        for wanted, flags in WEAKER.items():
            with self.subTest(wanted=wanted):
                self.assertIn(f"x {wanted}", self.problems(flags))

    def test_a_hardened_program_passes(self):
        self.assertEqual(self.problems([]), [])

    def test_one_that_loads_nothing_is_static(self):
        found = self.problems([], needed=frozenset())
        self.assertIn("x loads libc.so.6 at every start", found)
        self.assertIn("x is started by a loader", found)
        self.assertEqual(self.problems(["-static-pie"], needed=frozenset()), [])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        COMPILER = sys.argv.pop(1)
    unittest.main()
