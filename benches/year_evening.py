"""The evening comparisons of the simulated year: register and truth, one view and another, a date and its past."""
import collections
import sys
from datetime import timedelta

from year_office import STATUSES, digest, per_day
from year_school import instant

RETENTION = 30  # days
HEARTBEATS = 120  # seconds that the heartbeats before and after an outage vouch for


class Evening:
    """Compares what the program shows. The first difference ends the run."""

    def __init__(self, office, school):
        self.office, self.school, self.calendar = office, school, school.calendar
        self.erased = None  # the student
        self.digests = {}  # of each date's register
        self.counted = collections.Counter()
        # Absences of students who were there, and for how many seconds more than allowed their place was blind.
        self.invented = {}

    def check(self, day, now):
        arrived = {then for arrival, then, _ in self.arrivals(day)}
        for then in sorted({day - timedelta(days=1), day} | arrived):
            if self.calendar.first <= then and (day - then).days < RETENTION - 1:
                rows = self.office.records(now, "--date", str(then))
                self.compare(then, rows, now)
                self.views(then, rows, now)
                if rows:
                    self.digests[str(then)] = digest(rows)
        self.office.run(now, "db", "check")
        if day.weekday() == 4:
            self.weekly(day, now)

    def arrivals(self, day):
        """The late lines that arrived today."""
        begin, end = instant(day, "00:00"), instant(day, "23:59")
        return [(fault.arrives, then, fault) for then, faults in self.school.faults.items() for fault in faults
                if begin <= fault.arrives <= end]

    def compare(self, day, rows, now):
        """Compares the register of a date with the truth."""
        shown = {(row["period"], row["student"]): row["status"] for row in rows}
        if len(shown) != len(rows):
            sys.exit(f"{day}: {len(rows) - len(shown)} rows appear twice")
        for lesson in self.school.lessons(day):
            if lesson.start > now:
                continue
            for student in self.school.students.values():
                if student is self.erased:
                    continue
                right = self.school.answers(lesson, student, now)
                status = shown.pop((lesson.period, student.code), None)
                if (status is None) != (not right) or (status and status not in right):
                    seen = self.school.seen.get((day, lesson.period, student.code))
                    sys.exit(f"{day} {lesson.period} {student}: {status}, not {right or 'missing'} at {now}; seen {seen}; "
                             f"faults {self.school.faults[day]}")
                self.count(lesson, student, status)
        if shown:
            sys.exit(f"{day}: rows without a student: {list(shown.items())[:5]}")

    def count(self, lesson, student, status):
        key = (lesson.day, lesson.period, student.code)
        there = key in self.school.there
        self.counted.update({"compared": int(status is not None), "unknown": int(status == "unknown")})
        if there and status == "absent" and key not in self.school.marks:
            self.invented[key] = self.school.beyond(lesson, student)
        else:
            self.invented.pop(key, None)  # it was corrected, or lines came late

    def unexplained(self):
        """Absences of students who were there that neither the allowance nor the heartbeats beside an outage explain."""
        return sum(beyond > HEARTBEATS for beyond in self.invented.values())

    def views(self, day, rows, now):
        """Compares the register of a date with the other views of it."""
        if not rows:
            return
        periods = collections.defaultdict(collections.Counter)
        statuses = collections.defaultdict(dict)
        for row in rows:
            if row["status"] != "elsewhere":
                periods[row["period"]][row["status"]] += 1
                periods[row["period"]]["expected"] += 1
            statuses[row["student"]][row["period"]] = row["status"]
        names, begun = [*STATUSES, "expected"], {row["period"] for row in rows}
        summary = self.office.json(now, "summary", "--date", str(day))
        for period in summary["periods"]:
            self.agree(day, "summary", pick(period, names), pick(periods[period["period"]], names))
        for row in summary["rows"]:
            for period in begun:
                if statuses[row["student"]].get(period) != "elsewhere":
                    self.agree(day, f"summary of {row['student']} in {period}", row[period], statuses[row["student"]].get(period))
        by_period = self.office.json(now, "summary", "--date", str(day), "--by", "period")
        for row in by_period["rows"]:
            self.agree(day, "summary --by period", pick(row, names), pick(periods[row["period"]], names))
        self.agree(day, "summary --by period", by_period["expected"], sum(counts["expected"] for counts in periods.values()))
        for period, counts in ((period, periods[period]) for period in begun):
            roster = self.office.json(now, "roster", "show", "--period", period, "--date", str(day))
            self.agree(day, "roster", pick(roster, names), pick(counts, names))
            self.agree(day, "rows of the roster", {row["student"]: row["status"] for row in roster["rows"]},
                       {code: own[period] for code, own in statuses.items() if period in own})
            self.counted["views"] += 1
        self.counted["views"] += 2

    @staticmethod
    def agree(day, view, one, other):
        if one != other:
            sys.exit(f"{day}: {view} shows {one}, and the register {other}")

    def weekly(self, day, now):
        """Derives a week again, and tells that no register of the year has changed by itself."""
        first = max(day - timedelta(days=6), self.calendar.first)
        rows = self.office.json(now, "recompute", "--from", str(first), "--to", str(day), "--dry-run")["rows"]
        self.agree(day, "recompute", rows, [])
        if day.day <= 7 or day + timedelta(days=7) > self.calendar.last:
            self.unchanged(day, now)

    def unchanged(self, day, now):
        self.agree(day, "the whole year", per_day(self.office.records(now, "--from", str(self.calendar.first))), self.digests)
        self.counted["registers compared with themselves"] += len(self.digests)

    def only(self, before, after, key):
        """Tells that a mark changed no other row, and takes the new register as it is."""
        both = [{(row["period"], row["student"]): row for row in rows} for rows in (before, after)]
        changed = {one for one in both[0].keys() | both[1].keys() if both[0].get(one) != both[1].get(one)}
        if changed - {key}:
            sys.exit(f"a mark of {key} changed {changed}")
        self.digests[after[0]["date"]] = digest(after)


def pick(counts, names):
    return {name: counts[name] for name in names}
