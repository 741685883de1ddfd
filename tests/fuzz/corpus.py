#!/usr/bin/env python3
"""Copies inputs between tests/fuzz/corpus/TARGET/, where the fuzzer has one file for each, and
tests/data/fuzz/TARGET.txt, where some are kept, one a line:

    tests/fuzz/corpus.py unpack TARGET     before a run
    tests/fuzz/corpus.py pack TARGET       after it

Bytes that are no printable ASCII, and the backslash, stand there as \\x and two digits. What stands before an
empty line was written by hand and stays.
"""
import re
import sys
from pathlib import Path

# Inputs that reach much code are long. Inputs longer than this are not readable.
KEPT = 200
LONGEST = 400


def line(data):
    plain = lambda byte: 32 <= byte < 127 and byte != ord("\\")
    return "".join(chr(byte) if plain(byte) else f"\\x{byte:02x}" for byte in data)


def data(line):
    return re.sub(rb"\\x(..)", lambda code: bytes.fromhex(code[1].decode()), line.encode())


def main(what, target):
    here = Path(__file__).parent
    files, kept = here / "corpus" / target, here.parent / "data" / "fuzz" / f"{target}.txt"
    if what == "unpack":
        files.mkdir(parents=True, exist_ok=True)
        for nth, text in enumerate(filter(None, kept.read_text().splitlines())):
            (files / f"kept-{nth}").write_bytes(data(text))
    elif what == "pack":
        inputs = {file.read_bytes() for file in files.iterdir() if file.stat().st_size <= LONGEST}
        longest = sorted(inputs, key=lambda data: (-len(data), data))[:KEPT]
        by_hand = kept.read_text().rpartition("\n\n")[:2]
        kept.write_text("".join([*by_hand, *sorted(line(data) + "\n" for data in longest)]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:]) if len(sys.argv) == 3 else sys.exit(__doc__)
