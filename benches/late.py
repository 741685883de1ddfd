"""Lines that come late: a day in the order of time, camera by camera as one file per camera replays it, and shuffled."""
import random
from datetime import timedelta

import ingest
import measure
import school

STUDENTS = 2_000
#: Lines of the day. The cost of a line must not grow with them.
SIZES, QUICK_SIZES = [100_000, 1_000_000, 3_000_000], [2_000, 5_000]
ORDERS = {
    "in order": lambda seen: seen,
    "camera by camera": lambda seen: sorted(seen, key=lambda sighting: sighting[2]),
    "shuffled": lambda seen: random.Random("late").sample(seen, len(seen)),
}
#: At most this many times the wall time of the lines in order.
TARGETS = {"camera by camera": 1.5, "shuffled": 4}
TARGET_MIB, TARGET_WRITTEN = 128, 3


def bench(attend, folder, rounds, quick):
    sizes = QUICK_SIZES if quick else SIZES
    costs = {}
    for number in sizes:
        files = {name: folder / f"late-{nth}.jsonl" for nth, name in enumerate(ORDERS)}
        for name, path in files.items():
            write(path, number, name)
        # The longest day is measured once, because only its cost per line is compared.
        for name, cost in measure.in_turns(
                {name: (lambda file=file: run(attend, folder, file, number)) for name, file in files.items()},
                1 if number == sizes[-1] else min(rounds, 3)).items():
            costs[number, name] = cost
        for file in files.values():
            file.unlink()
    print(f"{STUDENTS:,} students, one day, {school.CAMERAS} cameras, lines with crops, all acks.\n")
    rows = [row(costs, number, name) for number in sizes for name in ORDERS]
    measure.table(["lines", "", "wall", "÷ in order", "target", "CPU a line", "written ÷ in order", "peak memory"], rows)
    print(f"\nTargets: also at most {TARGET_WRITTEN} times as much written, {TARGET_MIB} MiB, and the same cost of a line in "
          "a longer day.")


def row(costs, number, name):
    cost, base = costs[number, name], costs[number, "in order"]
    written = measure.ratio(cost, base, "written") if min(c.written for c in base) else float("nan")
    return [f"{number:,}", name, f"{measure.median(cost):.2f} s", f"{measure.ratio(cost, base):.2f}",
            TARGETS.get(name, ""), f"{measure.median(cost, 'cpu') / number * 1e6:.1f} µs", f"{written:.2f}",
            f"{max(c.peak for c in cost):.0f} MiB"]


def write(path, number, name):
    seen = list(school.sightings(number, STUDENTS, school.SUNDAY, "late"))
    with open(path, "w") as file:
        file.writelines(school.line(*sighting) for sighting in ORDERS[name](seen))


def run(attend, folder, lines, number):
    db, acks = folder / "late.db", folder / "acks.jsonl"
    env = school.make(attend, db, STUDENTS, school.SUNDAY + timedelta(hours=20), days=1)
    cost = measure.run([attend, "ingest"], env, stdin=lines, stdout=acks)
    if ingest.count(db) != number:
        raise SystemExit(f"{ingest.count(db)} rows instead of {number}: this run measures nothing")
    school.remove(db)
    acks.unlink()
    return cost
