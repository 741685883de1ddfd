"""Instructions of the hot paths, counted by callgrind, which gives the same count on a busy machine."""
import os
import random
import re
import shutil
import subprocess
import sys
from datetime import timedelta

import measure
import school
import screens

FEW, MANY = 20_000, 120_000  # lines; what both cost is no line's
QUICK_FEW, QUICK_MANY = 500, 1_000
STUDENTS = 300
#: Members that no line of attend has, as recognisers add them.
UNKNOWN = ',"frame_id":17,"track":"t-9","box":[1,2,3,4]}\n'
LINES = {
    "`attend ingest`, a line": lambda lines: lines,
    "the same with three unknown members": lambda lines: [line.replace("}\n", UNKNOWN) for line in lines],
    "the same camera by camera": lambda lines: sorted(lines, key=lambda line: line.split('"camera"')[1][:10]),
    "the same shuffled": lambda lines: random.Random("instructions").sample(lines, len(lines)),
}
#: At most this many times the first of `LINES`.
LINE_TARGETS = {"the same with three unknown members": 1.2, "the same camera by camera": 1.5, "the same shuffled": 4}
SCREEN_TARGETS = {"`roster now`": "50,000,000", "`panel`": "30,482,162"}


def bench(attend, folder, rounds, quick):
    if not shutil.which("valgrind"):
        print("Left out, since it is not installed here: valgrind.")
        return
    few, many = (QUICK_FEW, QUICK_MANY) if quick else (FEW, MANY)
    size = screens.QUICK if quick else screens.FULL
    rows = []
    for name, arranged in LINES.items():
        first, second = (ingest(attend, folder, number, arranged) for number in (few, many))
        line = (second - first) // (many - few)
        base = line if not rows else base
        target = LINE_TARGETS.get(name)
        rows.append([name, f"{line:,}", f"{target * base:,.0f}" if target else ""])
    env = screens.prepare(attend, folder / "screens-0.db", size, 0)
    for name, args in screens.SCREENS.items():
        counted = count(attend, folder, args, env)
        rows.append([f"{name} of {size.students:,} students", f"{counted:,}", SCREEN_TARGETS.get(name, "")])
    measure.table(["", "instructions", "target"], rows)
    print(f"\nOf ingest: what {many:,} lines of {STUDENTS} students take more than {few:,}, by line; all acks.")


def ingest(attend, folder, number, arranged):
    """Instructions of ingesting this many lines of one day, arranged in some way."""
    day = school.SUNDAY
    lines, db = folder / "instructions.jsonl", folder / "instructions.db"
    with open(lines, "w") as file:
        file.writelines(arranged([school.line(*seen) for seen in school.sightings(number, STUDENTS, day, "instructions")]))
    env = school.make(attend, db, STUDENTS, day + timedelta(hours=20), days=1)
    counted = count(attend, folder, ["ingest", "--acks", "all", lines], env)
    lines.unlink()
    school.remove(db)
    return counted


def count(attend, folder, args, env):
    out = folder / "callgrind.out"
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", attend, *args]
    ran = subprocess.run(command, env=env | {"PATH": os.environ["PATH"]}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                         text=True)
    out.unlink(missing_ok=True)
    total = re.search(r"Collected : (\d+)", ran.stderr)
    if not total:
        sys.exit(f"{' '.join(map(str, args))}: {ran.stderr[-500:]}")
    print(f"{' '.join(map(str, args))}: {int(total[1]):,} instructions", file=sys.stderr)
    return int(total[1])
