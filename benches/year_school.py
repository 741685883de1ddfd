"""The school of the simulated year: its calendar, students, cameras and faults, and the truth about each lesson.

Instants are whole seconds since 1970. The same arguments give the same year.
"""
import collections
import itertools
import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from school import MAX_BLIND, MIN_COVERAGE

ZONE = ZoneInfo("Europe/Berlin")
LESSONS = [f"Block {n}" for n in range(1, 7)]
EARLY = 600  # seconds before the start that count
NEVER = float("inf")
CLASS_SIZE, WINGS = 25, 8
LATE_AFTER = 600
# The probability of each fault at a place on a day, and its shortest and longest duration in minutes.
FAULTS = {"one camera": (0.03, 30, 300), "all cameras": (0.03, 6, 300), "error": (0.02, 6, 120),
          "restart": (0.05, 1, 1), "delivered late": (0.04, 20, 400)}


def cameras():
    """The cameras of each place."""
    wings = {f"wing {n}": [f"wing-{n}-a", f"wing-{n}-b"] for n in range(1, WINGS + 1)}
    return {"gate": ["gate-1", "gate-2"], **wings, "hall": ["hall-1"], "dorm": ["dorm-1", "dorm-2"]}


CAMERAS = cameras()


@dataclass
class Calendar:
    """The dates of a school year."""
    first: date
    last: date
    holidays: list  # (first, last)
    second_term: date  # from here on lessons begin ten minutes later
    half: date  # school is over after the fourth lesson
    snow: date  # closed on the morning itself
    saturday: date  # taught like a Wednesday
    disaster: date  # the disk dies in the evening, after a student was erased

    def days(self):
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    def closed(self):
        return {first + timedelta(days=n) for first, last in self.holidays for n in range((last - first).days + 1)}


YEAR = Calendar(
    first=date(2026, 8, 31), last=date(2027, 7, 9), second_term=date(2027, 1, 11), half=date(2027, 1, 29),
    snow=date(2027, 2, 4), saturday=date(2026, 11, 21), disaster=date(2027, 3, 10),
    holidays=[(date(2026, 10, 12), date(2026, 10, 23)), (date(2026, 12, 23), date(2027, 1, 8)),
              (date(2027, 3, 29), date(2027, 4, 9)), (date(2027, 5, 6), date(2027, 5, 7)),
              (date(2027, 5, 17), date(2027, 5, 18))])
# Eight days with the same events, among them the night in which clocks go back.
DAYS = Calendar(
    first=date(2026, 10, 23), last=date(2026, 10, 30), second_term=date(2026, 10, 28), half=date(2026, 10, 29),
    snow=date(2026, 10, 30), saturday=date(2026, 10, 24), disaster=date(2026, 10, 27),
    holidays=[(date(2026, 10, 31), date(2026, 11, 6))])
HALF_ENDS = "11:45"  # after the fourth lesson of the second term


def instant(day, clock):
    """The instant of a local time such as 08:00 on a date; its first one in a repeated hour."""
    hours, minutes = map(int, clock.split(":"))
    return int(datetime(day.year, day.month, day.day, hours, minutes, tzinfo=ZONE).timestamp())


def stamp(at):
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def clock(minutes):
    return f"{minutes // 60:02}:{minutes % 60:02}"


@dataclass
class Student:
    """A student with the classes of the year."""
    code: str
    name: str
    classes: list  # (instant since, class), in time order; None instead of a class: off the roll
    boarder: bool = False
    choir: bool = False
    edited: bool = False  # groups were given by hand, so imports leave them alone
    ill_until: date = date.min

    def class_at(self, at):
        return next((name for since, name in reversed(self.classes) if since <= at), None)

    def groups(self, name):
        return ",".join([name, *(["Boarders"] if self.boarder else []), *(["Choir"] if self.choir else [])])


@dataclass
class Lesson:
    """A period on a date."""
    day: date
    period: str
    start: int
    end: int

    def belongs(self, student):
        return {"Night": student.boarder, "Choir": student.choir}.get(self.period, True)

    def place(self, group):
        return {"Block 1": "gate", "Night": "dorm", "Choir": "hall"}.get(self.period) or wing(group)


@dataclass
class Fault:
    """A fault of some cameras at one place. Lines that are delivered late arrive at `arrives`."""
    kind: str
    place: str
    cameras: list
    begin: int
    end: int
    arrives: int = 0

    def holds(self, at):
        return self.begin <= at < self.end


def wing(group):
    return f"wing {(int(group[1:]) - 1) % WINGS + 1}"


