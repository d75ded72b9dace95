#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_symbols.py ARCHIVE…: what the compiled portable rooms ask of the system, and what they keep.

No undefined symbol that reads a clock, the environment, a file, the console or randomness, makes a
thread, throws, or loads code; no variable that can change (.data, .bss, thread-local): state of a
run is an object, constants are constants. Sanitizers make their own symbols and move constants into
.data: variables are looked at in builds without them.
"""
import re
import subprocess
import sys

DENIED = [
    (r"(secure_)?getenv|setenv|putenv|environ", "environment"),
    (r"clock_gettime|clock_getres|gettimeofday|time|localtime\w*|gmtime\w*|nanosleep|clock_nanosleep|"
     r"std::chrono::.*::now\(\)", "clock"),
    (r"open(64|at|at64|at2)?|creat(64)?|fopen(64)?|fdopen|read|write|p?readv?|p?writev?|close|f?stat(at|x|64)?|"
     r"unlink(at)?|rename(at2?)?|mkdir(at)?|syscall|ioctl|fcntl(64)?|mmap(64)?|mprotect", "system call"),
    (r"socket|connect|bind|listen|accept4?|send(to|msg)?|recv(from|msg)?|getaddrinfo|poll|ppoll|select|epoll_\w+",
     "network or waiting"),
    (r"fork|vfork|exec\w+|posix_spawn\w*|system|popen|kill|raise|signal|sigaction|pthread_create|pthread_mutex_\w+|"
     r"std::thread::.*|std::(recursive_)?mutex::.*", "process or thread"),
    (r"dlopen|dlsym", "code loaded at run time"),
    (r"printf|puts|putchar|fwrite|fputs|fputc|perror|std::ios_base::.*|std::basic_[io]?f?stream<.*|"
     r"std::basic_filebuf<.*|std::cout|std::cerr|std::locale::.*|std::filesystem::.*", "console, files, locale"),
    (r"getrandom|getentropy|s?rand(om)?|arc4random\w*|randombytes\w*|std::random_device::.*", "randomness"),
    (r"__cxa_throw|__cxa_rethrow|__cxa_begin_catch|__cxa_allocate_exception|__dynamic_cast", "exceptions, RTTI"),
    (r"__cxa_guard_acquire|__tls_get_addr|__cxa_atexit|__cxa_thread_atexit", "state outside an object"),
]
PATTERNS = [(re.compile(f"(?:{pattern})(?:@.*)?"), why) for pattern, why in DENIED]
CHANGEABLE = re.compile(r"\s(\.t?(?:data|bss)(?!\.rel\.ro)\S*|\*COM\*)\s+[0-9a-f]+\s+(?:\.hidden )?(\S.*)")


def run(*command):
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def undefined(archive):
    names = set()
    for line in run("nm", "-uC", archive).splitlines():
        match = re.match(r"\s+[Uw] (.*)", line)
        if match:
            names.add(match.group(1))
    return names


def changeable(archive):
    """name -> section. (g++ 12 keeps a large constexpr std::array of pointers in .data.rel.)"""
    names = {}
    for line in run("objdump", "-tC", archive).splitlines():
        match = CHANGEABLE.search(line)
        if match and " d  " not in line:
            names[match.group(2)] = match.group(1)
    return names


def check(archive):
    label, problems = archive.rsplit("/", 1)[-1], []
    names = undefined(archive)
    sanitized = any(name.startswith(("__asan_", "__tsan_", "__ubsan_")) for name in names)
    for name in sorted(names):
        for pattern, why in PATTERNS:
            if pattern.fullmatch(name):
                problems.append(f"{label}: uses {name}: {why}")
    for name, section in [] if sanitized else sorted(changeable(archive).items()):
        problems.append(f"{label}: {name} " + (
            "lies in memory that stays writable: make it const, and a table a C array"
            if section.startswith(".data.rel") else "can change: state of a run is an object"))
    return problems


if __name__ == "__main__":
    found = [problem for archive in sys.argv[1:] for problem in check(archive)]
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(len(found) > 0)
