"""Prunes half of the history while sixteen runners send, and compares it with one plain DELETE of the same rows on an
idle database."""
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import threading
import time

import live
import measure
import school
import screens

FULL = screens.Size(students=2_000, today=10_000, before=19_990_000, days=128)
QUICK = screens.Size(students=100, today=1_000, before=4_000, days=4)
LONGEST = 600  # seconds that the runners have lines for
TURNS = 9  # of each screen, before and after
TARGET_RATIO, TARGET_MS, TARGET_SIZE, TARGET_SCREEN = 2, 100, 1.10, 1.3


def bench(attend, folder, rounds, quick):
    size = QUICK if quick else FULL
    template, db = folder / "prune-template.db", folder / "prune.db"
    env = screens.prepare(attend, template, size, size.before) | {"ATTEND_DB": str(db)}
    days = list(school.school_days(school.SUNDAY, size.days + 1))
    today, keeps_from = days[-1], days[size.days // 2]
    age = f"{(today - keeps_from).days}d"
    built = without_the_old(attend, env | {"ATTEND_DB": str(template)}, size)
    plain, results = [], []
    for _ in range(rounds):
        plain.append(delete(fresh(template, db), keeps_from))
        fresh(template, db)
        before = look(attend, env)
        result = prune(attend, env, age, today, size)
        result.screens = before, look(attend, env)
        result.size = os.path.getsize(db) / built
        results.append(result)
        print(f"DELETE {plain[-1]:.2f} s, prune {result.wall:.2f} s", file=sys.stderr)
    alone = runners_alone(attend, fresh(template, db), env, 3 if not quick else 1)
    school.remove(db)
    report(size, plain, results, alone)


def fresh(template, db):
    school.remove(db)
    shutil.copy(template, db)
    os.sync()
    return db


def delete(db, keeps_from):
    """Seconds of one DELETE, with its commit and the checkpoint after it."""
    conn = sqlite3.connect(db, isolation_level=None)
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("PRAGMA synchronous = FULL")
    began = time.perf_counter()
    conn.execute("DELETE FROM recognition WHERE ts < ?", [int(keeps_from.timestamp() * 1e6)])
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    wall = time.perf_counter() - began
    conn.close()
    return wall


class Pruning(threading.Thread):
    """Prunes once the runners are under way."""

    def __init__(self, command, env):
        super().__init__()
        self.command, self.env, self.done = command, env, threading.Event()
        self.wall = self.latencies = self.size = self.screens = None

    def run(self):
        time.sleep(1)
        try:
            self.wall = measure.run(self.command, self.env).wall
        finally:
            self.done.set()


class Sender(live.Runner):
    """A runner that sends until the measured command is done."""

    def __init__(self, done, *args):
        super().__init__(*args)
        self.done = done

    def is_done(self):
        return not self.waiting and (self.done.is_set() or super().is_done())


def prune(attend, env, age, today, size):
    pruning = Pruning([attend, "-q", "prune", "--older-than", age], env)
    now = today + live.timedelta(hours=11, minutes=30)
    runners = [Sender(pruning.done, attend, env, number, LONGEST, now) for number in range(live.RUNNERS)]
    pruning.start()
    live.drive(runners)
    pruning.join()
    if pruning.wall is None:
        sys.exit("prune failed")
    pruning.latencies = latencies(runners)
    return pruning


def runners_alone(attend, db, env, seconds):
    now = live.timedelta(hours=11, minutes=30) + school.SUNDAY
    runners = [live.Runner(attend, env, number, seconds, now) for number in range(live.RUNNERS)]
    live.drive(runners)
    return latencies(runners)


def latencies(runners):
    # On an overloaded machine lines are answered 429, which shows in the latencies.
    refused = {status for runner in runners for status in runner.statuses if status >= 300 and status != 429}
    if refused:
        sys.exit(f"lines were refused: {refused}")
    return sorted(latency * 1000 for runner in runners for latency in runner.latencies)


def look(attend, env):
    """Median milliseconds of each screen."""
    costs = measure.in_turns({name: (lambda args=args: screens.run(attend, args, env))
                              for name, args in screens.SCREENS.items()}, TURNS)
    return {name: measure.median(cost) * 1000 for name, cost in costs.items()}


def without_the_old(attend, env, size):
    """Size of a file that never contained the pruned rows, packed like ingest packs them."""
    said = subprocess.run([attend, "db", "stats", "--format", "json"], env=env, check=True, stdout=subprocess.PIPE)
    stats = json.loads(said.stdout)
    table = next(row for row in stats["rows"] if row["table"] == "recognition")
    return stats["file_bytes"] - stats["free_bytes"] - table["bytes"] * size.before / 2 / (size.today + size.before)


def report(size, plain, results, alone):
    total = size.today + size.before
    base, walls = statistics.median(plain), [result.wall for result in results]
    ratio = statistics.median(result.wall / one for result, one in zip(results, plain))
    waits = sorted(wait for result in results for wait in result.latencies)
    p99, alone99 = (statistics.quantiles(some, n=100, method="inclusive")[98] for some in (waits, alone))
    larger = statistics.median(result.size for result in results)
    print(f"{size.before // 2:,} of {total:,} recognitions pruned while {live.RUNNERS} runners send {live.RATE} lines a second "
          f"each, with a commit and an ack for every line; medians of {len(results)}.\n")

    def verdict(kept):
        return "kept" if kept else "missed"

    rows = [
        ["one plain DELETE, idle database", f"{base:.2f} s", "", ""],
        ["`attend prune`, space given back, runners sending", f"{statistics.median(walls):.2f} s", f"{ratio:.2f} × DELETE",
         verdict(ratio <= TARGET_RATIO)],
        ["a line's ack meanwhile, p99", f"{p99:.1f} ms", f"{alone99:.1f} ms without", verdict(p99 <= TARGET_MS)],
        ["a line's ack meanwhile, longest", f"{waits[-1]:.1f} ms", f"{alone[-1]:.1f} ms without", ""],
        ["the file after it", f"{larger:.2f}", "÷ one freshly built", verdict(larger <= TARGET_SIZE)],
    ]
    for name in screens.SCREENS:
        before, after = (statistics.median(result.screens[nth][name] for result in results) for nth in (0, 1))
        rows.append([f"{name} after it", f"{after:.1f} ms", f"{before:.1f} ms before", verdict(after <= before * TARGET_SCREEN)])
    measure.table(["", "", "", "target"], rows)
    print(f"\nTargets: at most {TARGET_RATIO} × the plain DELETE, p99 at most {TARGET_MS} ms, at most "
          f"{TARGET_SIZE:.2f} × one freshly built, screens at most {TARGET_SCREEN} × as slow as before.")
