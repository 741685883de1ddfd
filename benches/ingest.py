"""A million recognitions into a fresh table, by attend and by public tools."""
import pathlib
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import timedelta

import measure
import school

KEY = "PRIMARY KEY (ts, student, camera)"
#: attend's own table, without the rest of its schema.
TABLE = f"""CREATE TABLE recognition (ts INTEGER NOT NULL, student INTEGER NOT NULL, camera INTEGER NOT NULL,
    score REAL NOT NULL, crop TEXT, {KEY}) STRICT, WITHOUT ROWID"""
#: The same for a tool that stores JSON lines unchanged.
TEXT_TABLE = TABLE.replace("ts INTEGER", "ts TEXT").replace("student INTEGER", "student TEXT") \
    .replace("camera INTEGER", "camera TEXT")
OURS, BASE = "`attend ingest`, every rule, all acks", "`sqlite3` `.import` (CSV)"
BARE = "a bare insert loop, no rules (CSV)"


@dataclass(frozen=True)
class Load:
    """Lines, and the most of the time of `.import` that they may take."""
    number: int
    students: int
    days: int
    crops: bool  # whether lines name their picture
    wall: float
    cpu: float | None

    def __str__(self):
        crops = "with" if self.crops else "without"
        return f"{self.number:,} lines {crops} crops, {self.students:,} students, {self.days} school day{'s' * (self.days > 1)}"


#: The first is the load of all contenders, the second of those that need no path of a crop.
LOADS = [Load(1_000_000, 300, 5, True, 0.45, None), Load(600_000, 2_000, 1, False, 0.65, 1.0)]


