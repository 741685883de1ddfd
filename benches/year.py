"""A school year, day by day: does the register always say what happened?

Each day the school of year_school.py sends its lines and the office does its work: newcomers, moves, leavers, marks,
excuses, closed and moved lessons. Every night backs up and prunes. Every evening the register is compared with the
truth, all views with each other, and the file with itself. One evening the disk dies. The first difference stops the
run. The same arguments give the same year.
"""
import random
import shutil
import statistics
import sys
import time
from datetime import timedelta

import measure
import school as schools
from year_evening import RETENTION, Evening
from year_office import WORK, Office, per_day
from year_school import CAMERAS, DAYS, HALF_ENDS, LESSONS, YEAR, School, clock, instant, wing


class Year:
    """A year of one school, with everything that is counted in it."""

    def __init__(self, attend, folder, calendar, size, often):
        self.office, self.calendar = Office(attend, folder), calendar
        self.school = School(calendar, size, often, random.Random(f"year {size}"))
        self.evening = Evening(self.office, self.school)
        self.pending, self.later, self.left = [], [], []
        self.backup = folder / "year.backup.db"

    def found(self):
        eve = instant(self.calendar.first - timedelta(days=2), "12:00")
        run = lambda *args: self.office.run(eve, "-q", *args)
        run("init", "--timezone", "Europe/Berlin", "--school", "Year")
        run("settings", "set", "retention_days", str(RETENTION))
        for nth in range(self.school.size):
            self.school.newcomer(eve, boarder=nth % 30 == 0, choir=nth % 20 == 0)
        self.import_roll(eve, self.calendar.first - timedelta(days=2))
        for place, names in CAMERAS.items():
            for name in names:
                run("camera", "add", name, "--place", place, *(["--door"] if place == "gate" else []))
        rooms = ",".join(f"{name}={wing(name)}" for name in self.school.classes())
        for name, start, end, days, more in [
            *((name, 480 + 55 * nth, 525 + 55 * nth, "mon-fri", ["--places", rooms if nth else "gate"])
              for nth, name in enumerate(LESSONS)),
            ("Choir", 755, 800, "wed", ["--places", "hall", "--groups", "Choir"]),
            ("Night", 1410, 390, "daily", ["--places", "dorm", "--groups", "Boarders"]),
        ]:
            run("period", "add", name, "--start", clock(start), "--end", clock(end), "--days", days, "--early-grace", "10m",
                "--late-grace", "0", *more)
        for first, last in self.calendar.holidays:
            run("schedule", "close", f"{first}..{last}", "--reason", "holiday")
        self.school.closed |= self.calendar.closed()

    def import_roll(self, now, day):
        """The office exports its whole list on Mondays."""
        path = self.office.folder / f"roll-{day}.csv"
        rows = [f'{one.code},{one.name},"{one.groups(one.class_at(now))}"\n' for one in self.school.on_roll(now)]
        path.write_text("code,name,group\n" + "".join(rows))
        self.office.edit(now, "student", "import", str(path), "--deactivate-missing", "--yes")
        self.later.append((day + timedelta(days=1), lambda: path.unlink()))

    def day(self, day):
        self.office.journal.clear()
        self.night(day)
        work = self.plan(day)
        self.pending += self.school.happen(day)
        work += [(instant(day, "12:01"), lambda now: self.arrive(now))]
        if self.school.lessons(day):
            work += [(instant(day, "15:00"), lambda now: self.correct(now, day))]
        for now, what in sorted(work, key=lambda item: item[0]):
            self.deliver(now)
            what(now)
        evening = instant(day, "20:00")
        self.deliver(evening)
        self.evening.check(day, evening)
        if day == self.calendar.disaster:
            self.disaster(day, evening)

    def night(self, day):
        """The jobs of cron."""
        now = instant(day, "01:10")
        self.deliver(now)
        self.office.run(now, "db", "backup", str(self.backup))
        self.office.run(now, "prune")
        self.office.run(now, "schedule", "generate", "--days", "14", "--yes")
        for due, what in [item for item in self.later if item[0] <= day]:
            what()
        self.later = [item for item in self.later if item[0] > day]

    def deliver(self, now):
        """Sends the lines up to an instant: in time order, on some days camera by camera or shuffled, and some twice."""
        due = [line for line in self.pending if line[0] <= now]
        self.pending = self.pending[len(due):]
        lines, dice = [text for _, text in due], self.school.dice
        order = dice.randrange(6)
        if order == 0:
            lines.sort(key=lambda text: text.split('"camera":')[1])
        elif order == 1:
            dice.shuffle(lines)
        self.office.send(now, lines + lines[: dice.randrange(500)])

    def arrive(self, now):
        """Lines of cameras that were cut off, which arrive days later."""
        due = [item for item in self.school.awaiting if item[0] <= now]
        self.school.awaiting = [item for item in self.school.awaiting if item[0] > now]
        for arrival, day, lines in due:
            self.office.send(now, lines)
            self.evening.counted["lines delivered late"] += len(lines)

    def plan(self, day):
        """The office's work of a day, as instants and functions. The school knows of it before the day happens."""
        school, dice, calendar = self.school, self.school.dice, self.calendar
        work = self.odd_days(day)
        if day.weekday() == 0:
            work.append((self.monday(day), lambda now: self.import_roll(now, day)))
        if day == calendar.second_term - timedelta(days=1):
            work.append((instant(day, "12:00"), self.second_term))
        if not any(lesson.period in LESSONS for lesson in school.lessons(day)):
            return work
        work.append((instant(day, "07:30"), lambda now: self.excuse(now, day)))
        if day.weekday() in (1, 3):
            work += self.by_hand(day, instant(day, "10:20"))
        if dice.random() < 0.1 and day not in (calendar.half, calendar.saturday):
            school.moved[day, "Block 5"] = ("14:00", "14:45")
            work.append(self.scheduled(day, "07:15", "move", "Block 5", "--date", str(day), "--start", "14:00", "--end", "14:45"))
        if dice.random() < 0.1 and day != calendar.half:
            school.cancelled.add((day, "Block 4"))
            work.append(self.scheduled(day, "10:21", "cancel", "Block 4", "--date", str(day), "--reason", "trip"))
        if day == calendar.disaster:
            work.append((instant(day, "09:00"), self.erase))
        return work

    def odd_days(self, day):
        """Dates on which the timetable does not hold."""
        calendar = self.calendar
        if day == calendar.snow:
            self.school.closed.add(day)
        edits = {
            calendar.saturday: ("day", str(day), "--like", "wed"),
            calendar.half: ("day", str(day), "--until", HALF_ENDS),
            calendar.snow: ("close", str(day), "--reason", "snow"),
        }
        return [self.scheduled(day, "07:00", *edits[day])] if day in edits else []

    def scheduled(self, day, at, *edit):
        """An edit of the schedule at a local time."""
        return instant(day, at), lambda now: self.office.edit(now, "schedule", *edit, "--yes")

    def monday(self, day):
        """Newcomers, moves, leavers and returns of the week, known at a quarter to seven."""
        now, school, dice = instant(day, "06:45"), self.school, self.school.dice
        if self.evening.digests:
            some = [one for one in school.on_roll(now) if not one.edited]
            for one in dice.sample(some, 3):
                one.classes.append((now, dice.choice(school.classes())))
            for one in dice.sample(some, 2):
                self.leave(one, now)
            for one in dice.sample(some, 2):
                one.name += " Smith"
            for _ in range(2):
                school.newcomer(now, boarder=dice.random() < 0.1)
            if len(self.left) > 8:
                one = self.left.pop(dice.randrange(4))
                one.classes.append((now, dice.choice(school.classes())))
        return now

    def leave(self, one, now):
        if one.class_at(now):
            one.classes.append((now, None))
            self.left.append(one)

    def by_hand(self, day, now):
        """A newcomer, a move and a leaver in the middle of a lesson."""
        school, dice = self.school, self.school.dice
        new = school.newcomer(now)
        new.edited = True
        some = [one for one in school.on_roll(now) if not one.edited]
        mover, leaver = dice.sample(some, 2)
        mover.classes.append((now, dice.choice(school.classes())))
        mover.edited = True
        self.leave(leaver, now)

        def work(now):
            self.office.edit(now, "student", "add", new.code, new.name, "--group", new.groups(new.class_at(now)), "--yes")
            self.office.edit(now, "student", "edit", mover.code, "--group", mover.groups(mover.class_at(now)), "--yes")
            self.office.edit(now, "student", "deactivate", leaver.code, "--yes")
            self.office.edit(now, "quarantine", "retry")
        return [(now, work)]

    def second_term(self, now):
        for nth, name in enumerate([*LESSONS, "Choir"]):
            start = 490 + 55 * min(nth, 5)
            self.office.edit(now, "period", "edit", name, "--start", clock(start), "--end", clock(start + 45), "--yes")
        self.office.edit(now, "schedule", "generate", "--days", "14", "--yes")

    def excuse(self, now, day):
        """Families call about most of those who are ill."""
        ill = [one.code for one in self.school.on_roll(now) if one.ill_until >= day]
        excused = [code for code in ill if self.school.dice.random() < 0.7]
        if excused:
            path = self.office.folder / f"ill-{day}.txt"
            path.write_text("\n".join(excused) + "\n")
            self.office.edit(now, "mark", "excused", "--from-file", str(path), "--date", str(day), "--reason", "ill", "--yes")
            self.school.excused |= {(day, code) for code in excused}
            self.later.append((day + timedelta(days=1), lambda: path.unlink()))

    def correct(self, now, day):
        """Teachers correct some entries of the day, of the week before, and of days without evidence."""
        school, dice = self.school, self.school.dice
        for ago in (0, 0, 0, 1, 7, RETENTION + 12):
            then = day - timedelta(days=ago)
            lessons = [lesson for lesson in school.lessons(then) if lesson.end <= now and lesson.period in LESSONS[:5]]
            if not lessons or then < self.calendar.first:
                continue
            lesson = dice.choice(lessons)
            some = [one for one in school.on_roll(lesson.start) if one.class_at(now)]
            one, status = dice.choice(some), dice.choice(["present", "absent", "excused"])
            before = self.office.records(now, "--date", str(then)) if ago > 1 else None
            self.office.edit(now, "mark", one.code, status, "--period", lesson.period, "--date", str(then), "--reason", "corrected",
                             "--yes")
            school.marks[then, lesson.period, one.code] = status
            if before:
                self.evening.only(before, self.office.records(now, "--date", str(then)), (lesson.period, one.code))

    def erase(self, now):
        """Erases a student who left. The journal does not repeat it."""
        self.evening.erased = self.left.pop(0) if self.left else self.school.students["S00002"]
        gone = self.office.records(now, "--student", self.evening.erased.code, "--from", str(self.calendar.first))
        self.leave(self.evening.erased, now)
        digests = self.evening.digests
        for day, (number, total) in per_day(gone).items():
            if day in digests:
                rows, whole = digests[day]
                digests[day] = (rows - number, (whole - total) % 2**64)
        self.office.run(now, "student", "erase", self.evening.erased.code, "--reason", "asked")
        self.school.awaiting = [(arrival, day, [text for text in lines if self.evening.erased.code not in text])
                                for arrival, day, lines in self.school.awaiting]

    def disaster(self, day, now):
        """The disk dies. The office restores the backup of the night, and the runners send the day again."""
        schools.remove(self.office.db)
        shutil.copy(self.backup, self.office.db)
        found = [row["check"] for row in self.office.json(now, "db", "check")["rows"] if row["result"] != "ok"]
        self.evening.agree(day, "db check of the backup", found, ["erased students stay erased"])
        self.office.run(now, "student", "erase", self.evening.erased.code, "--reason", "asked")
        self.office.replay()
        self.evening.check(day, now)
        self.evening.unchanged(day, now)
        self.evening.counted["restores"] += 1


