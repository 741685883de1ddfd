"""A school year with failing cameras: does a blind camera ever become an absence?

Every day is simulated (`attend simulate --truth`), damaged by random faults, sent through `attend ingest`, and the
register is compared with who was really there. The same arguments give the same year.
"""
import collections
import csv
import io
import json
import random
import subprocess
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import measure
import school
from school import MAX_BLIND, MIN_COVERAGE

CLASSES = 12
EARLY = timedelta(minutes=10)  # periods open this much before they start
END = timedelta(hours=15, minutes=40)  # all periods are over
BEHIND = "clock 45 min behind"  # its recognitions land among those of another period: only their arrival tells
CLOCKS = {"clock of 2000": timedelta(days=-9_740), BEHIND: timedelta(minutes=-45),
          "clock 10 min ahead": timedelta(minutes=10)}
AHEAD_SENT_EVERY = timedelta(minutes=4)  # live, so that its lines are from the future

# The probability of each fault for a camera on a day, and its shortest and longest duration in minutes.
FAULTS = {
    "outage": (0.02, 60, 240),
    "restart": (0.02, 1, 4),
    "error": (0.01, 10, 120),
    "clock of 2000": (0.005, 30, 240),
    BEHIND: (0.005, 30, 240),
    "clock 10 min ahead": (0.005, 30, 240),
    "delivered late": (0.02, 30, 240),
}


@dataclass
class Fault:
    """A fault of one camera for a span of time."""
    kind: str
    camera: str
    begin: datetime
    end: datetime

    def holds(self, camera, at):
        return camera == self.camera and self.begin <= at < self.end

    def aftermath(self):
        """The span in which a wrong clock is distrusted: until recognitions prove it right, for an hour at most."""
        return timedelta(minutes=60 if self.kind in CLOCKS else 1)


@dataclass
class School:
    """A school to simulate: its cameras by place, and the place of each class in the later periods."""
    name: str
    cameras: dict
    doors: set
    configured: bool

    def places(self, period, group):
        """The cameras that matter to a class in a period, by place."""
        if not self.configured:
            return self.cameras
        place = "gate" if period == "Block 1" else f"room {group[1:]}"
        return {place: self.cameras[place]}


@dataclass
class Figures:
    """Counts of student-periods."""
    faults: collections.Counter = field(default_factory=collections.Counter)
    counted: collections.Counter = field(default_factory=collections.Counter)

    def per_thousand(self, what):
        return f"{self.counted[what] * 1000 / self.counted['all']:.2f}"

    def percent(self, part, whole):
        return f"{self.counted[part] * 100 / max(self.counted[whole], 1):.1f} %"


def with_places():
    rooms = {f"room {n}": [f"room-{n}-{k}" for k in (1, 2)][: 2 if n < 3 else 1] for n in range(1, CLASSES + 1)}
    return School("places named", {"gate": ["gate-1", "gate-2"]} | rooms, {"gate"}, True)


def without_places():
    cameras = ("gate-1", "gate-2", "hall-1", "hall-2")
    return School("nothing configured", {name: [name] for name in cameras}, set(cameras), False)


def set_up(attend, db, kind, students, days):
    """A fresh database on the eve of the first day."""
    eve = school.SUNDAY - timedelta(hours=12)
    env = school.make(attend, db, students, eve, days=1)

    def do(*args):
        subprocess.run([attend, "-q", *args], env=env, check=True, stdout=subprocess.DEVNULL)

    for n in range(school.PERIODS):  # students come in the break, which belongs to the period that follows
        do("period", "edit", f"Block {n + 1}", "--early-grace", "10m", "--late-grace", "0")
    for place, cameras in kind.cameras.items() if kind.configured else ():
        for camera in cameras:
            do("camera", "add", camera, "--place", place, *(["--door"] if place in kind.doors else []))
    if kind.configured:
        rooms = ",".join(f"G{n}=room {n}" for n in range(1, CLASSES + 1))
        for n in range(school.PERIODS):
            do("period", "edit", f"Block {n + 1}", "--places", rooms if n else "gate")
    last = list(school.school_days(school.SUNDAY, days))[-1]
    do("schedule", "generate", "--from", school.SUNDAY.date().isoformat(), "--days",
       str((last - school.SUNDAY).days + 1))
    return env