def bench(attend, folder, rounds, quick):
    loads = [replace(load, number=load.number // 50) for load in LOADS] if quick else LOADS
    print(f"{school.PERIODS} periods a day, {school.CAMERAS} cameras; {rounds} round{'s' * (rounds > 1)} in turns; fresh "
          "tables keyed by (ts, student, camera), WAL, synchronous=FULL.")
    shares = []
    for load in loads:
        tools = Tools(attend, folder, load)
        contenders, left_out = tools.contenders(quick)
        if load != loads[0]:
            contenders = {name: run for name, run in contenders.items() if name in (OURS, BASE, BARE)}
        costs = measure.in_turns(contenders, rounds)
        tools.clean_up()
        print(f"\n{load}:\n")
        show(load, costs)
        shares.append([load, compare(costs[OURS], costs), load.wall, compare(costs[OURS], costs, "cpu"), load.cpu or ""])
        if load == loads[0]:
            print(f"\n{tools.versions()} DuckDB's table has no key. The ratios are medians of the ratios round by round.")
            for name in left_out:
                print(f"Left out, since it is not installed here: {name}.")
    print("\nThe share of `.import` that `attend` takes, and the targets:\n")
    measure.table(["", "wall", "at most", "CPU", "at most"], shares)


def show(load, costs):
    measure.table(
        ["", "median", "min", "lines/s", "CPU", "peak memory", "÷ .import", "CPU ÷ .import"],
        [[name, f"{measure.median(cost):.2f} s", f"{min(c.wall for c in cost):.2f} s",
          f"{load.number / measure.median(cost):,.0f}", f"{measure.median(cost, 'cpu'):.2f} s",
          f"{max(c.peak for c in cost):.0f} MiB", compare(cost, costs), compare(cost, costs, "cpu")]
         for name, cost in costs.items()])


def compare(cost, costs, what="wall"):
    return f"{measure.ratio(cost, costs[BASE], what):.2f}" if BASE in costs else "–"


def write_input(folder, load):
    """The recognitions as JSON lines and as CSV; read once, so that every contender finds them in memory."""
    lines, rows = folder / f"lines-{load.number}.jsonl", folder / f"rows-{load.number}.csv"
    if not (lines.exists() and rows.exists()):
        unfinished = lines.with_suffix(".part"), rows.with_suffix(".part")
        with open(unfinished[0], "w") as to_lines, open(unfinished[1], "w") as to_rows:
            for day in school.school_days(school.SUNDAY, load.days):
                for sighting in school.sightings(load.number // load.days, load.students, day, "ingest"):
                    to_lines.write(school.line(*sighting, crops=load.crops))
                    to_rows.write(school.row(*sighting, crops=load.crops))
        unfinished[0].rename(lines), unfinished[1].rename(rows)
    for path in (lines, rows):
        measure.run(["cat", path])
    return lines, rows


class Tools:
    """The contenders. Each makes its database, is timed, and counts its rows."""

    def __init__(self, attend, folder, load):
        self.attend, self.folder, self.load = attend, folder, load
        self.lines, self.rows = write_input(folder, load)
        self.db, self.duckdb, self.acks = (folder / name for name in ("ingest.db", "ingest.duckdb", "acks.jsonl"))
        self.venv, self.floor = folder / "venv" / "bin", None

    def contenders(self, quick):
        """The installed contenders by name, and the names of the missing ones."""
        if not quick:
            self.floor = measure.build_bench("floor")
            self.fetch()
        all_of_them = {
            OURS: (self.run_attend, True),
            BASE: (self.run_import, shutil.which("sqlite3")),
            "`sqlite-utils insert --nl`": (self.run_sqlite_utils, (self.venv / "sqlite-utils").exists()),
            "DuckDB `read_json`": (self.run_duckdb, any(self.venv.glob("../lib*/python*/site-packages/duckdb"))),
            BARE: (self.run_floor, self.floor),
        }
        present = {name: run for name, (run, there) in all_of_them.items() if there}
        return present, [name for name in all_of_them if name not in present]

    def fetch(self):
        """Public tools from PyPI, into a folder of their own."""
        if not (self.venv / "python").exists():
            subprocess.run([sys.executable, "-m", "venv", self.venv.parent], check=True)
        if not (self.venv / "sqlite-utils").exists():
            install = [self.venv / "python", "-m", "pip", "install", "--quiet", "sqlite-utils", "duckdb"]
            subprocess.run(install, stdout=sys.stderr)

    def versions(self):
        said = [f"sqlite3 {sqlite3_version()}"] if shutil.which("sqlite3") else []
        for name in ("sqlite-utils", "duckdb"):
            found = [path.name.removesuffix(".dist-info").split("-")[1] for path in
                     self.venv.glob(f"../lib/python*/site-packages/{name.replace('-', '_')}-*.dist-info")]
            said += [f"{name} {version}" for version in found]
        return ", ".join(said) + "."

    def run_attend(self):
        now = school.SUNDAY + timedelta(days=self.load.days)
        env = school.make(self.attend, self.db, self.load.students, now, days=self.load.days)
        cost = measure.run([self.attend, "ingest"], env, stdin=self.lines, stdout=self.acks)
        self.expect(count(self.db), "rows")
        with open(self.acks, "rb") as file:
            self.expect(sum(b'"status":20' in ack for ack in file), "acks of stored lines")
        return cost

    def run_import(self):
        make_table(self.db, TABLE)
        pragma = "PRAGMA synchronous=FULL"
        command = ["sqlite3", self.db, "-cmd", pragma, f".import --csv '{self.rows}' recognition"]
        return self.counted(measure.run(command))

    def run_sqlite_utils(self):
        make_table(self.db, TEXT_TABLE)
        keys = [word for column in ("ts", "student", "camera") for word in ("--pk", column)]
        command = [self.venv / "sqlite-utils", "insert", self.db, "recognition", self.lines, "--nl", *keys]
        return self.counted(measure.run(command))

    def run_duckdb(self):
        self.duckdb.unlink(missing_ok=True)
        script = (
            "import duckdb, sys\n"
            "db = duckdb.connect(sys.argv[1])\n"
            "columns = {'ts': 'TIMESTAMPTZ', 'student': 'VARCHAR', 'camera': 'VARCHAR', 'score': 'DOUBLE',\n"
            "           'crop': 'VARCHAR'}\n"
            "db.execute('CREATE TABLE recognition AS SELECT * FROM read_json(?, format = ?, columns = '\n"
            "           + str(columns) + ')', [sys.argv[2], 'newline_delimited'])\n"
            "assert db.execute('SELECT count(*) FROM recognition').fetchall()[0][0] == int(sys.argv[3])\n"
            "db.close()\n"
        )
        return measure.run([self.venv / "python", "-c", script, self.duckdb, self.lines, str(self.load.number)])

    def run_floor(self):
        make_table(self.db, TABLE)
        return self.counted(measure.run([self.floor, self.db, self.rows]))

    def clean_up(self):
        school.remove(self.db)
        for path in (self.duckdb, self.acks):
            path.unlink(missing_ok=True)

    def counted(self, cost):
        self.expect(count(self.db), "rows")
        return cost

    def expect(self, found, what):
        if found != self.load.number:
            sys.exit(f"{found} {what} instead of {self.load.number}: this run measures nothing")


def make_table(db, table):
    school.remove(db)
    with sqlite3.connect(db) as conn:
        conn.execute("PRAGMA journal_mode=WAL")
        conn.execute(table)
    conn.close()


def count(db):
    conn = sqlite3.connect(pathlib.Path(db))
    (number,) = conn.execute("SELECT count(*) FROM recognition").fetchone()
    conn.close()
    return number


def sqlite3_version():
    return measure.version(["sqlite3", "--version"])
