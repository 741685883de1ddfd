"""Instructions of the hot paths, counted by callgrind, which gives the same count on a busy machine."""
import os
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


def bench(attend, folder, rounds, quick):
    if not shutil.which("valgrind"):
        print("Left out, since it is not installed here: valgrind.")
        return
    few, many = (QUICK_FEW, QUICK_MANY) if quick else (FEW, MANY)
    size = screens.QUICK if quick else screens.FULL
    first, second = (ingest(attend, folder, number) for number in (few, many))
    env = screens.prepare(attend, folder / "screens-0.db", size, 0)
    rows = [["`attend ingest`, a line", (second - first) // (many - few)]]
    for name, args in screens.SCREENS.items():
        rows.append([f"{name} of {size.students:,} students", count(attend, folder, args, env)])
    measure.table(["", "instructions"], [[name, f"{number:,}"] for name, number in rows])
    print(f"\nOf ingest: what {many:,} lines of {STUDENTS} students take more than {few:,}, by line; all acks.")


def ingest(attend, folder, number):
    """Instructions of ingesting this many lines of one day."""
    day = school.SUNDAY
    lines, db = folder / "instructions.jsonl", folder / "instructions.db"
    with open(lines, "w") as file:
        file.writelines(school.line(*seen) for seen in school.sightings(number, STUDENTS, day, "instructions"))
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