def medians(times):
    """The median milliseconds of a kind of command in the first and in the last tenth of its runs."""
    some = max(len(times) // 10, 1)
    return statistics.median(times[:some]) * 1000, statistics.median(times[-some:]) * 1000


def bench(attend, folder, _, quick):
    calendar, size, often = (DAYS, 50, 5) if quick else (YEAR, 2000, 1)  # a few days with many faults, or a usual year
    return run(attend, folder / "year", calendar, size, often)


def run(attend, folder, calendar, size, often):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    year, began = Year(attend, folder, calendar, size, often), time.perf_counter()
    year.found()
    for day in calendar.days():
        year.day(day)
        if day.weekday() == 6:
            print(f"{day}: {year.evening.counted['compared']:,} entries compared, {time.perf_counter() - began:.0f} s", file=sys.stderr)
    report(year, size, (time.perf_counter() - began) / 60)
    return year


def report(year, size, minutes):
    school, office, counted = year.school, year.office, year.evening.counted
    taught = sum(any(lesson.period in LESSONS for lesson in school.lessons(day)) for day in year.calendar.days())
    measure.table([f"{taught} school days, {size:,} students", ""], [
        ("entries of the register compared with the truth", f"{counted['compared']:,}"),
        ("lines sent", f"{office.lines:,}"),
        ("of them days late", f"{counted['lines delivered late']:,}"),
        ("refused, because their day was pruned", f"{office.refused:,}"),
        ("faults of cameras", f"{sum(map(len, school.faults.values())):,}"),
        ("edits by the office", f"{office.edits:,}"),
        ("absences of students who were there", f"{len(year.evening.invented)}"),
        ("**of them where the place was blind for two minutes more than allowed**", f"**{year.evening.unexplained()}**"),
        ("entries left open as `unknown`", f"{counted['unknown']:,}"),
        ("views compared with the register", f"{counted['views']:,}"),
        ("registers compared with themselves, weeks or months later", f"{counted['registers compared with themselves']:,}"),
        ("size of the file", f"{office.db.stat().st_size / 2**20:.1f} MiB"),
        ("the whole run", f"{minutes:.1f} min"),
    ])
    print()
    measure.table(["median time of a command", "first tenth of the year", "last tenth"], [
        (f"`{work}`", *(f"{ms:.0f} ms" for ms in medians(office.times[work]))) for work in WORK if office.times[work]])
