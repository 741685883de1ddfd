"""A district's day: a million students, eight periods, twenty million recognitions, in one file."""
import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta

import ingest
import measure
import school
import screens


@dataclass(frozen=True)
class Size:
    students: int
    cameras: int
    lines: int
    at_once: int  # lines in a file


FULL = Size(students=1_000_000, cameras=2_000, lines=20_000_000, at_once=1_000_000)
QUICK = Size(students=2_000, cameras=20, lines=8_000, at_once=1_000)
TARGET_LINES, TARGET_RATE, TARGET_BYTES, TARGET_MIB, TARGET_SUMMARY = 75_000, 0.9, 40, 128, 10
DAY = f"{school.SUNDAY:%Y-%m-%d}"
#: The commands measured on the day, at 11:42 and in the evening.
NOON, EVENING = timedelta(hours=11, minutes=42), timedelta(hours=20)
COMMANDS = [
    ("`roster now`", NOON, ["roster", "now"]),
    ("`roster now --format csv`", NOON, ["roster", "now", "--format", "csv"]),
    ("`panel`", NOON, ["panel"]),
    ("`health`", NOON, ["health"]),
    ("`history` of a student", EVENING, ["history", school.code(1)]),
    ("`student list`", EVENING, ["student", "list"]),
    ("`summary`", EVENING, ["summary"]),
    ("`summary` as CSV", EVENING, ["summary", "--format", "csv"]),
    ("`summary` of a range", EVENING, ["summary", "--from", DAY, "--to", DAY, "--format", "csv"]),
    ("`export roster`", EVENING, ["export", "roster", "-o", "export.csv"]),
    ("`export records`, all periods", EVENING, ["export", "records", "--from", DAY, "-o", "export.csv"]),
    ("`export recognitions`", EVENING, ["export", "recognitions", "--from", DAY, "-o", "export.csv"]),
    ("`db check`", EVENING, ["db", "check"]),
    ("`student import`, the same roll", EVENING, ["student", "import", "roll.csv"]),
    ("`prune` of everything", timedelta(days=9), ["prune", "--older-than", "2d", "--all"]),
]


def bench(attend, folder, rounds, quick):
    size = QUICK if quick else FULL
    db = folder / "district.db"
    school.remove(db)
    roll = school.write_roll(folder / "roll.csv", size.students)
    imported = import_it(attend, folder, roll)
    env = school.make(attend, db, size.students, school.SUNDAY + EVENING, days=1)
    lines = (school.FewLines if quick else school.ManyLines)(size.students, size.cameras)
    costs = [take_in(attend, folder, env, size, lines, first) for first in range(0, size.lines, size.at_once)]
    stored = ingest.count(db)
    if stored != size.lines:
        sys.exit(f"{stored} recognitions instead of {size.lines}: this run measures nothing")
    tables = json.loads(subprocess.run([attend, "db", "stats", "--format", "json"], env=env, check=True,
                                       stdout=subprocess.PIPE).stdout)
    report_ingest(size, costs, tables, imported)
    rows = [[name, *told(ask(attend, folder, db, at, args))] for name, at, args in COMMANDS]
    measure.table(["", "wall", "CPU", "peak memory"], rows)
    print(f"\nTarget: no command above {TARGET_MIB} MiB, `summary` as CSV within {TARGET_SUMMARY} s.")
    school.remove(db)
    roll.unlink()


def import_it(attend, folder, roll):
    """The cost of a roll into a fresh database."""
    db = folder / "import.db"
    school.remove(db)
    env = school.environment(db, school.SUNDAY)
    subprocess.run([attend, "-q", "init", "--timezone", "Asia/Baghdad"], env=env, check=True)
    cost = measure.run([attend, "student", "import", roll], env)
    school.remove(db)
    return cost


def take_in(attend, folder, env, size, lines, first):
    """The cost of the next file of lines."""
    file = folder / "district.jsonl"
    with open(file, "wb") as out:
        lines.write(out, school.SUNDAY, size.lines, first, size.at_once)
    measure.run(["sync"])
    cost = measure.run([attend, "ingest"], env, stdin=file)
    file.unlink()
    print(f"{first + size.at_once:,} lines: {size.at_once / cost.wall:,.0f} a second, {cost.peak:.0f} MiB",
          file=sys.stderr)
    return cost


def ask(attend, folder, db, at, args):
    paths = [folder / arg if arg in ("export.csv", "roll.csv") else arg for arg in args]
    cost = screens.run(attend, paths, school.environment(db, school.SUNDAY + at))
    (folder / "export.csv").unlink(missing_ok=True)
    print(f"{' '.join(args)}: {cost.wall:.2f} s, {cost.peak:.0f} MiB", file=sys.stderr)
    return cost


def told(cost):
    return [f"{cost.wall:.2f} s", f"{cost.cpu:.2f} s", f"{cost.peak:.0f} MiB"]


def report_ingest(size, costs, tables, imported):
    tenth = max(len(costs) // 10, 1)
    parts = {"the first tenth": costs[:tenth], "the last tenth": costs[-tenth:], "all": costs}
    print(f"{size.students:,} students, {school.PERIODS} periods, {size.lines:,} recognitions of students at random, in files "
          f"of {size.at_once:,}; medians of files.\n")
    measure.table(["lines a second", "wall", "CPU"],
                  [[name, *(f"{rate(size, some, what):,.0f}" for what in ("wall", "cpu"))]
                   for name, some in parts.items()])
    last, first = rate(size, parts["the last tenth"]), rate(size, parts["the first tenth"])
    recognitions = next(row["bytes"] for row in tables["rows"] if row["table"] == "recognition")
    print(f"\nThe whole day took {sum(cost.wall for cost in costs):,.0f} s, and no more than "
          f"{max(cost.peak for cost in costs):.0f} MiB. A recognition takes {recognitions / size.lines:.1f} bytes; with "
          f"students, records and everything else the file has {tables['file_bytes'] / size.lines:.1f} for each. "
          f"`student import`: {', '.join(told(imported))}.")
    print(f"Target: {TARGET_LINES:,} lines a second within {TARGET_MIB} MiB, the last tenth at {TARGET_RATE} of the rate of "
          f"the first ({last / first:.2f}), at most {TARGET_BYTES} bytes.\n")


def rate(size, costs, what="wall"):
    return size.at_once / measure.median(costs, what)
