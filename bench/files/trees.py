# SPDX-License-Identifier: Apache-2.0
"""What the file benchmarks work on: made once, always the same, kept in the folder that is named."""
import pathlib
import random
import shutil

FLAT, LARGE = 10_000, 100_000
TEXT_FILES, TEXT_BYTES = 10_000, 50_000_000
NEEDLE = "zygomorphic"
LETTERS = "etaoinshrdlucmfwypvbgkjqx"  # no z: only what is planted matches
MADE = "made"


def touch_all(folder, names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def make_chain(root):
    """open: a file one, three and eight levels down, and a link to the second."""
    for depth in (1, 3, 8):
        folder = root.joinpath(*(f"d{level}" for level in range(1, depth)))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "file").touch()
    (root / "link").symlink_to("d1/d2/file")


def make_text(root):
    """10,000 files in 100 folders, 50 MB of words; one file of 50 holds the needle."""
    seeded = random.Random(7)
    words = ["".join(seeded.choices(LETTERS, k=seeded.randint(2, 10))) for _ in range(4000)]
    for number in range(TEXT_FILES):
        size = seeded.randint(0, 2 * TEXT_BYTES // TEXT_FILES)
        text = " ".join(seeded.choices(words, k=size // 7 + 1))
        text = "\n".join(text[at:at + 80] for at in range(0, len(text), 80))
        if number % 50 == 0:
            text += f"\n{NEEDLE}\n"
        folder = root / f"{number // 1000}/{number // 100 % 10}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"f{number}.txt").write_text(text)


def make(root):
    root = pathlib.Path(root)
    if (root / MADE).exists():
        return
    shutil.rmtree(root, ignore_errors=True)
    for name in ("transfer", "chain", "small", "flat", "deep", "large", "text"):
        (root / name).mkdir(parents=True)
    (root / "transfer/block").write_bytes(bytes(1 << 20))
    make_chain(root / "chain")
    touch_all(root / "flat", (f"n{number:05}" for number in range(FLAT)))
    touch_all(root / "large", (f"n{number:06}" for number in range(LARGE)))
    touch_all(root / "deep", (f"{i // 500:02}/{i // 10 % 50:02}/n{i % 10}" for i in range(FLAT)))
    make_text(root / "text")
    (root / MADE).touch()
