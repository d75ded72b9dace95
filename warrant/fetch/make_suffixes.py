#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make_suffixes.py LIST OUT: the rules of a public suffix list as one sorted text for C++.

LIST is public_suffix_list.dat, a data file of others under its own licence (MPL 2.0), which stays
where its package put it. Both sections count. Names become A-labels; "*." and "!" stay in front.
"""
import pathlib
import sys

KEPT_PER_LINE = 12


def a_label(label):
    if label == "*" or label.isascii():
        return label
    return "xn--" + label.encode("punycode").decode("ascii")


def rules(text):
    for line in text.splitlines():
        rule = line.split()[0] if line.split() else ""
        if not rule or rule.startswith("//"):
            continue
        mark = "!" if rule.startswith("!") else ""
        yield mark + ".".join(a_label(part) for part in rule.removeprefix("!").lower().split("."))


def main():
    source, out = map(pathlib.Path, sys.argv[1:])
    found = sorted(set(rules(source.read_text(encoding="utf-8"))))
    if len(found) < 5000 or not {"com", "co.uk", "*.ck", "!www.ck", "github.io"} <= set(found):
        sys.exit(f"{source}: this is no whole public suffix list; install Debian's publicsuffix")
    lines = [" ".join(found[i : i + KEPT_PER_LINE]) for i in range(0, len(found), KEPT_PER_LINE)]
    text = "".join(f'    "{line} "\n' for line in lines)
    out.write_text(f"constexpr std::string_view kSuffixRules =\n    \" \"\n{text.rstrip()};\n")


main()
