"""Exports ten million recognitions into a file: with attend, which adds the effect of each, and with the shell of SQLite,
which joins the same tables."""
import shutil
import sys

import measure
import school
import screens

BASE = "`sqlite3 -csv -header`, join"
OURS = "`attend export recognitions`, plain CSV"
QUERY = """SELECT r.ts, s.code, s.name, c.name, r.score, r.crop FROM recognition r
    JOIN student s ON s.id = r.student JOIN camera c ON c.id = r.camera ORDER BY r.ts, r.student, r.camera"""
TARGET_RATIO, TARGET_MIB = 1.0, 64
SINCE = ["--from", f"{school.SUNDAY:%Y-%m-%d}"]
#: Measured once, for their times. None of them may need more memory for more rows.
OTHERS = {
    "the same as a sheet for people": ["export", "recognitions", *SINCE, "-o", "export.csv"],
    "the same as JSON lines": ["export", "recognitions", *SINCE, "-o", "export.jsonl"],
    "the same as JSON": ["export", "recognitions", *SINCE, "-o", "export.json"],
    "the same as a workbook": ["export", "recognitions", *SINCE, "-o", "export.xlsx"],
    "`attend export records`, all dates": ["export", "records", *SINCE, "-o", "export.csv"],
    "`attend summary` of a date": ["summary", "-o", "export.csv"],
    "`attend summary` of all dates": ["summary", *SINCE, "-o", "export.csv"],
}


def bench(attend, folder, rounds, quick):
    size = screens.QUICK if quick else screens.FULL
    db, number = folder / f"screens-{size.before}.db", size.today + size.before
    env = screens.prepare(attend, db, size, size.before)
    contenders = {OURS: lambda: ours(attend, env, folder, number)}
    if shutil.which("sqlite3"):
        contenders[BASE] = lambda: sqlite(db, folder, number)
    costs = measure.in_turns(contenders, rounds)
    others = {name: [run(attend, env, folder, args)] for name, args in OTHERS.items()}
    print(f"{number:,} recognitions of {size.students:,} students on {size.days + 1} school days; medians of {rounds} "
          f"round{'s' * (rounds > 1)} in turns, of those with – one run each; into files.\n")
    base = costs.get(BASE)
    rows = [row(name, cost, base) for name, cost in costs.items()]
    rows += [row(name, cost, None) for name, cost in others.items()]
    measure.table(["", "median", "CPU", "peak memory", "÷ sqlite3", "CPU ÷ sqlite3"], rows)
    peak = max(cost.peak for one in [costs[OURS], *others.values()] for cost in one)
    kept = peak < TARGET_MIB and (not base or measure.ratio(costs[OURS], base) <= TARGET_RATIO)
    print(f"\nTarget: at most {TARGET_RATIO:.1f} of the time of sqlite3, and everything in less than {TARGET_MIB} MiB: "
          f"{'kept' if kept else 'missed'}.")
    if not base:
        print("Left out, since it is not installed here: sqlite3.")


def row(name, costs, base):
    ratios = [f"{measure.ratio(costs, base, what):.2f}" if base else "–" for what in ("wall", "cpu")]
    return [name, f"{measure.median(costs):.2f} s", f"{measure.median(costs, 'cpu'):.2f} s",
            f"{max(cost.peak for cost in costs):.0f} MiB", *ratios]


def ours(attend, env, folder, number):
    file = folder / "export.csv"
    args = ["export", "recognitions", *SINCE, "--dialect", "plain", "-o", file]
    cost = measure.run([attend, *args], env)
    expect(file, number)
    return cost


def sqlite(db, folder, number):
    file = folder / "export.csv"
    cost = measure.run(["sqlite3", "-csv", "-header", db, QUERY], stdout=file)
    expect(file, number)
    return cost


def run(attend, env, folder, args):
    file = folder / args[-1]
    cost = measure.run([attend, *args[:-1], file], env)
    print(f"{' '.join(args)} {cost.wall:.3f} s", file=sys.stderr)
    file.unlink()
    return cost


def expect(file, number):
    """Checks that the file has a header and `number` rows, and removes it."""
    with open(file, "rb") as lines:
        found = sum(chunk.count(b"\n") for chunk in iter(lambda: lines.read(1 << 20), b"")) - 1
    file.unlink()
    if found != number:
        sys.exit(f"{found} rows instead of {number}: this run measures nothing")
