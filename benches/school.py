"""Schools to measure with: a database with roll, periods and schedule, and lines that fit it.

The same arguments give the same bytes, on every machine.
"""
import itertools
import os
import random
import subprocess
from datetime import datetime, timedelta, timezone

import measure

ZONE = timezone(timedelta(hours=3))  # Asia/Baghdad, which has no summer time
SUNDAY = datetime(2026, 9, 6, tzinfo=ZONE)  # the first school day; Friday and Saturday are free
PERIODS = 8  # of 45 minutes, 10 minutes apart, from 08:00
OPENS, CLOSES = 7 * 60 + 50, 15 * 60 + 30  # minutes of the day within which students are seen
MAX_BLIND, MIN_COVERAGE = 2, 0.8  # the defaults of these settings: minutes, and the share of a room's time
CAMERAS = 8


def code(student):
    return f"H{student:06}"


def environment(db, now):
    """The environment of every attend process, without the user's own variables."""
    return {"ATTEND_DB": str(db), "ATTEND_NOW": now.isoformat(), "USER": "bench", "PATH": os.environ["PATH"]}


def remove(db):
    for path in (db, db.with_name(db.name + "-wal"), db.with_name(db.name + "-shm")):
        path.unlink(missing_ok=True)


def make(attend, db, students, now, first_day=SUNDAY, days=5):
    """Creates a database. Returns the environment for commands that use it."""
    remove(db)
    env = environment(db, now)

    def do(*args):
        subprocess.run([attend, "-q", *args], env=env, check=True, stdout=subprocess.DEVNULL)

    do("init", "--timezone", "Asia/Baghdad", "--school", "Bench")
    roll = write_roll(db.with_suffix(".roll.csv"), students)
    do("student", "import", roll)
    roll.unlink()
    for n in range(PERIODS):
        start, end = (timedelta(minutes=8 * 60 + 55 * n + length) for length in (0, 45))
        hours = ("--start", f"{start}"[:-3].zfill(5), "--end", f"{end}"[:-3].zfill(5))
        do("period", "add", f"Block {n + 1}", *hours, "--days", "sun-thu")
    # On the eve of the first day, because periods that have begun are not planned any more.
    do("--now", (first_day - timedelta(hours=12)).isoformat(), "schedule", "generate",
       "--from", first_day.date().isoformat(), "--days", str(days))
    return env


def write_roll(path, students):
    with open(path, "w") as file:
        file.write("code,name,group\n")
        file.writelines(f"{code(n)},Student Number {n},G{n % 12 + 1}\n" for n in range(1, students + 1))
    return path


def school_days(first_day, number):
    day = first_day
    while number > 0:
        if day.weekday() not in (4, 5):
            yield day
            number -= 1
        day += timedelta(days=1)


def sightings(number, students, day, seed, opens=OPENS, closes=CLOSES):
    """Recognitions of one day in time order, as (microseconds since 1970, student, camera, score)."""
    dice = random.Random(f"{seed} {day}")
    begins = int(day.timestamp() * 1e6) + opens * 60_000_000
    apart = (closes - opens) * 60_000_000 / number
    for nth in range(number):
        # Milliseconds, each of its own slice: no two are at one instant.
        at = begins + int((nth + dice.random() * 0.9) * apart) // 1000 * 1000
        score = min(max(dice.gauss(0.82, 0.06), 0.3), 0.9999)
        yield at, int(dice.random() * students) + 1, int(dice.random() * CAMERAS) + 1, round(score, 4)


class ManyLines:
    """Hundreds of millions of lines of a day, from a program that is faster than Python."""

    def __init__(self, students, cameras):
        self.program, self.about = measure.build_bench("lines"), [students, cameras]

    def write(self, out, day, total, first, count):
        """Writes `count` of the `total` lines of a day, from number `first` on."""
        numbers = map(str, [*self.about, total, first, count])
        subprocess.run([self.program, day.date().isoformat(), *numbers], stdout=out, check=True)


class FewLines:
    """Thousands of lines of a day, for a quick run."""

    def __init__(self, students, cameras):
        self.students = students

    def write(self, out, day, total, first, count):
        lines = itertools.islice(sightings(total, self.students, day, "few"), first, first + count)
        out.writelines(line(*sighting).encode() for sighting in lines)


def line(at, student, camera, score, crops=True):
    """The line of a runner."""
    picture = f',"crop":"{crop(at, student)}"' if crops else ""
    return f'{{"student":"{code(student)}","score":{score},"ts":"{stamp(at)}","camera":"gate-{camera}"{picture}}}\n'


def row(at, student, camera, score, crops=True):
    """The row of a table, with numbers instead of names."""
    return f"{at},{student},{camera},{score},{crop(at, student) if crops else ''}\n"


def crop(at, student):
    return f"{_date(at)[0]}/{code(student)}-{at // 1000}.jpg"


def stamp(at):
    day, begins = _date(at)[1:]
    seconds, micros = divmod(at - begins, 1_000_000)
    return f"{day}T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{micros // 1000:03}+03:00"


def _date(at, known={}):
    """The date of an instant as a path and as a date, and its midnight."""
    day = (at + 3 * 3_600_000_000) // 86_400_000_000
    if day not in known:
        midnight = day * 86_400_000_000 - 3 * 3_600_000_000
        date = datetime.fromtimestamp(midnight / 1e6, ZONE)
        known[day] = (date.strftime("%Y/%m/%d"), date.strftime("%Y-%m-%d"), midnight)
    return known[day]