def faults_of(day, kind, dice, often):
    found = []
    for camera in (camera for cameras in kind.cameras.values() for camera in cameras):
        for what, (likely, shortest, longest) in FAULTS.items():
            if dice.random() < likely * often:
                begin = day + timedelta(minutes=dice.randrange(school.OPENS, school.CLOSES))
                found.append(Fault(what, camera, begin, begin + timedelta(minutes=dice.randint(shortest, longest))))
    return found


def simulate(attend, env, day, faults, truth):
    """The lines of a day without those of dead cameras. The students who were there go to the file `truth`."""
    dead = [f"--blind={f.camera}:{f.begin:%H:%M}-{f.end:%H:%M}" for f in faults if f.kind in ("outage", "restart")]
    command = [attend, "simulate", "--date", day.date().isoformat(), "--seed", str(day.toordinal()), "--truth", truth]
    lines = subprocess.run([*command, *dead], env=env, check=True, stdout=subprocess.PIPE).stdout.decode()
    return lines.splitlines(keepends=True)


def damage(lines, faults):
    """The lines that arrive by the evening, the live ones of clocks that are ahead by their instant, and the late ones."""
    damaged = [f for f in faults if f.kind not in ("outage", "restart")]
    evening, ahead, late = [], collections.defaultdict(list), []
    for text in lines:
        hit = [f for f in damaged if f'"{f.camera}"' in text]
        if not hit:
            evening.append(text)
            continue
        line = json.loads(text)
        at = datetime.fromisoformat(line["ts"])
        kinds = {f.kind for f in hit if f.holds(line["camera"], at)}
        beat = "type" in line
        if "error" in kinds:
            if not beat:
                continue
            line |= {"last_error": "rtsp: no route to host", "detected": 0, "matched": 0}
        for clock in kinds & CLOCKS.keys() if not beat else ():
            line["ts"] = (at + CLOCKS[clock]).isoformat()
        text = json.dumps(line) + "\n"
        if "clock 10 min ahead" in kinds:
            ahead[at - (at - datetime.min.replace(tzinfo=at.tzinfo)) % AHEAD_SENT_EVERY + AHEAD_SENT_EVERY].append(text)
        else:
            (late if "delivered late" in kinds else evening).append(text)
    return evening, ahead, late


def send(attend, env, lines, now):
    env = env | {"ATTEND_NOW": now.isoformat()}
    done = subprocess.run([attend, "ingest", "--acks", "none"], env=env, input="".join(lines).encode())
    if done.returncode not in (0, 65):
        raise SystemExit(f"ingest: exit code {done.returncode}")


def register(attend, env, day, now):
    """The status of each student in each period."""
    command = [attend, "export", "records", "--date", day.date().isoformat(), "--format", "csv", "--dialect", "plain",
               "--columns", "period,student,status"]
    done = subprocess.run(command, env=env | {"ATTEND_NOW": now.isoformat()}, check=True, stdout=subprocess.PIPE)
    rows = csv.DictReader(io.StringIO(done.stdout.decode()))
    return {(row["period"], row["student"]): row["status"] for row in rows}


