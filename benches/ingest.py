"""A million recognitions into a fresh table, by attend and by public tools."""
import pathlib
import shutil
import sqlite3
import subprocess
import sys
from datetime import timedelta

import measure
import school

LINES, QUICK_LINES = 1_000_000, 20_000
STUDENTS, DAYS = 300, 5
KEY = "PRIMARY KEY (ts, student, camera)"
#: attend's own table, without the rest of its schema.
TABLE = f"""CREATE TABLE recognition (ts INTEGER NOT NULL, student INTEGER NOT NULL, camera INTEGER NOT NULL,
    score REAL NOT NULL, crop TEXT, {KEY}) STRICT, WITHOUT ROWID"""
#: The same for a tool that stores JSON lines unchanged.
TEXT_TABLE = TABLE.replace("ts INTEGER", "ts TEXT").replace("student INTEGER", "student TEXT") \
    .replace("camera INTEGER", "camera TEXT")
BASE = "`sqlite3` `.import` (CSV)"


def bench(attend, folder, rounds, quick):
    number = QUICK_LINES if quick else LINES
    lines, rows = write_input(folder, number)
    tools = Tools(attend, folder, lines, rows, number)
    contenders, left_out = tools.contenders(quick)
    costs = measure.in_turns(contenders, rounds)
    tools.clean_up()
    print(f"{number:,} recognitions of {STUDENTS} students, {DAYS} school days, {school.PERIODS} periods a day, "
          f"{school.CAMERAS} cameras; {rounds} round{'s' * (rounds > 1)} in turns; fresh tables keyed by (ts, student, camera), WAL, "
          f"synchronous=FULL.\n")
    measure.table(
        ["", "median", "min", "lines/s", "CPU", "peak memory", "÷ .import", "CPU ÷ .import"],
        [[name, f"{measure.median(cost):.2f} s", f"{min(c.wall for c in cost):.2f} s",
          f"{number / measure.median(cost):,.0f}", f"{measure.median(cost, 'cpu'):.2f} s",
          f"{max(c.peak for c in cost):.0f} MiB", compare(cost, costs), compare(cost, costs, "cpu")]
         for name, cost in costs.items()])
    print(f"\n{tools.versions()}")
    print("DuckDB's table has no key. The ratios are medians of the ratios round by round. No peak can be measured "
          f"below {measure.own_peak():.0f} MiB, that of the measuring program.")
    for name in left_out:
        print(f"Left out, since it is not installed here: {name}.")


def compare(cost, costs, what="wall"):
    return f"{measure.ratio(cost, costs[BASE], what):.2f}" if BASE in costs else "–"


def write_input(folder, number):
    """The recognitions as JSON lines and as CSV; read once, so that every contender finds them in memory."""
    lines, rows = folder / f"lines-{number}.jsonl", folder / f"rows-{number}.csv"
    if not (lines.exists() and rows.exists()):
        unfinished = lines.with_suffix(".part"), rows.with_suffix(".part")
        with open(unfinished[0], "w") as to_lines, open(unfinished[1], "w") as to_rows:
            for day in school.school_days(school.SUNDAY, DAYS):
                for sighting in school.sightings(number // DAYS, STUDENTS, day, "ingest"):
                    to_lines.write(school.line(*sighting))
                    to_rows.write(school.row(*sighting))
        unfinished[0].rename(lines), unfinished[1].rename(rows)
    for path in (lines, rows):
        measure.run(["cat", path])
    return lines, rows


class Tools:
    """The contenders. Each makes its database, is timed, and counts its rows."""

    def __init__(self, attend, folder, lines, rows, number):
        self.attend, self.folder, self.lines, self.rows, self.number = attend, folder, lines, rows, number
        self.db, self.duckdb, self.acks = (folder / name for name in ("ingest.db", "ingest.duckdb", "acks.jsonl"))
        self.venv, self.floor = folder / "venv" / "bin", None

    def contenders(self, quick):
        """The installed contenders by name, and the names of the missing ones."""
        if not quick:
            self.floor = measure.build_bench("floor")
            self.fetch()
        all_of_them = {
            "`attend ingest`, every rule, all acks": (self.run_attend, True),
            BASE: (self.run_import, shutil.which("sqlite3")),
            "`sqlite-utils insert --nl`": (self.run_sqlite_utils, (self.venv / "sqlite-utils").exists()),
            "DuckDB `read_json`": (self.run_duckdb, any(self.venv.glob("../lib*/python*/site-packages/duckdb"))),
            "a bare insert loop, no rules (CSV)": (self.run_floor, self.floor),
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
        now = school.SUNDAY + timedelta(days=DAYS)
        env = school.make(self.attend, self.db, STUDENTS, now, days=DAYS)
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
        return measure.run([self.venv / "python", "-c", script, self.duckdb, self.lines, str(self.number)])

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
        if found != self.number:
            sys.exit(f"{found} {what} instead of {self.number}: this run measures nothing")


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
