"""The screens people keep open, on a short and on a long history: the day is the same, the past is not."""
import subprocess
from dataclasses import dataclass
from datetime import timedelta

import ingest
import measure
import school


@dataclass(frozen=True)
class Size:
    students: int
    today: int  # recognitions
    before: int  # recognitions, in the longer history
    days: int  # school days before today: about a quarter of a year, as long as recognitions are kept


FULL = Size(students=2_000, today=10_000, before=9_990_000, days=64)
QUICK = Size(students=100, today=1_000, before=2_000, days=2)
TURNS = 5  # in a round: a process takes only milliseconds
TARGET_RATIO, TARGET_MS = 1.3, 30
SCREENS = {
    "`roster now`": ["roster", "now"],
    "`panel`": ["panel"],
    "`runner list`": ["runner", "list"],
}


def bench(attend, folder, rounds, quick):
    size = QUICK if quick else FULL
    schools = {
        f"{size.today:,}": prepare(attend, folder / "screens-short.db", size, 0),
        f"{size.today + size.before:,}": prepare(attend, folder / "screens-long.db", size, size.before),
    }
    short, long = schools
    screens = {name: args for name, args in SCREENS.items() if exists(attend, args)}
    contenders = {
        (name, length): (lambda args=args, env=env: measure.run([attend, *args], env))
        for name, args in screens.items() for length, env in schools.items()
    }
    costs = measure.in_turns(contenders, rounds * TURNS)
    print(f"{size.students:,} students; {size.today:,} recognitions today, and in the longer history "
          f"{size.before:,} more on {size.days} school days before; medians of {rounds * TURNS} runs in turns, each a process of "
          f"its own.\n")
    rows = []
    for name in screens:
        base, cost = costs[name, short], costs[name, long]
        times = [measure.median(base) * 1000, measure.median(cost) * 1000]
        ratio = measure.ratio(cost, base)
        kept = ratio <= TARGET_RATIO and max(times) < TARGET_MS
        rows.append([name, *(f"{ms:.1f} ms" for ms in times), f"{ratio:.2f}",
                     f"{max(c.peak for c in cost):.0f} MiB", "kept" if kept else "missed"])
    measure.table(["", *schools, "ratio", "peak memory", "target"], rows)
    print(f"\nTarget: at most {TARGET_RATIO} times as long, and under {TARGET_MS} ms.")
    for name in SCREENS.keys() - screens.keys():
        print(f"Left out, since this build has no such command: {name}.")


def exists(attend, args):
    return subprocess.run([attend, *args, "--help"], stdout=measure.QUIET, stderr=measure.QUIET).returncode == 0


def prepare(attend, db, size, before):
    """A database with so many recognitions on the school days before today, and with today's. A long
    history takes a minute, so it is kept."""
    days = list(school.school_days(school.SUNDAY, size.days + 1))
    today = days.pop()
    now = today + timedelta(hours=11, minutes=30)  # within Block 4
    env = school.environment(db, now)
    if db.exists() and ingest.count(db) == size.today + before:
        return env
    school.make(attend, db, size.students, now, days=(today - school.SUNDAY).days + 7)
    feed = subprocess.Popen([attend, "ingest", "--acks", "none"], env=env, stdin=subprocess.PIPE, text=True)
    for day in days if before else []:
        feed.stdin.writelines(lines(before // size.days, size, day))
    rest = size.today + before - before // size.days * size.days
    feed.stdin.writelines(lines(rest, size, today, closes=11 * 60 + 30))
    feed.stdin.writelines(beats(now))
    feed.stdin.close()
    assert feed.wait() == 0
    return env


def lines(number, size, day, **hours):
    sightings = school.sightings(number, size.students, day, "screens", **hours)
    return (school.line(*sighting) for sighting in sightings)


def beats(now):
    """A heartbeat of every camera, so that the runners are alive and the register is judged."""
    at = int(now.timestamp() * 1e6)
    return (f'{{"type":"heartbeat","camera":"gate-{n + 1}","ts":"{school.stamp(at)}","snapshot_every":30}}\n'
            for n in range(school.CAMERAS))