def blindness(kind, faults, day, period, group):
    """Whether a place that matters was blind beyond its allowance, was affected by a fault, and had a clock that is behind."""
    start = day + timedelta(minutes=8 * 60 + 55 * (int(period.split()[1]) - 1))
    opens, ends = start - EARLY, start + timedelta(minutes=45)
    blinding = [f for f in faults if f.kind != "delivered late" and f.begin < ends and f.end + f.aftermath() > opens]
    beyond = touched = behind = False
    for place, cameras in kind.places(period, group).items():
        watched = [f for f in blinding if f.camera in cameras]
        touched |= bool(watched)
        behind |= any(f.kind == BEHIND for f in watched)
        if not watched:
            continue
        minutes = [opens + timedelta(minutes=n) for n in range(int((ends - opens).total_seconds()) // 60)]
        blind = [all(any(f.holds(camera, at) for f in watched) for camera in cameras) for at in minutes]
        if place in kind.doors:
            beyond |= longest(blind) > MAX_BLIND
        else:
            beyond |= sum(blind) > (1 - MIN_COVERAGE) * len(blind)
    return beyond, touched, behind


def longest(flags):
    best = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        best = max(best, run)
    return best


def judge(kind, faults, day, truth, statuses, final, figures):
    """Counts the entries of a register against the truth."""
    known = {}
    for row in truth:
        period, student, status = row["period"], row["student"], statuses[row["period"], row["student"]]
        group = f"G{int(student[1:]) % CLASSES + 1}"
        if (period, group) not in known:
            known[period, group] = blindness(kind, faults, day, period, group)
        beyond, touched, behind = known[period, group]
        there, recognised = row["present"] == "true", row["seen_as"] == student
        invented = there and recognised and status == "absent"
        counts = {"invented while blind": invented and beyond and not behind}
        if final:
            counts |= {
                "all": True,
                "invented": invented and not behind,
                "invented behind": invented and behind,
                "mistaken": there and not recognised and status == "absent",
                "truly absent": not there,
                "open": not there and status == "unknown",
                "wrong presence": not there and status == "present",
                "unknown": status == "unknown",
                "unknown without an outage": status == "unknown" and not touched,
            }
        figures.counted.update({what: int(counted) for what, counted in counts.items()})


def one_day(attend, env, db, kind, day, dice, often, figures):
    faults = faults_of(day, kind, dice, often)
    figures.faults.update(fault.kind for fault in faults)
    truth = db.with_suffix(".truth.csv")
    evening, ahead, late = damage(simulate(attend, env, day, faults, truth), faults)
    with open(truth, newline="") as file:
        truth = list(csv.DictReader(file))
    for now, lines in sorted(ahead.items()):
        send(attend, env, lines, now)
    send(attend, env, evening, day + END)
    for final in (False, True):
        judge(kind, faults, day, truth, register(attend, env, day, day + END), final, figures)
        if not final:
            send(attend, env, late, day + END + timedelta(hours=4))


def year(attend, folder, kind, students, days, often=1):
    """A year of one school."""
    db = folder / "truth.db"
    env = set_up(attend, db, kind, students, days)
    dice, figures = random.Random(f"truth {kind.name}"), Figures()
    for day in school.school_days(school.SUNDAY, days):
        one_day(attend, env, db, kind, day, dice, often, figures)
    school.remove(db)
    return figures


def bench(attend, folder, _, quick):
    days, students, often = (3, 60, 12) if quick else (180, 240, 1)  # a few days with every fault, or a usual year
    kinds = [with_places(), without_places()]
    years = [year(attend, folder, kind, students, days, often) for kind in kinds]
    rows = [
        ("student-periods", *(f"{figures.counted['all']:,}" for figures in years)),
        ("cameras", *(sum(map(len, kind.cameras.values())) for kind in kinds)),
        *((f"faults: {what}, {shortest} to {longest} min", *(figures.faults[what] for figures in years))
          for what, (_, shortest, longest) in FAULTS.items()),
        ("**absences invented while a place that matters was blind beyond its allowance**",
         *(f"**{figures.counted['invented while blind']}**" for figures in years)),
        ("absences invented otherwise, per 1,000 student-periods", *(figures.per_thousand("invented") for figures in years)),
        (f"the same by a {BEHIND}, which only `health` tells", *(figures.per_thousand("invented behind") for figures in years)),
        ("true absences left open as `unknown`", *(figures.percent("open", "truly absent") for figures in years)),
        ("`unknown`", *(figures.percent("unknown", "all") for figures in years)),
        ("`unknown` without an outage", *(figures.counted["unknown without an outage"] for figures in years)),
        ("taken for another student by the recogniser and told as absent, per 1,000",
         *(figures.per_thousand("mistaken") for figures in years)),
    ]
    measure.table([f"{days} school days, {students} students", *(kind.name for kind in kinds)], rows)
    return years
