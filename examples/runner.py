#!/usr/bin/env python3
"""Carry recognitions from a recogniser to `attend ingest`, and survive crashes of either.

    recogniser | runner.py --spool DIR [--key-file FILE] -- attend ingest
    recogniser | runner.py --spool DIR --heartbeat 30 --camera gate-1 -- ssh attend@school

1. A line is on disk, fsynced, before it is sent, and stays there until attend's answer is final.
2. Without that answer it is sent again: after a refusal, a crash of either side, a power cut.
3. Sending again is harmless: a recognition gets its `ts` before it is spooled, so it stays one fact.
4. It never gives up and drops no line; a full spool holds the recogniser back, as a full pipe would.
5. Exit code 0: all is delivered. 75: the rest is in the spool, start again. 74: the disk failed.
"""
import argparse, fcntl, json, os, random, select, signal, subprocess, sys, time
from collections import deque
from datetime import datetime, timezone
from math import inf

FINAL = {200, 202, 400, 403, 413, 422}  # attend keeps the line or never will: nothing left to do here
HELLO, HEARTBEAT = "hello", "heartbeat"  # label the lines that have no position in the spool
WINDOW = 1000  # lines sent ahead of their acks: fills attend's batches, fits in memory
SPOOL_LIMIT = 64 << 20  # bytes at which no more input is taken until all is delivered
MAX_LINE = 64 << 10  # bytes that attend reads; one more is enough for it to refuse and record
BACKOFF, BACKOFF_503, LONGEST_BACKOFF = 0.5, 4, 60  # seconds, on top of what attend asks for
ACK_TIMEOUT = 60  # seconds of silence after which the command counts as dead
TICK = 0.1  # seconds between looks at clock, key file and signals while no pipe stirs


