"""A district of many schools: their days land in one PostgreSQL database by examples/district/load.sh."""
import glob
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import measure
import school

EXAMPLE = measure.ROOT / "examples" / "district"


@dataclass(frozen=True)
class Size:
    schools: int
    students: int  # of a school
    days: int  # school days; the last one is measured


FULL = Size(schools=200, students=1_000, days=30)
QUICK = Size(schools=4, students=20, days=2)
#: Schools that send at the same time. Each has a cron job of its own, so most of 200 send within a few seconds.
AT_ONCE = 4


class Server:
    """A PostgreSQL of its own, which ends with this process."""

    def __init__(self, folder):
        programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        self.programs = pathlib.Path(programs[-1] if programs else os.path.dirname(shutil.which("initdb") or "/"))
        self.folder = folder
        self.log = open(folder.with_suffix(".log"), "wb")
        self.user = ["setpriv", "--pdeathsig", "QUIT"]
        if os.geteuid() == 0:
            self.user += ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
            shutil.chown(folder, "postgres", "postgres")
        data = str(folder / "data")
        self.run("initdb", "-D", data, "-A", "trust", "-U", "owner", "-E", "UTF8", "--locale=C")
        settings = ["listen_addresses=", "shared_buffers=256MB", "max_wal_size=256MB"]
        command = [self.programs / "postgres", "-D", data, "-k", str(folder)]
        for setting in settings:
            command += ["-c", setting]
        self.process = subprocess.Popen([*self.user, *command], stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log, cwd=folder)
        deadline = time.monotonic() + 60
        while subprocess.run(["psql", "-c", "SELECT 1"], env=self.client("owner"), stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL).returncode != 0:
            if time.monotonic() > deadline:
                sys.exit(f"PostgreSQL does not answer: {self.log.name}")
            time.sleep(0.1)

    def run(self, program, *args):
        subprocess.run([*self.user, self.programs / program, *args], cwd=self.folder, stdin=subprocess.DEVNULL,
                       stdout=self.log, stderr=self.log, check=True)

    def client(self, user):
        # Debian's psql is a script that looks for a version, which takes longer than psql itself.
        return {"PGHOST": str(self.folder), "PGUSER": user, "PGDATABASE": "postgres", "PATH": os.environ["PATH"],
                "PSQL": str(self.programs / "psql")}

    def ask(self, sql):
        command = ["psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql]
        return subprocess.run(command, env=self.client("owner"), check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder)


def bench(attend, folder, _rounds, quick):
    if not shutil.which("psql") or not glob.glob("/usr/lib/postgresql/*/bin/initdb"):
        print("PostgreSQL is not installed: nothing was measured.")
        return
    size = QUICK if quick else FULL
    place = folder / "schools"
    shutil.rmtree(place, ignore_errors=True)
    (place / "pg").mkdir(parents=True)
    os.chmod(folder, 0o755)
    server = Server(place / "pg")
    try:
        measure_it(attend, place, server, size)
    finally:
        server.stop()
        shutil.rmtree(place, ignore_errors=True)


def measure_it(attend, place, server, size):
    path = f"{attend.parent}:{os.environ['PATH']}"
    days = list(school.school_days(school.SUNDAY, size.days))
    subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", EXAMPLE / "schema.sql"], env=server.client("owner"), check=True)
    ids = [f"{n:04}" for n in range(1, size.schools + 1)]
    for one in ids:
        server.ask(f"SELECT add_school('{one}', 'School {one}', 'school_{one}')")
    first = a_school(attend, place, size, days)
    databases = [of_school(attend, place, first, one) for one in ids]

    senders = list(zip(ids, databases))

    def load(one, db, now):
        env = school.environment(db, now) | server.client(f"school_{one}") | {"PATH": path, "TMPDIR": str(place)}
        return measure.run(["sh", EXAMPLE / "load.sh"], env)

    # The days before: all of them in one edition of each school.
    before = timed(lambda: at_once(lambda sender: load(*sender, days[-1]), senders))
    rows_before, _ = count(server)
    evening = days[-1] + timedelta(hours=20)
    in_turn = [timed(lambda: [export(attend, db, evening, days[-1]) for db in databases]) for _ in range(2)]
    together = [timed(lambda: at_once(lambda db: export(attend, db, evening, days[-1]), databases)) for _ in range(2)]
    # Half of the schools send one after the other, the others at once, so each half took half of the time.
    half = size.schools // 2
    alone = 2 * timed(lambda: [load(*sender, evening) for sender in senders[:half]])
    landing = 2 * timed(lambda: at_once(lambda sender: load(*sender, evening), senders[half:]))
    again = timed(lambda: at_once(lambda sender: load(*sender, evening), senders))
    rows, size_on_disk = count(server)
    expected = size.schools * size.students * school.PERIODS * size.days
    if rows != expected:
        sys.exit(f"{rows} rows instead of {expected}: this run measures nothing")
    sizes = {ending: compressed(attend, databases[0], evening, days[-1], ending) for ending in ("csv", "csv.gz", "csv.zst")}
    print(f"{size.schools} schools of {size.students:,} students and {school.PERIODS} periods, {size.days} school days, the database on the "
          f"same machine. Every school sends by itself. At once: {AT_ONCE} at a time.\n")
    day_rows = rows - rows_before
    measure.table(["", "rows", "one after the other", "at once", "rows a second, at once"], [
        described(f"the first {size.days - 1} days land", rows_before, None, before),
        described("a day is exported once", day_rows, in_turn[0], together[0]),
        described("a day is exported twice", 2 * day_rows, sum(in_turn), sum(together)),
        described("a day is exported and lands", day_rows, alone, landing),
        described("a run with nothing new", 0, None, again),
    ])
    print(f"\n{rows:,} rows take {size_on_disk / 1e9:.2f} GB with indexes, {size_on_disk / rows:.0f} bytes each. A school's day takes "
          + ", ".join(f"{bytes_of:,} bytes as .{ending}" for ending, bytes_of in sizes.items()) + ".")
    print("Target: a day lands in less time than it takes to export it twice. Schools that send at once, against exports one after "
          f"the other: {landing / sum(in_turn):.2f}. Both at once: {landing / sum(together):.2f}. Both one after the other: "
          f"{alone / sum(in_turn):.2f}.")


def at_once(work, schools):
    """Does this for every school, some at a time. Any failure ends it."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(work, schools))


def described(what, rows, in_turn, together):
    rate = f"{rows / together:,.0f}" if rows else "–"
    return [what, f"{rows:,}", f"{in_turn:.1f} s" if in_turn else "–", f"{together:.1f} s", rate]


def a_school(attend, place, size, days):
    """A school whose cameras saw most students in every period of every day."""
    db = place / "first.db"
    env = school.make(attend, db, size.students, days[-1] + timedelta(hours=20), days=(days[-1] - days[0]).days + 1)
    lines = place / "lines.jsonl"
    for day in days:
        with open(lines, "w") as file:
            for at, student, camera, score in school.sightings(size.students * 12, size.students, day, 1):
                file.write(school.line(at, student, camera, score))
        measure.run([attend, "-q", "ingest"], env, stdin=lines)
    lines.unlink()
    return db


def of_school(attend, place, first, one):
    db = place / f"{one}.db"
    shutil.copy(first, db)
    env = school.environment(db, school.SUNDAY)
    subprocess.run([attend, "-q", "settings", "set", "school_id", one], env=env, check=True)
    return db


def export(attend, db, now, day, ending="csv"):
    """Exports a day into a file beside the database. Returns the file."""
    sheet = db.with_suffix(f".{ending}")
    command = [attend, "-q", "export", "records", "--date", day.date().isoformat(), "--dialect", "plain", "-o", sheet]
    measure.run(command, school.environment(db, now))
    return sheet


def compressed(attend, db, now, day, ending):
    return export(attend, db, now, day, ending).stat().st_size


def count(server):
    return int(server.ask("SELECT count(*) FROM record")), int(server.ask("SELECT pg_database_size('postgres')"))


def timed(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