@dataclass
class School:
    """The truth: everything that happened, whether a camera saw it or not."""
    calendar: Calendar
    size: int
    often: float  # how often cameras fail: 1 in a usual year
    dice: random.Random
    students: dict = field(default_factory=dict)  # by code, also those who left
    marks: dict = field(default_factory=dict)  # (date, period, code) to the status that a person gave
    excused: set = field(default_factory=set)  # (date, code)
    cancelled: set = field(default_factory=set)  # (date, period)
    moved: dict = field(default_factory=dict)  # (date, period) to local start and end
    closed: set = field(default_factory=set)  # dates
    there: set = field(default_factory=set)  # (date, period, code) of those who were there
    seen: dict = field(default_factory=lambda: collections.defaultdict(list))  # the same to (instant, arrival) pairs
    faults: dict = field(default_factory=lambda: collections.defaultdict(list))  # by date
    # By date, camera and minute: when a sign that the camera sees arrived, and when one that it does not. Or never.
    told: dict = field(default_factory=dict)
    awaiting: list = field(default_factory=list)  # (arrival, date, lines)
    number: int = 0

    def classes(self):
        return [f"C{n:02}" for n in range(1, max(self.size // CLASS_SIZE, WINGS) + 1)]

    def newcomer(self, since, boarder=False, choir=False):
        self.number += 1
        group = self.dice.choice(self.classes())
        student = Student(f"S{self.number:05}", f"Student Number {self.number}", [(since, group)], boarder, choir)
        self.students[student.code] = student
        return student

    def on_roll(self, at):
        return [student for student in self.students.values() if student.class_at(at)]

    def lessons(self, day):
        """The lessons that are held on a date."""
        if day in self.closed:
            return []
        calendar, shift = self.calendar, 10 if day >= self.calendar.second_term else 0
        plan = {}
        if day.weekday() < 5 or day == calendar.saturday:
            plan = {name: (clock(480 + 55 * nth + shift), clock(525 + 55 * nth + shift)) for nth, name in enumerate(LESSONS)}
        if day.weekday() == 2 or day == calendar.saturday:
            plan["Choir"] = plan["Block 6"]
        plan["Night"] = ("23:30", "06:30")
        if day == calendar.half:
            plan = {name: times for name, times in plan.items() if times[0] < HALF_ENDS}
        held = []
        for name, times in plan.items():
            if (day, name) not in self.cancelled:
                start, end = self.moved.get((day, name), times)
                held.append(Lesson(day, name, instant(day, start), instant(day + timedelta(days=end < start), end)))
        return held

    def has_choir(self, day):
        return any(lesson.period == "Choir" for lesson in self.lessons(day))

    def happen(self, day):
        """Lets a day happen. Returns the lines that its cameras send at once, in time order."""
        faults = self.faults[day] = self._faults(day)
        told = self.told[day] = {}
        self.told.pop(day - timedelta(days=60), None)  # no comparison looks back so far
        lines, late = [], collections.defaultdict(list)

        def send(at, place, text, sighting=None):
            """Lets a place send a line unless none of its cameras can."""
            hit = [fault for fault in faults if fault.place == place and fault.holds(at)]
            dead = {camera for fault in hit if fault.kind != "delivered late" for camera in fault.cameras
                    if fault.kind != "error" or sighting}
            alive = [camera for camera in CAMERAS[place] if camera not in dead]
            error = any(fault.kind == "error" for fault in hit)
            arrival = next((fault.arrives for fault in hit if fault.kind == "delivered late"), at)
            for camera in [self.dice.choice(alive)] if sighting and alive else alive:
                whole = text.replace("CAMERA", camera).replace("ERROR", "rtsp: no route" if error else "")
                (lines if arrival == at else late[arrival]).append((at, whole))
                if sighting:
                    self.seen[sighting].append((at, arrival))
                # A heartbeat vouches for its minute and one to either side, a recognition for its own.
                for minute in [at // 60] if sighting or error else range(at // 60 - 1, at // 60 + 2):
                    sees, blind = told.get((camera, minute), (NEVER, NEVER))
                    told[camera, minute] = (sees, min(blind, arrival)) if error else (min(sees, arrival), blind)

        for lesson in self.lessons(day):
            self._attend(lesson, send)
        for begin, end, places in self._open(day):
            for at in range(begin, end, 60):
                text = f'{{"type":"heartbeat","camera":"CAMERA","ts":"{stamp(at)}","snapshot_every":60,"last_error":"ERROR"}}\n'
                for place in places:
                    send(at + 7, place, text)
        self.awaiting += [(arrival, day, [text for _, text in sorted(some)]) for arrival, some in late.items()]
        return sorted(lines)

    def _open(self, day):
        """The hours in which cameras run, with their places."""
        lessons = self.lessons(day)
        taught = [lesson for lesson in lessons if lesson.period != "Night"]
        if taught:
            begin, end = min(lesson.start for lesson in taught) - 1200, max(lesson.end for lesson in taught) + 600
            yield begin // 60 * 60, end, [place for place in CAMERAS if place != "dorm"]
        for lesson in lessons:
            if lesson.period == "Night":
                yield lesson.start - 900, lesson.end + 300, ["dorm"]

    def _faults(self, day):
        found = []
        for place, names in CAMERAS.items():
            for kind, (likely, shortest, longest) in FAULTS.items():
                if self.dice.random() < likely * self.often:
                    begin = instant(day, "23:00" if place == "dorm" else "07:40") + self.dice.randrange(20_000)
                    end = begin + 60 * self.dice.randint(shortest, longest)
                    later = self.dice.choice([1, 1, 2, 3, 6, 45]) if kind == "delivered late" else 0
                    some = names[:1] if kind == "one camera" else names
                    arrives = instant(day + timedelta(days=later + 1), "12:00") if later else 0
                    found.append(Fault(kind, place, some, begin, end, arrives))
                    break  # one fault a day at a place, so that two sightings are never both lost to short ones
        return found

    def _attend(self, lesson, send):
        """Lets the students come to a lesson and pass cameras."""
        dice = self.dice
        sings = lesson.period == "Block 6" and self.has_choir(lesson.day)
        for student in self.students.values():
            group = student.class_at(lesson.start) or (student.classes[0][1] if self._waits(student, lesson) else None)
            if not group or not lesson.belongs(student) or (sings and student.choir):
                continue
            if lesson.period == "Block 1" and dice.random() < 0.012:
                student.ill_until = max(student.ill_until, lesson.day + timedelta(days=dice.randrange(5)))
            if student.ill_until >= lesson.day or dice.random() < 0.01:
                continue
            key = (lesson.day, lesson.period, student.code)
            self.there.add(key)
            for at in self._passes(lesson):
                text = (f'{{"student":"{student.code}","score":{0.76 + dice.randrange(2300) / 10000:.4f},"ts":"{stamp(at)}",'
                        f'"camera":"CAMERA"}}\n')
                send(at, lesson.place(group), text, key)

    @staticmethod
    def _waits(student, lesson):
        """Whether the student came before the office had entered the name, on the same day."""
        first = student.classes[0][0]
        return student.edited and lesson.start < first and first - lesson.start < 36_000

    def _passes(self, lesson):
        """Two or three instants within a lesson, far enough apart for a camera's restart."""
        dice, late = self.dice, self.dice.random() < 0.03
        if lesson.period == "Night":
            evening, night = lesson.start + dice.randrange(900), lesson.start + dice.randrange(9_000, 14_000)
            return [evening, night, lesson.end - dice.randrange(60, 3_000)]
        if late:
            first = lesson.start + dice.randrange(LATE_AFTER + 60, LATE_AFTER + 900)
        else:
            first = lesson.start - dice.randrange(0, EARLY)
        return [first, min(first + dice.randrange(660, 1_500), lesson.end - dice.randrange(30))]

    def expected(self, lesson, student):
        return student.class_at(lesson.start) is not None and lesson.belongs(student)

    def answers(self, lesson, student, now):
        """The status that the register has to show at an instant. Empty: the student has no row."""
        key = (lesson.day, lesson.period, student.code)
        seen = [at for at, arrival in self.seen.get(key, ()) if arrival <= now]
        if key in self.marks:
            return {self.marks[key]}
        if not self.expected(lesson, student):
            return {"present"} if seen else set()
        if lesson.period == "Block 6" and student.choir and self.has_choir(lesson.day):
            return {"elsewhere"}
        if seen:
            return {"present"}
        # The excuse of a date covers the hours of the night before that lie in it.
        dates = [lesson.day + timedelta(days=later) for later in range(2 if lesson.period == "Night" else 1)]
        if any((day, student.code) in self.excused for day in dates):
            return {"excused"}
        return self._unseen(lesson, student.class_at(lesson.start), now)

    def _unseen(self, lesson, group, now):
        """The status of unseen students, by the minutes in which some camera of the place saw."""
        place, told = lesson.place(group), self.told[lesson.day]

        def is_blind(minute):
            signs = [told.get((camera, minute), (NEVER, NEVER)) for camera in CAMERAS[place]]
            return not any(sees <= now < blind for sees, blind in signs)

        blind = [is_blind(minute) for minute in range((lesson.start - EARLY) // 60, lesson.end // 60)]
        if place == "gate":
            stretches = [len(list(some)) for blinded, some in itertools.groupby(blind) if blinded]
            return {"unknown"} if max(stretches, default=0) > MAX_BLIND else {"absent"}
        return {"unknown"} if blind.count(False) < MIN_COVERAGE * len(blind) else {"absent"}

    def beyond(self, lesson, student):
        """For how many seconds more than allowed the place of a student was really blind."""
        place, opens = lesson.place(student.class_at(lesson.start)), lesson.start - EARLY
        blind = sum(max(0, min(fault.end, lesson.end) - max(fault.begin, opens)) for fault in self.faults[lesson.day]
                    if fault.place == place and len(fault.cameras) == len(CAMERAS[place]))
        return blind - (60 * MAX_BLIND if place == "gate" else (1 - MIN_COVERAGE) * (lesson.end - opens))
