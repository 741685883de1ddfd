"""Runs `attend` for the office of the simulated year, and compares registers."""
import collections
import csv
import io
import json
import os
import subprocess
import sys
import time

import school as schools
from year_school import stamp

STATUSES = ("present", "absent", "excused", "low_score", "unknown")
# The columns of the register that must not change without a cause.
COLUMNS = ("date", "period", "student", "status", "first_seen", "last_seen", "best_score", "best_camera", "sightings",
           "minutes_late", "marked_by")
REFUSALS = {"unknown_student", "inactive_student", "erased_student", "older_than_retention"}
WORK = ("ingest", "export", "roster", "summary", "recompute", "db check", "db backup", "prune")


class Office:
    """Runs the program at given instants. Keeps a journal of the day, and how long each kind of command took."""

    def __init__(self, attend, folder):
        self.attend, self.db, self.folder = attend, folder / "year.db", folder
        schools.remove(self.db)
        (folder / ".year.db.erased").unlink(missing_ok=True)
        self.journal, self.times = [], collections.defaultdict(list)
        self.lines = self.refused = self.edits = 0

    def run(self, now, *args, stdin=None, fine=(0,)):
        """The standard output of a command at an instant."""
        env = {"ATTEND_DB": str(self.db), "ATTEND_NOW": stamp(now), "USER": "office", "PATH": os.environ["PATH"], "LC_ALL": "C"}
        began = time.perf_counter()
        done = subprocess.run([self.attend, *args], env=env, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=600)
        kind = next((work for work in WORK if " ".join(args).startswith(work)), "edits")
        self.times[kind].append(time.perf_counter() - began)
        if done.returncode not in fine:
            sys.exit(f"{stamp(now)} attend {' '.join(args)}: exit code {done.returncode}\n{done.stderr.decode()}")
        return done.stdout.decode()

    def edit(self, now, *args):
        """Changes something by hand; the journal repeats it after the disaster."""
        self.edits += 1
        self.journal.append((now, args, None))
        return self.run(now, *args)

    def send(self, now, lines, expected=REFUSALS):
        if lines:
            self.lines += len(lines)
            self.journal.append((now, lines, expected))
            self.refused += self._send(now, lines, expected)

    def _send(self, now, lines, expected):
        acks = self.run(now, "ingest", "--acks", "errors", stdin="".join(lines).encode(), fine=(0, 65))
        reasons = collections.Counter(json.loads(ack)["reason"] for ack in acks.splitlines())
        if reasons.keys() - expected:
            sys.exit(f"{stamp(now)} refused: {dict(reasons)}")
        return reasons.total()

    def replay(self):
        for now, what, expected in self.journal:
            if expected is None:
                self.run(now, *what)
            else:
                self._send(now, what, expected)

    def records(self, now, *args):
        """The rows of the register."""
        printed = self.run(now, "export", "records", "--dialect", "plain", "--columns", ",".join(COLUMNS), *args)
        return list(csv.DictReader(io.StringIO(printed)))

    def json(self, now, *args):
        """A report, which may say with exit code 1 that something is wrong."""
        return json.loads(self.run(now, *args, "--format", "json", fine=(0, 1)))


def digest(rows):
    """The number of some rows and a sum of their hashes, which is the same in any order."""
    return len(rows), sum(hash(tuple(row[column] for column in COLUMNS)) for row in rows) % 2**64


def per_day(rows):
    days = collections.defaultdict(list)
    for row in rows:
        days[row["date"]].append(row)
    return {day: digest(rows) for day, rows in days.items()}
