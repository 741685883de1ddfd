"""The watched screens on databases with the same day and histories of different lengths."""
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
#: Recognitions before today.
HISTORIES, QUICK_HISTORIES = [0, 990_000, 9_990_000, 99_990_000], [0, 1_000, 2_000]
MANY = 5_000_000  # from here on Python is too slow to write the lines
TURNS = 5  # in a round: a process takes only milliseconds
TARGET_RATIO, TARGET_MS = 1.3, 30
ASKED_ONCE = {"`summary`", "`health`"}  # nobody watches these: they are only not to grow
SCREENS = {
    "`roster now`": ["roster", "now"],
    "`panel`": ["panel"],
    "`runner list`": ["runner", "list"],
    "`summary`": ["summary"],
    "`health`": ["health"],
}


def bench(attend, folder, rounds, quick):
    size = QUICK if quick else FULL
    histories = QUICK_HISTORIES if quick else HISTORIES
    schools = {f"{size.today + before:,}": prepare(attend, folder / f"screens-{before}.db", size, before)
               for before in histories}
    screens = {name: args for name, args in SCREENS.items() if exists(attend, args)}
    contenders = {
        (name, length): (lambda args=args, env=env: run(attend, args, env))
        for name, args in screens.items() for length, env in schools.items()
    }
    costs = measure.in_turns(contenders, rounds * TURNS)
    print(f"{size.students:,} students; {size.today:,} recognitions today, the others on {size.days} school days before; "
          f"medians of {rounds * TURNS} runs in turns, each a process of its own. Ratio: the longest history to the second.\n")
    base, longest = list(schools)[1], list(schools)[-1]
    rows = []
    for name in screens:
        times = [measure.median(costs[name, length]) * 1000 for length in schools]
        ratio = measure.ratio(costs[name, longest], costs[name, base])
        kept = ratio <= TARGET_RATIO and (name in ASKED_ONCE or max(times) < TARGET_MS)
        peak = max(cost.peak for length in schools for cost in costs[name, length])
        rows.append([name, *(f"{ms:.1f} ms" for ms in times), f"{ratio:.2f}", f"{peak:.0f} MiB",
                     "kept" if kept else "missed"])
    measure.table(["", *schools, "ratio", "peak memory", "target"], rows)
    print(f"\nTarget: at most {TARGET_RATIO} times as long; watched screens under {TARGET_MS} ms.")
    for name in SCREENS.keys() - screens.keys():
        print(f"Left out, since this build has no such command: {name}.")


def run(attend, args, env):
    """Runs a command. `health` succeeds with its findings, which set its exit code."""
    return measure.run([attend, *args], env, fine=(0, 1, 2) if args == ["health"] else (0,))


def exists(attend, args):
    return subprocess.run([attend, *args, "--help"], stdout=measure.QUIET, stderr=measure.QUIET).returncode == 0


def prepare(attend, db, size, before):
    """A database with today's recognitions and this many on earlier school days. A long
    history takes a minute to build, so it is kept."""
    days = list(school.school_days(school.SUNDAY, size.days + 1))
    today = days.pop()
    now = today + timedelta(hours=11, minutes=30)  # within Block 4
    env = school.environment(db, now)
    if db.exists() and ingest.count(db) == size.today + before:
        return env
    school.make(attend, db, size.students, now, days=(today - school.SUNDAY).days + 7)
    feed = subprocess.Popen([attend, "ingest", "--acks", "none"], env=env, stdin=subprocess.PIPE, text=True)
    if before >= MANY:
        many = school.ManyLines(size.students, school.CAMERAS)
        feed.stdin.flush()
        for day in days:
            many.write(feed.stdin, day, before // size.days, 0, before // size.days)
    elif before:
        for day in days:
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