class Spool:
    """One file of lines and, in `window`, the first of them that are not yet delivered, by position.

    Lines are appended and fsynced. A delivered one is struck out, its first byte made a space, not
    fsynced: a strike that a power cut undoes only means sending again. When all are delivered the
    file is cut to nothing, which bounds it. No second file has to agree with this one, and the worst
    a crash leaves in it is a torn last line, which nothing counted on.
    """

    def __init__(self, directory):
        os.makedirs(directory, mode=0o700, exist_ok=True)
        self.folder = os.open(directory, os.O_RDONLY)
        try:
            fcntl.flock(self.folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OSError("another runner uses this spool") from None
        file = os.open("spool.jsonl", os.O_RDWR | os.O_CREAT, 0o600, dir_fd=self.folder)
        os.fsync(self.folder)  # the name has to last as well as the lines
        self.file = open(file, "r+b")
        self.window, self.cursor = {}, 0  # the cursor is where the window ends
        self.end = self.file.read().rfind(b"\n") + 1
        self.file.truncate(self.end)
        os.fsync(file)  # a killed runner may have left whole lines that were not on disk yet

    def append(self, lines):
        """Put whole lines on disk. Once this returns, they survive a power cut."""
        self.file.seek(self.end)
        self.file.write(lines)
        self.file.flush()
        os.fsync(self.file.fileno())
        self.end += len(lines)

    def read(self):
        """Fill the window and return its new lines. Only lines on disk are ever sent."""
        new = []
        self.file.seek(self.cursor)
        while self.cursor < self.end and len(self.window) < WINDOW:
            line = next(self.file)
            if not line.startswith(b" "):
                self.window[self.cursor] = line
                new.append(self.cursor)
            self.cursor += len(line)
        if self.end and not self.window:
            self.file.truncate(0)
            self.cursor = self.end = 0
        return new

    def strike(self, position):
        del self.window[position]
        self.file.seek(position)
        self.file.write(b" ")


class Channel:
    """One run of the command: lines go in, and one ack for each comes out, in the same order."""

    def __init__(self, command):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen(command, bufsize=0, **pipes)
        self.stdin, self.stdout = self.process.stdin, self.process.stdout
        os.set_blocking(self.stdin.fileno(), False)  # or both sides could wait on full pipes
        self.unsent, self.torn_ack = bytearray(), b""
        self.expected, self.answered = deque(), 0  # labels of acks to come, number of those that came
        self.deadline = inf  # for the next ack

    def send(self, label, line):
        self.deadline = min(self.deadline, time.monotonic() + ACK_TIMEOUT)
        self.expected.append(label)
        self.unsent += line

    def write(self):
        """Write as much as the pipe accepts. If the command has ended, its last acks are read later."""
        try:
            del self.unsent[: self.stdin.write(self.unsent) or 0]
        except BrokenPipeError:
            self.unsent.clear()

    def acks(self):
        """Each waiting ack, with the label of its line."""
        chunk = os.read(self.stdout.fileno(), 1 << 16)
        if not chunk:
            raise ConnectionError("the command ended")
        *lines, self.torn_ack = (self.torn_ack + chunk).split(b"\n")
        for ack in map(parse_object, lines):
            self.answered += 1
            if not self.expected or ack.get("line") != self.answered or type(ack.get("status")) is not int:
                raise ConnectionError("the command wrote something else than acks")  # not shown: secrets?
            yield self.expected.popleft(), ack
            self.deadline = time.monotonic() + ACK_TIMEOUT if self.expected else inf

    def end(self, patience=2):
        """Close and reap. Killing is safe, because lines without an ack are sent again."""
        self.stdin.close()
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


class Runner:
    """One thread around one select: stdin to spool, spool to command, strikes for acks.

    `queue` holds the positions still to be sent in this round. A round ends when nothing is in
    flight: then the whole window is queued again, so that what was refused or cut off goes first,
    in its old order.
    """

    def __init__(self, options, spool):
        self.options, self.spool = options, spool
        self.channel, self.key = None, ""
        self.queue, self.refusals, self.failures, self.not_before = deque(), [], 0, 0
        self.heartbeats, self.heartbeat_at = {}, inf
        self.detected, self.matched, self.told = 0, 0, (0, 0)
        self.last_error, self.said = "", set()
        self.reading, self.torn_input, self.stop_at = True, b"", inf

    def run(self):
        """Loop until all is done or the grace is over. Only the select waits."""
        self.act()
        while time.monotonic() < self.stop_at and (self.spool.end or self.stop_at == inf):
            readers, writers = {}, []
            if self.channel:
                readers[self.channel.stdout] = self.take_acks
                writers += [self.channel.stdin] if self.channel.unsent else []
            if self.reading and self.spool.end < SPOOL_LIMIT:
                readers[0] = self.take_input
            readable, writable, _ = select.select(readers, writers, [], TICK)
            for _ in writable:
                self.channel.write()
            for source in readable:
                readers[source]()
            self.act()
        if self.channel:
            self.channel.end(max(0, self.stop_at - time.monotonic()))
        return os.EX_TEMPFAIL if self.spool.end else os.EX_OK

    def stop(self, *_):
        """Read only the input that waits in the pipe already. The grace is for delivering the spool."""
        self.stop_at = min(self.stop_at, time.monotonic() + self.options.grace)

    def act(self):
        """Handle timers and a new key file, then send the lines that may be sent."""
        now, new_key = time.monotonic(), self.key_changed()
        self.queue.extend(self.spool.read())
        if self.channel and now >= self.channel.deadline:
            self.hang_up(f"no ack for {ACK_TIMEOUT} s")
        elif self.channel and new_key and not self.channel.expected:
            self.hang_up()
        if not self.channel and (new_key or now >= self.not_before):
            self.connect(now)
        elif self.channel and not new_key:
            self.send(now)

    def take_input(self):
        """Spool all lines that wait on stdin with one fsync: a lone line at once, a backlog in bulk."""
        chunk = os.read(0, 1 << 20)
        self.reading = bool(chunk) and self.stop_at == inf
        if not chunk:
            self.stop()
        *lines, torn = (self.torn_input + (chunk or b"\n")).split(b"\n")
        self.torn_input = torn[: MAX_LINE + 1]
        admitted = b"".join(map(self.admit, lines))
        if admitted:
            self.spool.append(admitted)

    def admit(self, line):
        """The line to spool. Heartbeats are not spooled: a late one would vouch for a blind camera."""
        line = line.strip()[: MAX_LINE + 1]
        fact = parse_object(line)
        if fact.get("type") == "heartbeat":
            self.heartbeats[str(fact.get("camera"))] = line + b"\n"
            return b""
        if fact and fact.get("type", "recognition") == "recognition":
            self.detected += 1
            if fact.get("ts") is None:
                fact["ts"] = datetime.now(timezone.utc).isoformat(timespec="microseconds")
                return json_line(**fact)
        return line and line + b"\n"

    def connect(self, now):
        """Start the command with the present key. Older heartbeats are stale."""
        try:
            self.key = read_key(self.options.key_file)
            self.channel = Channel(self.options.command)
        except OSError as error:
            self.report(str(error))
            return self.begin_round(pause=True)
        if self.key:
            self.channel.send(HELLO, json_line(type="hello", key=self.key))
        self.heartbeats.clear()
        self.told = 0, 0
        self.heartbeat_at = now if self.options.heartbeat else inf
        self.not_before = now
        self.send(now)

    def send(self, now):
        """Send heartbeats, one at a time, and the queue if it need not wait.

        The own one is made when it may go, so it is the latest. It counts since the one before it
        that attend has taken: over an outage the counts add up.
        """
        if now >= self.heartbeat_at and HEARTBEAT not in self.channel.expected:
            self.channel.send(HEARTBEAT, json_line(
                type="heartbeat", camera=self.options.camera, pid=os.getpid(),
                snapshot_every=self.options.heartbeat, detected=self.detected,
                matched=self.matched, last_error=self.last_error))
            self.told = self.detected, self.matched
            self.heartbeat_at = now + self.options.heartbeat
        while self.heartbeats and HEARTBEAT not in self.channel.expected:
            self.channel.send(HEARTBEAT, self.heartbeats.pop(next(iter(self.heartbeats))))
        while self.queue and not self.refusals and now >= self.not_before:
            position = self.queue.popleft()
            self.channel.send(position, self.spool.window[position])

    def take_acks(self):
        try:
            for label, ack in self.channel.acks():
                self.settle(label, ack)
        except ConnectionError as problem:
            return self.hang_up(str(problem))
        if self.refusals and not self.channel.expected:
            self.begin_round(pause=True)

    def settle(self, label, ack):
        """Remove a line from the spool only after a final status."""
        problem = f"attend answered {ack['status']} {ack.get('reason', '')}"
        if ack["status"] == 401 or (label == HELLO and ack["status"] not in (200, 429)):
            raise ConnectionError(problem)
        spooled, final = label in self.spool.window, ack["status"] in FINAL
        if spooled and final:
            self.spool.strike(label)
            self.matched += ack["status"] == 200
            self.failures = 0
        elif spooled:
            self.refusals.append(ack)
            self.report(problem)
        elif label == HEARTBEAT:
            if final:
                self.detected -= self.told[0]
                self.matched -= self.told[1]
            self.told = 0, 0
        if final and not self.spool.window:
            self.last_error = ""
            self.said.clear()

    def hang_up(self, problem=""):
        """End this run of the command. If there is a new key already, do not pause."""
        code, self.channel = self.channel.end(), None
        failed = problem and not self.key_changed()
        if failed:
            self.report(f"{problem} (exit code {code}{', key refused' * (code == os.EX_NOPERM)})")
        self.begin_round(pause=failed)

    def begin_round(self, pause):
        """Queue the window again, to be sent at once or after a pause.

        The pause is what attend asked for plus full jitter, doubling while nothing gets through, so
        that the runners of a school do not come back all at once.
        """
        self.queue = deque(self.spool.window)
        if pause:
            asked = max([milliseconds(ack.get("retry_after_ms")) / 1000 for ack in self.refusals] + [0])
            first = BACKOFF if all(ack["status"] == 429 for ack in self.refusals) else BACKOFF_503
            jitter = random.uniform(0, min(first * 2**self.failures, LONGEST_BACKOFF))
            self.not_before = max(self.not_before, time.monotonic() + asked + jitter)
            self.failures = min(self.failures + 1, 16)
        self.refusals = []

    def report(self, problem):
        """Report an error in the next heartbeats. Print it once, until all is delivered."""
        self.last_error = problem
        if problem not in self.said:
            self.said.add(problem)
            print(f"runner: {problem}; lines are kept and sent again", file=sys.stderr, flush=True)

    def key_changed(self):
        """Whether the key file has a new key. Compares the content, because mtime is too coarse."""
        try:
            return read_key(self.options.key_file) != self.key
        except OSError:
            return False


def read_key(path):
    """The key from a file that only its owner can read, or None if no file is named."""
    if not path:
        return ""
    with open(path, errors="replace") as file:
        mode, key = os.fstat(file.fileno()).st_mode, file.read().strip()
    if mode & 0o077 or not key:
        raise OSError(f"{path} is empty or others can read it (chmod 600)")
    return key


def parse_object(line):
    """The JSON object in a line, or an empty one. attend answers bad lines, so they are not checked here."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def milliseconds(value):
    """The wait that attend asks for, at most an hour. Zero unless it is a number of milliseconds."""
    number = value if type(value) in (int, float) else 0
    return min(number, 3_600_000) if number > 0 else 0


def json_line(**fields):
    return json.dumps(fields).encode() + b"\n"


def main():
    raw = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--spool", required=True, metavar="DIR")
    parser.add_argument("--key-file", metavar="FILE")
    parser.add_argument("--heartbeat", type=int, default=0, metavar="SECONDS")
    parser.add_argument("--camera", metavar="NAME")
    parser.add_argument("--grace", type=int, default=10, metavar="SECONDS")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    if options.heartbeat and not options.camera:
        parser.error("--heartbeat needs --camera")
    try:
        runner = Runner(options, Spool(options.spool))
        for number in signal.SIGTERM, signal.SIGINT:
            signal.signal(number, runner.stop)
        return runner.run()
    except OSError as error:
        print(f"runner: {options.spool}: {error}", file=sys.stderr)
        return os.EX_IOERR


if __name__ == "__main__":
    sys.exit(main())
