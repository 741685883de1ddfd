"""Sixteen runners at once, each with a process of its own, while the records are exported."""
import os
import selectors
import statistics
import subprocess
import sys
import threading
import time
from datetime import timedelta

import measure
import school

RUNNERS, RATE, SECONDS, QUICK_SECONDS = 16, 20, 15, 1
STUDENTS = 300
TARGET = 15  # milliseconds, of the 99th percentile


def bench(attend, folder, rounds, quick):
    """Runs one round of any duration, and reports percentiles of all its lines."""
    db = folder / "live.db"
    now = school.SUNDAY + timedelta(hours=9)
    env = school.make(attend, db, STUDENTS, now)
    seconds = QUICK_SECONDS if quick else SECONDS
    exports = Exports(attend, env, folder / "records.csv")
    runners = [Runner(attend, env, number, seconds, now) for number in range(RUNNERS)]
    exports.start()
    drive(runners)
    exports.stop()
    report(runners, exports, seconds)


class Runner:
    """Sends a line when it is due and the previous one is acknowledged."""

    def __init__(self, attend, env, number, seconds, now):
        self.process = subprocess.Popen([attend, "ingest"], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        begins = int((now - timedelta(seconds=seconds)).timestamp() * 1e6)
        self.lines = [self.line(begins, number, nth) for nth in range(seconds * RATE)]
        # Each at its own offset within the interval, because real runners are not synchronised.
        self.offset = number / RUNNERS / RATE
        self.sent, self.waiting = 0, False
        self.latencies, self.acks, self.statuses, self.acked_at = [], b"", {}, []

    @staticmethod
    def line(begins, number, nth):
        at = begins + (nth * RUNNERS + number) * 1_000_000 // (RATE * RUNNERS)
        # Each camera sees all students in turn.
        return school.line(at, (nth * 7 + number * 19) % STUDENTS + 1, number + 1, 0.70 + nth % 29 / 100).encode()

    def due(self):
        return self.offset + self.sent / RATE

    def send(self):
        os.write(self.process.stdin.fileno(), self.lines[self.sent])
        self.waiting = True

    def read(self, at):
        """Takes an ack. Latency counts from the due time of the line, so it includes waiting for earlier lines."""
        self.acks += os.read(self.process.stdout.fileno(), 65536)
        if not self.acks.endswith(b"\n"):
            return
        self.latencies.append(at() - self.due())
        status = int(self.acks.split(b'"status":')[1][:3])
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.sent, self.waiting, self.acks = self.sent + 1, False, b""

    def is_done(self):
        return self.sent == len(self.lines)


def drive(runners):
    """One loop for all pipes, so that threads of Python do not distort the measurement."""
    selector = selectors.DefaultSelector()
    for runner in runners:
        selector.register(runner.process.stdout, selectors.EVENT_READ, runner)
    # Starts only when every process has opened the database.
    time.sleep(0.5)
    began = time.perf_counter()

    def elapsed():
        return time.perf_counter() - began

    while idle := [runner for runner in runners if not runner.is_done()]:
        idle = [runner for runner in idle if not runner.waiting]
        for runner in idle:
            if runner.due() <= elapsed():
                runner.send()
        next_due = min((runner.due() for runner in idle if not runner.waiting), default=elapsed() + 1)
        for key, _ in selector.select(max(next_due - elapsed(), 0)):
            key.data.read(elapsed)
    for runner in runners:
        runner.process.stdin.close()
        if runner.process.wait() not in (0, 75):  # 75: some lines were put off
            sys.exit(f"attend ingest: exit code {runner.process.returncode}")


class Exports(threading.Thread):
    """Exports the records of the day again and again."""

    def __init__(self, attend, env, file):
        super().__init__()
        self.command = [attend, "export", "records", "-o", file]
        self.env, self.done, self.number = env, threading.Event(), 0

    def run(self):
        while not self.done.is_set():
            measure.run(self.command, self.env)
            self.number += 1

    def stop(self):
        self.done.set()
        self.join()


def report(runners, exports, seconds):
    latencies = sorted(latency * 1000 for runner in runners for latency in runner.latencies)
    cuts = statistics.quantiles(latencies, n=1000, method="inclusive")
    busy = sum(runner.statuses.get(429, 0) for runner in runners)
    stored = sum(number for runner in runners for status, number in runner.statuses.items() if status < 300)
    if stored + busy != len(latencies):
        sys.exit("some lines were neither stored nor told to come back")
    print(f"{RUNNERS} runners, a process each, {RATE} lines a second each for {seconds} s, a commit and an ack for "
          f"every line; {exports.number} exports of the day's records ran meanwhile. From the instant a line is due "
          f"to its ack:\n")
    measure.table(["lines", "median", "p99", "p99.9", "longest", "busy (429)"], [[
        f"{len(latencies):,}", *(f"{ms:.1f} ms" for ms in (cuts[499], cuts[989], cuts[998], latencies[-1])), busy]])
    kept = cuts[989] < TARGET and busy == 0
    print(f"\nTarget: p99 under {TARGET} ms and no busy: {'kept' if kept else 'missed'}.")
