"""A district of many schools: their days land in one PostgreSQL database by examples/district/load.sh."""
import glob
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
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


#: A tenth of 30 days of schools of a thousand: the whole would need some 15 GB of disk.
FULL = Size(schools=200, students=500, days=6)
QUICK = Size(schools=3, students=20, days=2)


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
        return {"PGHOST": str(self.folder), "PGUSER": user, "PGDATABASE": "postgres", "PATH": os.environ["PATH"]}

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

    def load(one, db, now):
        env = school.environment(db, now) | server.client(f"school_{one}") | {"PATH": path, "TMPDIR": str(place)}
        return measure.run(["sh", EXAMPLE / "load.sh"], env)

    # The days before: a school at a time, all of its days in one edition.
    before = timed(lambda: [load(one, db, days[-1]) for one, db in zip(ids, databases)])
    rows_before, bytes_before = count(server)
    evening = days[-1] + timedelta(hours=20)
    exports = [0.0, 0.0]
    for nth in range(2):
        exports[nth] = timed(lambda: [export(attend, place, db, evening, days[-1]) for db in databases])
    landing = timed(lambda: [load(one, db, evening) for one, db in zip(ids, databases)])
    again = timed(lambda: [load(one, db, evening) for one, db in zip(ids, databases)])
    rows, size_on_disk = count(server)
    expected = size.schools * size.students * school.PERIODS * size.days
    if rows != expected:
        sys.exit(f"{rows} rows instead of {expected}: this run measures nothing")
    sizes = {ending: compressed(attend, place, databases[0], evening, days[-1], ending) for ending in ("csv", "csv.gz", "csv.zst")}
    print(f"{size.schools} schools of {size.students:,} students and {school.PERIODS} periods, {size.days} school days, the database on the "
          "same machine; every school sends by itself, one after the other.\n")
    day_rows = rows - rows_before
    measure.table(["", "rows", "time", "rows a second"], [
        [f"the first {size.days - 1} days land", f"{rows_before:,}", f"{before:.1f} s", f"{rows_before / before:,.0f}"],
        ["a day is exported once", f"{day_rows:,}", f"{exports[0]:.1f} s", f"{day_rows / exports[0]:,.0f}"],
        ["a day is exported twice", f"{2 * day_rows:,}", f"{sum(exports):.1f} s", f"{2 * day_rows / sum(exports):,.0f}"],
        ["a day is exported and lands", f"{day_rows:,}", f"{landing:.1f} s", f"{day_rows / landing:,.0f}"],
        ["a run with nothing new", "0", f"{again:.1f} s", "–"],
    ])
    print(f"\n{rows:,} rows take {size_on_disk / 1e9:.2f} GB with indexes, {size_on_disk / rows:.0f} bytes each. A school's day takes "
          + ", ".join(f"{bytes_of:,} bytes as .{ending}" for ending, bytes_of in sizes.items()) + ".")
    print(f"Target: a day lands in less time than it takes to export it twice ({landing / sum(exports):.2f}).")


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


def export(attend, place, db, now, day, file="day.csv"):
    date = day.date().isoformat()
    command = [attend, "-q", "export", "records", "--date", date, "--dialect", "plain", "-o", place / file]
    return measure.run(command, school.environment(db, now))


def compressed(attend, place, db, now, day, ending):
    export(attend, place, db, now, day, f"one.{ending}")
    return (place / f"one.{ending}").stat().st_size


def count(server):
    return int(server.ask("SELECT count(*) FROM record")), int(server.ask("SELECT pg_database_size('postgres')"))


def timed(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
