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
OURS, BARE = "attend", "a bare insert loop"
#: Rows in a transaction of the bare loop when they are late: as many as in a batch of `attend`.
BATCH = 165_000


def bench(attend, folder, rounds, quick):
    sizes = QUICK_SIZES if quick else SIZES
    floor = None if quick else measure.build_bench("floor")
    costs = {}
    for number in sizes:
        contenders = {}
        for nth, name in enumerate(ORDERS):
            lines, rows = (folder / f"late-{nth}.{kind}" for kind in ("jsonl", "csv"))
            write(lines, rows, number, name)
            contenders[OURS, name] = lambda lines=lines: run(attend, folder, lines, number)
            if floor:
                contenders[BARE, name] = lambda rows=rows, name=name: run_floor(floor, folder, rows, name, number)
        # The longest day is measured once, because only its cost per line is compared.
        for (who, name), cost in measure.in_turns(contenders, 1 if number == sizes[-1] else min(rounds, 3)).items():
            costs[who, number, name] = cost
        for path in folder.glob("late-*"):
            path.unlink()
    print(f"{STUDENTS:,} students, one day, {school.CAMERAS} cameras, lines with crops, all acks.\n")
    rows = [row(costs, number, name) for number in sizes for name in ORDERS]
    head = ["lines", "", "wall", "÷ in order", "target", "a bare loop", "CPU a line", "written ÷ in order", "peak memory"]
    measure.table(head, rows)
    print(f"\nTargets: also at most {TARGET_WRITTEN} times as much written, {TARGET_MIB} MiB, and the same cost of a line in "
          f"a longer day. The bare loop only inserts, {BATCH:,} rows at a time in the order of their keys, and is compared "
          "with itself in order.")


def row(costs, number, name):
    cost, base = costs[OURS, number, name], costs[OURS, number, "in order"]
    written = measure.ratio(cost, base, "written") if min(c.written for c in base) else float("nan")
    bare = costs.get((BARE, number, name))
    return [f"{number:,}", name, f"{measure.median(cost):.2f} s", f"{measure.ratio(cost, base):.2f}",
            TARGETS.get(name, ""), f"{measure.ratio(bare, costs[BARE, number, 'in order']):.2f}" if bare else "–",
            f"{measure.median(cost, 'cpu') / number * 1e6:.1f} µs", f"{written:.2f}",
            f"{max(c.peak for c in cost):.0f} MiB"]


def write(lines, rows, number, name):
    """The same sightings as JSON lines and as rows of a table."""
    seen = ORDERS[name](list(school.sightings(number, STUDENTS, school.SUNDAY, "late")))
    with open(lines, "w") as file:
        file.writelines(school.line(*sighting) for sighting in seen)
    with open(rows, "w") as file:
        file.writelines(school.row(*sighting) for sighting in seen)


def run(attend, folder, lines, number):
    db, acks = folder / "late.db", folder / "acks.jsonl"
    env = school.make(attend, db, STUDENTS, school.SUNDAY + timedelta(hours=20), days=1)
    cost = measure.run([attend, "ingest"], env, stdin=lines, stdout=acks)
    if ingest.count(db) != number:
        raise SystemExit(f"{ingest.count(db)} rows instead of {number}: this run measures nothing")
    school.remove(db)
    acks.unlink()
    return cost


def run_floor(floor, folder, rows, name, number):
    db = folder / "late.db"
    ingest.make_table(db, ingest.TABLE)
    cost = measure.run([floor, db, rows] + ([] if name == "in order" else [str(BATCH)]))
    if ingest.count(db) != number:
        raise SystemExit(f"{ingest.count(db)} rows instead of {number}: this run measures nothing")
    school.remove(db)
    return cost
