"""Proves examples/runner.py against an ingest that fails in every way the wire protocol allows.

    python3 tests/runner/test_runner.py -v              all of it, one after the other: 15 s
    python3 tests/runner/test_runner.py -v Crashes      one class, or Crashes.test_… for one test

`cargo test` runs the classes side by side (tests/cli/evidence/runner_py.rs, where runner.py also meets the
real attend).

The fake ingest keeps what it stored in a file, as attend keeps it in its database, and obeys a policy
file that a test may rewrite at any time: refuse, die, go deaf, revoke a key. The oracle compares what
was stored, duplicates by (camera, student, instant) removed, with what the recogniser emitted. Two
controls show that the oracle fails where it must. Sleeps only decide when a fault strikes, never
whether a test passes; the random faults print their seed when they find something.
"""
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from collections import defaultdict, deque
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
sys.path.insert(0, str(EXAMPLES))
sys.dont_write_bytecode = True  # no __pycache__ among the examples
import runner  # noqa: E402

PATIENCE = 300  # seconds until a test calls something stuck

FAKE_INGEST = r'''
import json, os, random, signal, sys, time
HOME = sys.argv[1]

def policy():
    with open(HOME + "/policy.json") as file:
        return json.load(file)

def keep(name, values):
    data = b"".join(json.dumps(value).encode() + b"\n" for value in values)
    file = os.open(f"{HOME}/{name}.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, data)
    os.close(file)

def log(**event):
    keep("log", [{"at": time.monotonic(), "pid": os.getpid(), **event}])

def tell(data):
    while data:
        data = data[os.write(1, data):]

def maybe_die(chance):
    if dice.random() < chance:
        os.kill(os.getpid(), signal.SIGKILL)

def judge(raw):
    """Status and reason for one line, and the fact to store if there is one."""
    global key
    if len(raw) > 65536:
        return 413, "too_long", None
    try:
        line = json.loads(raw)
        kind = line.get("type", "recognition")
    except Exception:
        log(what="malformed")
        return 400, "malformed", None
    if kind == "hello":
        key = line["key"]
    if rules.get("keys") is not None and key not in rules["keys"]:
        log(what="401", key=key)
        return 401, "key_revoked" if key else "key_required", None
    if kind != "recognition":
        log(what=kind, line=line)
        return 200, "", None
    status, reason, times = rules.get("refuse", {}).get(line.get("student"), (200, "", 0))
    if refused.get(line.get("student"), 0) < times:
        refused[line["student"]] = refused.get(line["student"], 0) + 1
        return status, reason, None
    if "student" not in line:
        return 422, "invalid", None
    line.setdefault("ts", repr(time.time()))  # attend: the instant of arrival
    return 200, "", line

key, number, rest, rules = None, 0, b"", policy()
dice = random.Random(f"{rules.get('seed')} {os.getpid()}")
try:
    with open(HOME + "/refused.json") as file:
        refused = json.load(file)
except FileNotFoundError:
    refused = {}
log(what="start", argv=sys.argv)
if rules.get("exit"):
    sys.exit(rules["exit"])
if rules.get("banner"):
    tell(b"Welcome to school\n")
while True:
    while policy().get("deaf"):
        time.sleep(0.01)
    chunk = os.read(0, rules.get("chunk", 65536))
    while policy().get("deaf"):
        time.sleep(0.01)
    rules = policy()
    if not chunk:
        log(what="end")
        sys.exit(0)
    *lines, rest = (rest + chunk).split(b"\n")
    facts, acks, received, code = [], [], [], None
    for raw in lines:
        number += 1
        status, reason, fact = judge(raw)
        ack = {"line": number, "status": status, "pad": "x" * rules.get("pad", 0)}
        if reason:
            ack["reason"] = reason
        if status == 429:
            ack["retry_after_ms"] = rules.get("retry_after_ms", 0)
        acks.append(json.dumps(ack).encode() + b"\n")
        facts += [fact] if fact else []
        if rules.get("log_lines"):
            received.append({"at": time.monotonic(), "what": "line", "status": status,
                             "student": json.loads(raw).get("student")})
        code = 77 if status == 401 else 75 if status == 429 and rules.get("exit_75") else code
        if status == 401:
            break
    if rules.get("refuse"):
        with open(HOME + "/refused.new", "w") as file:
            json.dump(refused, file)
        os.replace(HOME + "/refused.new", HOME + "/refused.json")
    if rules.get("mute"):
        continue
    acks = b"".join(acks)
    if rules.get("ack_first"):  # the control: a promise before the deed
        tell(acks)
        if not os.path.exists(HOME + "/died"):
            open(HOME + "/died", "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
    chance = rules.get("die", 0)
    time.sleep(rules.get("pace", 0))
    maybe_die(chance)
    keep("log", received)
    keep("stored", facts)
    if rules.get("die_once_stored") and not os.path.exists(HOME + "/died"):
        open(HOME + "/died", "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    maybe_die(chance)
    if not rules.get("ack_first"):
        tell(acks[: len(acks) // 2])
        maybe_die(chance)
        tell(acks[len(acks) // 2 :])
    if code:
        sys.exit(code)
'''


def fact(number, **more):
    """A recognition as a recogniser prints it; every third has no instant of its own."""
    line = {"student": f"S{number:06d}", "score": 0.9, "camera": "gate-1", **more}
    if number % 3:
        line["ts"] = f"2026-09-07T08:{number // 60000 % 60:02d}:{number // 1000 % 60:02d}.{number % 1000:03d}+03:00"
    return json.dumps(line).encode() + b"\n"


def facts(*range_):
    return b"".join(fact(number) for number in range(*range_))


class RunnerTest(unittest.TestCase):
    def setUp(self):
        # A fake ingest whose runner has gone may still note its own end in there.
        folder = tempfile.TemporaryDirectory(prefix="runner-", ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name)
        self.spool = self.home / "spool"
        self.key_file = self.home / "key"
        (self.home / "fake.py").write_text(FAKE_INGEST)
        self.policy()
        self.runs = []
        self.addCleanup(self.kill_runs)

    def kill_runs(self):
        for run in self.runs:
            run.kill()
            run.wait()
            run.stdin.close()

    # The instructions, calls and stored lines of the fake ingest.

    def policy(self, **rules):
        new = self.home / "policy.new"
        new.write_text(json.dumps(rules))
        new.replace(self.home / "policy.json")

    def command(self):
        return [sys.executable, "-I", "-S", str(self.home / "fake.py"), str(self.home)]

    def read(self, name):
        path = self.home / f"{name}.jsonl"
        whole = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        return [json.loads(line) for line in whole]

    def log(self, what):
        return [event for event in self.read("log") if event["what"] == what]

    def stored(self):
        return self.read("stored")

    def wait_until(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"never happened: {what}; {self.errors()}")
            time.sleep(0.01)

    def wait_stored(self, count):
        self.wait_until(lambda: len({fact["student"] for fact in self.stored()}) >= count, f"{count} stored")

    # The runner under test.

    def start(self, *options, patch="", **constants):
        """A runner process with quick pauses; `constants` and `patch` change the module before main()."""
        constants = {"BACKOFF": 0.02, "BACKOFF_503": 0.05, "TICK": 0.02, **constants}
        lines = [f"import sys; sys.dont_write_bytecode = True; sys.path.insert(0, {str(EXAMPLES)!r}); import runner"]
        lines += [f"runner.{name} = {value!r}" for name, value in constants.items()]
        lines += [patch, "sys.exit(runner.main())"]
        arguments = ["--spool", str(self.spool), "--grace", str(PATIENCE), *options, "--", *self.command()]
        with open(self.home / "stderr", "ab") as stderr, open(self.home / "stdout", "ab") as stdout:
            run = subprocess.Popen([sys.executable, "-c", "\n".join(lines), *arguments],
                                   stdin=subprocess.PIPE, stdout=stdout, stderr=stderr, bufsize=0)
        self.runs.append(run)
        return run

    def feed(self, run, data, then_close=True):
        """Write all of it, from a thread, since a runner may hold its recogniser back."""
        def write():
            try:
                view = memoryview(data)
                while view:
                    view = view[run.stdin.write(view):]
                if then_close:
                    run.stdin.close()
            except (BrokenPipeError, ValueError):
                pass
        thread = threading.Thread(target=write, daemon=True)
        thread.start()
        return thread

    def finish(self, run, code=0):
        if not run.stdin.closed:
            run.stdin.close()
        self.assertEqual(run.wait(PATIENCE * 2), code, self.errors())

    def errors(self):
        path = self.home / "stderr"
        return path.read_text() if path.exists() else ""

    def spooled(self):
        path = self.spool / "spool.jsonl"
        return path.read_bytes() if path.exists() else b""

    def assert_exactly_once(self, numbers):
        """Duplicates removed, what is stored is what was emitted: nothing lost, nothing made up."""
        identities = defaultdict(set)
        for line in self.stored():
            identities[line["student"]].add((line["camera"], line["ts"]))
        emitted = {f"S{number:06d}" for number in numbers}
        self.assertEqual(emitted - identities.keys(), set(), "lost")
        self.assertEqual(identities.keys() - emitted, set(), "made up")
        self.assertEqual([who for who, seen in identities.items() if len(seen) > 1], [], "counted twice")


class Delivery(RunnerTest):
    def test_lone_lines_arrive_at_once_and_leave_the_spool(self):
        run = self.start()
        for number in range(5):
            run.stdin.write(fact(number))
            self.wait_stored(number + 1)
            self.wait_until(lambda: not self.spooled(), "spool empty")
        self.finish(run)
        self.assert_exactly_once(range(5))
        self.assertEqual((self.errors(), (self.home / "stdout").read_text()), ("", ""))
        self.assertEqual((self.spool / "spool.jsonl").stat().st_mode & 0o77, 0)

    def test_a_line_that_names_its_instant_is_sent_byte_for_byte(self):
        line = b'{"ts" : "2026-09-07T08:03:11.25+03:00","score":0.8300000000000001, "student":"S000001","camera":7}'
        keeper = runner.Runner(SimpleNamespace(grace=0), None)
        self.assertEqual(keeper.admit(line + b"\r"), line + b"\n")
        self.assertRegex(json.loads(keeper.admit(b'{"student":"S1","ts":null}'))["ts"],
                         r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$")

    def test_bad_lines_reach_attend_and_leave_the_spool(self):
        run = self.start()
        bad = [b"not json", b"[1]", b"\xff\xfe", b"{}", b"[" * 60000, b'{"student":"' + b"x" * 300000 + b'"}', b"7"]
        self.feed(run, b"\n".join(bad) + b"\n\n \r\n" + fact(1) + fact(2).rstrip(b"\n")).join(PATIENCE)
        self.finish(run)
        self.assert_exactly_once([1, 2])
        self.assertEqual(len(self.log("malformed")), 5)
        self.assertEqual(self.spooled(), b"")

    def test_a_line_without_end_does_not_fill_the_memory(self):
        subject = runner.Runner(SimpleNamespace(grace=0), None)
        with mock.patch.object(runner.os, "read", return_value=b"x" * 50_000):
            for _ in range(10):
                subject.take_input()
        self.assertEqual(len(subject.torn_input), runner.MAX_LINE + 1)

    def test_after_sigterm_one_read_takes_what_already_waits(self):
        subject = runner.Runner(SimpleNamespace(grace=10), mock.Mock())
        subject.stop()
        with mock.patch.object(runner.os, "read", return_value=fact(1)):
            subject.take_input()
        subject.spool.append.assert_called_once_with(fact(1))
        self.assertFalse(subject.reading)

    def test_full_pipes_do_not_dead_lock(self):
        """100,000 lines, acks larger than lines, and an ingest that does not read until both pipes are full."""
        self.policy(deaf=True)
        run = self.start(SPOOL_LIMIT=1 << 30)
        count = 100_000
        thread = self.feed(run, facts(count))
        self.wait_until(lambda: len(self.spooled()) > 1 << 20, "input taken while the command is deaf")
        self.policy(pad=200)
        thread.join(PATIENCE)
        self.finish(run)
        self.assert_exactly_once(range(count))

    def test_sigterm_leaves_the_rest_for_the_next_start(self):
        self.policy(deaf=True)
        run = self.start("--grace", "0")
        run.stdin.write(facts(50))
        self.wait_until(lambda: self.spooled().count(b"\n") == 50, "spooled")
        run.send_signal(signal.SIGTERM)
        self.assertEqual(run.wait(PATIENCE), 75)
        self.policy()
        self.finish(self.start())
        self.assert_exactly_once(range(50))
        self.assertEqual(self.spooled(), b"")

    def test_sigterm_with_an_empty_spool_is_a_clean_end(self):
        run = self.start()
        run.stdin.write(facts(50))
        self.wait_stored(50)
        run.send_signal(signal.SIGTERM)
        self.assertEqual(run.wait(PATIENCE), 0)

    def test_one_runner_per_spool(self):
        run = self.start()
        run.stdin.write(fact(1))
        self.wait_stored(1)
        self.finish(self.start(), 74)
        self.assertIn("another runner", self.errors())


class Crashes(RunnerTest):
    def test_command_killed_at_random_instants(self):
        seed = random.randrange(10**6)
        dice = random.Random(seed)
        self.policy(seed=seed, die=0.04, chunk=3000)
        run = self.start()
        self.feed(run, facts(4000))
        for _ in range(8):
            time.sleep(dice.uniform(0.05, 0.15))
            for start in self.log("start")[-1:]:
                try:
                    os.kill(start["pid"], signal.SIGKILL)
                except ProcessLookupError:
                    pass
        with self.subTest(seed=seed):
            self.finish(run)
            self.assertGreater(len(self.log("start")), 5)
            self.assert_exactly_once(range(4000))

    def test_runner_killed_at_random_instants(self):
        """The recogniser goes on after the last line that was spooled or stored: those are the runner's."""
        seed = random.randrange(10**6)
        dice = random.Random(seed)
        self.policy(seed=seed, die=0.01, chunk=1000, pace=0.002)
        lines = [fact(number) for number in range(12_000)]
        done, left_behind = 0, 0
        for _ in range(20):
            run = self.start()
            thread = self.feed(run, b"".join(lines[done : done + 500]))
            self.wait_until(lambda: done < self.last_taken(), "some input taken")
            time.sleep(dice.uniform(0, 0.1))
            run.kill()
            run.wait()
            thread.join(PATIENCE)
            done = self.last_taken() + 1
            left_behind += bool(self.spooled())
        self.policy()
        with self.subTest(seed=seed, done=done):
            run = self.start()
            self.feed(run, b"".join(lines[done:])).join(PATIENCE)
            self.finish(run)
            self.assertGreater(left_behind, 0, "no kill found lines in the spool")
            self.assert_exactly_once(range(12_000))
            self.assertEqual(self.spooled(), b"")

    def last_taken(self):
        """The number of the last line that the runner has spooled; struck ones keep all but a byte."""
        spooled = re.findall(rb'"student": "S(\d+)".*\n', self.spooled())
        stored = [line["student"][1:] for line in self.stored()]
        return max(map(int, [*spooled, *stored]), default=-1)

    def test_a_torn_last_line_is_dropped_and_nothing_else(self):
        self.spool.mkdir()
        (self.spool / "spool.jsonl").write_bytes(fact(1) + b" " + fact(2)[1:] + fact(3) + fact(4)[:20])
        run = self.start()
        run.stdin.write(fact(5))
        self.finish(run)
        self.assert_exactly_once([1, 3, 5])  # 2 was struck out: delivered before
        self.assertEqual(self.log("malformed"), [])

    def test_what_the_disk_did_not_confirm_is_never_sent(self):
        patch = """
import os
fsync = os.fsync
def failing(file):
    if os.fstat(file).st_size and not os.path.isdir(f"/proc/self/fd/{file}"):
        raise OSError(5, "Input/output error")
os.fsync = failing
"""
        run = self.start(patch=patch)
        run.stdin.write(facts(10))
        self.finish(run, 74)
        self.assertEqual(self.stored(), [])

    def test_a_silent_command_is_replaced(self):
        self.policy(mute=True)
        run = self.start(ACK_TIMEOUT=5)
        run.stdin.write(facts(10))
        self.wait_until(lambda: len(self.log("start")) > 1, "started again")
        self.policy()
        self.finish(run)
        self.assert_exactly_once(range(10))

    def test_a_command_that_speaks_otherwise_is_not_believed(self):
        self.policy(banner=True)
        run = self.start()
        run.stdin.write(facts(10))
        self.wait_until(lambda: len(self.log("start")) > 2, "started again")
        self.policy()
        self.finish(run)
        self.assert_exactly_once(range(10))
        self.assertIn("something else than acks", self.errors())

    def test_an_ack_without_a_number_as_status_is_not_believed(self):
        for odd in '"200"', '[200]', '{}', 'null', 'true', '200.0':
            answers, ours = os.pipe()
            os.write(ours, b'{"line": 1, "status": ' + odd.encode() + b'}\n')
            os.close(ours)
            channel = runner.Channel.__new__(runner.Channel)
            channel.expected, channel.answered, channel.torn_ack = deque([7]), 0, b""
            with open(answers, "rb", buffering=0) as channel.stdout:
                with self.assertRaises(ConnectionError, msg=odd):
                    list(channel.acks())
            self.assertEqual(channel.expected, deque([7]), odd)

    def test_a_problem_is_said_again_after_all_was_delivered(self):
        run = self.start()
        for number in range(3):
            run.stdin.write(fact(number))
            self.wait_stored(number + 1)
            self.wait_until(lambda: not self.spooled(), "acknowledged")
            os.kill(self.log("start")[-1]["pid"], signal.SIGKILL)
            self.wait_until(lambda: self.errors().count("the command ended") == number + 1, "said")
        self.finish(run)

    def test_control_an_ingest_that_promises_before_it_stores(self):
        self.policy(ack_first=True)
        run = self.start()
        run.stdin.write(facts(100))
        self.finish(run)
        with self.assertRaisesRegex(AssertionError, "lost"):
            self.assert_exactly_once(range(100))

    def test_control_a_runner_that_leaves_the_instant_to_attend(self):
        self.policy(die_once_stored=True)
        run = self.start(patch="runner.Runner.admit = lambda self, line: line and line + b'\\n'")
        run.stdin.write(facts(100))
        self.finish(run)
        with self.assertRaisesRegex(AssertionError, "counted twice"):
            self.assert_exactly_once(range(100))


class Refusals(RunnerTest):
    def test_the_final_answers_are_those_of_the_protocol(self):
        page = (EXAMPLES.parent / "docs" / "runners.md").read_text()
        rows = [row.strip("| ").split(" | ") for row in page.splitlines() if re.match(r"\| [2-5]\d\d \| .* \|$", row)]
        self.assertGreater(len(rows), 9)
        self.assertEqual(runner.FINAL, {int(status) for status, *_, again in rows if again == "no"})

    def test_a_refused_line_holds_up_no_other(self):
        self.policy(refuse={f"S{number:06d}": [403, "not_your_camera", 99] for number in range(1500)})
        run = self.start()
        run.stdin.write(facts(1510))
        self.finish(run)
        self.assert_exactly_once(range(1500, 1510))
        self.assertEqual(self.spooled(), b"")

    def test_a_busy_hello_is_remembered_by_attend(self):
        subject = runner.Runner(SimpleNamespace(key_file=None), SimpleNamespace(window={}))
        subject.settle(runner.HELLO, {"status": 429, "reason": "busy"})
        with self.assertRaises(ConnectionError):
            subject.settle(runner.HELLO, {"status": 401, "reason": "key_invalid"})

    def test_429_waits_as_asked_and_sends_the_refused_lines_first_and_in_order(self):
        refused = {f"S{number:06d}": [429, "rate_limited", 2] for number in (3, 4, 7)}
        rules = dict(refuse=refused, retry_after_ms=300, log_lines=True)
        self.policy(**rules)
        run = self.start()
        run.stdin.write(facts(10))
        self.wait_until(lambda: "429 rate_limited" in self.errors(), "a refusal that has arrived")
        run.stdin.write(fact(10))
        self.finish(run)
        self.assert_exactly_once(range(11))
        seen = [(int(event["student"][1:]), event["status"]) for event in self.log("line")]
        self.assertEqual([number for number, _ in seen if number < 10], [*range(10), 3, 4, 7, 3, 4, 7])
        self.assertGreater(seen.index((10, 200)), seen.index((7, 429), 10), "refused lines go first")
        rounds = [event["at"] for event in self.log("line") if event["student"] in ("S000003", "S000007")]
        for last_refused, first_again in zip(rounds[1::2], rounds[2::2]):
            self.assertGreaterEqual(first_again - last_refused, 0.3)
        self.assertEqual(len(self.log("start")), 1, "the connection was kept")
        self.assertEqual(self.errors().count("429 rate_limited"), 1, self.errors())

    def test_exit_75_after_429_is_started_again(self):
        self.policy(refuse={"S000005": [429, "busy", 3]}, exit_75=True, retry_after_ms=200, log_lines=True)
        run = self.start()
        run.stdin.write(facts(10))
        self.finish(run)
        self.assert_exactly_once(range(10))
        starts, refusals = self.log("start"), [event for event in self.log("line") if event["status"] == 429]
        self.assertEqual((len(starts), len(refusals)), (4, 3))
        for refusal, start in zip(refusals, starts[1:]):
            self.assertGreaterEqual(start["at"] - refusal["at"], 0.2)

    def test_503_is_sent_again_until_it_is_stored(self):
        self.policy(refuse={f"S{number:06d}": [503, "disk_full", 2] for number in range(20)})
        run = self.start()
        run.stdin.write(facts(40))
        self.finish(run)
        self.assert_exactly_once(range(40))
        self.assertIn("503 disk_full", self.errors())

    def test_pauses_double_to_a_cap_and_begin_again_after_success(self):
        subject = runner.Runner(SimpleNamespace(key_file=None), SimpleNamespace(window={}))

        def ceiling(status, **more):
            subject.not_before = 0
            subject.refusals = [{"status": status, **more}]
            with mock.patch.object(runner.random, "uniform", return_value=0) as uniform, \
                    mock.patch.object(runner.time, "monotonic", return_value=1000):
                subject.begin_round(pause=True)
            return uniform.call_args[0][1], subject.not_before - 1000

        self.assertEqual([ceiling(429)[0] for _ in range(9)], [0.5, 1, 2, 4, 8, 16, 32, 60, 60])
        subject.failures = 0
        self.assertEqual([ceiling(503)[0] for _ in range(5)], [4, 8, 16, 32, 60])
        self.assertEqual(ceiling(429, retry_after_ms=250), (16, 0.25))
        for odd in None, "250", "soon", [250], {"ms": 250}, True, -250, float("nan"):
            self.assertEqual(ceiling(429, retry_after_ms=odd)[1], 0, odd)
        self.assertEqual(ceiling(429, retry_after_ms=10**30)[1], 3600)
        for _ in range(100):
            ceiling(429)
        subject.spool = SimpleNamespace(window={7: b""}, strike=lambda position: None)
        subject.settle(7, {"status": 200})
        self.assertEqual(ceiling(429)[0], 0.5)


class Keys(RunnerTest):
    OLD, NEW = "atk_1_old_secret", "atk_2_new_secret"

    def write_key(self, key, mode=0o600):
        new = self.home / "key.new"
        new.write_text(key + "\n")
        new.chmod(mode)
        new.replace(self.key_file)

    def test_swap_while_both_keys_are_valid_loses_and_repeats_nothing(self):
        self.policy(keys=[self.OLD, self.NEW], log_lines=True, chunk=2000, pace=0.005)
        self.write_key(self.OLD)
        run = self.start("--key-file", str(self.key_file))
        thread = self.feed(run, facts(3000), then_close=False)
        swaps = [(500, self.NEW), (2000, self.OLD), (3000, self.NEW)]  # the last while idle
        for number, key in swaps:
            self.wait_stored(number)
            self.write_key(key)
            self.wait_until(lambda: self.log("hello")[-1]["line"]["key"] == key, "hello with the new key")
        thread.join(PATIENCE)
        self.finish(run)
        self.assertEqual(len(self.log("hello")), 4)
        self.assertEqual([event["student"] for event in self.log("line") if event["student"]],
                         [f"S{number:06d}" for number in range(3000)])
        self.assertEqual(self.errors(), "")

    def test_a_refused_key_is_reported_once_and_a_new_one_used_at_once(self):
        """The pause is up to 1,000 seconds here: only the new key in the file can end it in time."""
        self.policy(keys=[self.OLD])
        self.write_key(self.OLD)
        run = self.start("--key-file", str(self.key_file), BACKOFF=1000, LONGEST_BACKOFF=1000)
        run.stdin.write(facts(20))
        self.wait_stored(20)
        self.policy(keys=[self.NEW])
        run.stdin.write(facts(20, 40))
        self.wait_until(lambda: "key_revoked" in self.errors(), "said")
        run.stdin.write(facts(40, 60))
        self.wait_until(lambda: self.spooled().count(b"\n") == 40, "input is still taken")
        self.write_key(self.NEW)
        self.wait_stored(60)
        for pid in [run.pid] + [start["pid"] for start in self.log("start")[-1:]]:
            self.assertNotIn(b"atk_", Path(f"/proc/{pid}/cmdline").read_bytes())
        self.finish(run)
        self.assert_exactly_once(range(60))
        self.assertEqual(self.errors().count("key_revoked"), 1, self.errors())
        self.assertNotIn("atk_", self.errors())

    def test_a_new_key_that_is_already_there_makes_the_refusal_no_news(self):
        self.policy(keys=[self.OLD])
        self.write_key(self.OLD)
        run = self.start("--key-file", str(self.key_file), BACKOFF=1000, LONGEST_BACKOFF=1000)
        run.stdin.write(fact(0))
        self.wait_stored(1)
        self.policy(deaf=True)
        run.stdin.write(fact(1))  # in flight until the old key is revoked
        self.wait_until(self.spooled, "spooled")
        time.sleep(0.2)
        self.write_key(self.NEW)
        self.policy(keys=[self.NEW])
        self.finish(run)
        self.assert_exactly_once(range(2))
        self.assertEqual(self.errors(), "")

    def test_a_key_refused_while_idle_is_reported_once(self):
        self.policy(keys=[])
        self.write_key(self.OLD)
        run = self.start("--key-file", str(self.key_file))
        self.wait_until(lambda: len(self.log("401")) >= 4, "tried again")
        self.finish(run)
        self.assertEqual(self.errors().count("key_revoked"), 1, self.errors())

    def test_a_key_refused_for_long_is_tried_again_and_reported_once(self):
        self.policy(keys=[])
        self.write_key(self.OLD)
        run = self.start("--key-file", str(self.key_file))
        run.stdin.write(facts(20))
        self.wait_until(lambda: len(self.log("401")) >= 4, "tried again")
        self.policy(keys=[self.OLD])
        self.finish(run)
        self.assert_exactly_once(range(20))
        self.assertEqual(self.errors().count("key_revoked"), 1, self.errors())

    def test_exit_77_without_an_ack_is_a_refused_key_too(self):
        self.policy(exit=77)
        run = self.start()
        run.stdin.write(facts(5))
        self.wait_until(lambda: len(self.log("start")) >= 3, "tried again")
        self.policy()
        self.finish(run)
        self.assert_exactly_once(range(5))
        self.assertIn("key refused", self.errors())

    def test_a_key_that_others_can_read_is_refused_until_mended(self):
        self.policy(keys=[self.OLD])
        self.write_key(self.OLD, mode=0o640)
        run = self.start("--key-file", str(self.key_file))
        run.stdin.write(facts(5))
        self.wait_until(lambda: "chmod 600" in self.errors(), "said")
        self.assertEqual(self.log("start"), [])
        self.key_file.chmod(0o600)
        self.finish(run)
        self.assert_exactly_once(range(5))

    def test_an_echo_of_the_key_is_not_shown(self):
        self.write_key(self.OLD)
        with mock.patch.object(self, "command", lambda: ["cat"]):
            run = self.start("--key-file", str(self.key_file), "--grace", "0")
        self.wait_until(lambda: "something else" in self.errors(), "said")
        self.finish(run)
        self.assertNotIn("atk_", self.errors())


class Bounds(RunnerTest):
    def watch_spool(self):
        """The largest size the spool has while the test runs."""
        largest, stop = [0], threading.Event()
        def watch():
            while not stop.wait(0.002):
                largest[0] = max(largest[0], len(self.spooled()))
        thread = threading.Thread(target=watch)
        thread.start()
        def end():
            stop.set()
            thread.join()
            return largest[0]
        return end

    def test_a_full_spool_holds_the_recogniser_back_and_then_goes_on(self):
        limit, pipe = 256 << 10, 1 << 20
        self.policy(deaf=True)
        run = self.start(SPOOL_LIMIT=limit)
        largest = self.watch_spool()
        thread = self.feed(run, facts(30_000))  # 2.7 MB
        self.wait_until(lambda: len(self.spooled()) >= limit, "spool full")
        self.assertTrue(thread.is_alive(), "the recogniser is held back")
        self.policy()
        thread.join(PATIENCE)
        self.finish(run)
        self.assertLess(largest(), limit + pipe)
        self.assert_exactly_once(range(30_000))
        self.assertEqual(self.spooled(), b"")


class Heartbeats(RunnerTest):
    def test_a_pending_heartbeat_is_replaced_not_queued(self):
        options = SimpleNamespace(heartbeat=30, camera="gate-1", key_file=None)
        subject = runner.Runner(options, SimpleNamespace(window={}, read=lambda: []))
        sent = []
        subject.channel = SimpleNamespace(expected=deque(), deadline=float("inf"))
        subject.channel.send = lambda label, line: (subject.channel.expected.append(label), sent.append(json.loads(line)))
        subject.heartbeat_at = 0
        for minute in range(10):  # no ack comes
            subject.detected = minute
            with mock.patch.object(runner.time, "monotonic", return_value=60 * minute):
                subject.act()
        self.assertEqual([line["detected"] for line in sent], [0])
        subject.channel.expected.clear()  # the ack
        with mock.patch.object(runner.time, "monotonic", return_value=60 * 9 + 1):
            subject.act()
        self.assertEqual([line["detected"] for line in sent], [0, 9], "the latest, and no other")

    def test_a_heartbeat_from_before_the_connection_is_not_sent(self):
        subject = runner.Runner(SimpleNamespace(heartbeat=0, key_file=None, command=["x"]), SimpleNamespace(window={}))
        subject.admit(b'{"type":"heartbeat","camera":"gate-3"}')
        self.assertEqual(list(subject.heartbeats), ["gate-3"])
        with mock.patch.object(runner, "Channel") as channel:
            subject.connect(now=0)
        channel.return_value.send.assert_not_called()

    def test_after_an_outage_comes_one_fresh_heartbeat_that_says_what_was_wrong(self):
        self.policy(exit=75)
        run = self.start("--heartbeat", "1", "--camera", "gate-1")
        run.stdin.write(facts(5) + b'{"type":"heartbeat","camera":"gate-3","processed_fps":1}\n')
        self.wait_until(lambda: len(self.log("start")) > 3, "some failures")
        self.assertNotIn(b"heartbeat", self.spooled())
        self.policy()
        self.wait_stored(5)
        run.stdin.write(b'{"type":"heartbeat","camera":"gate-2","processed_fps":6}\n')
        self.wait_until(lambda: len(self.log("heartbeat")) >= 3, "heartbeats")
        self.finish(run)
        first, *others = [event["line"] for event in self.log("heartbeat")]
        self.assertIn("exit code 75", first.pop("last_error"))
        self.assertEqual(first, {"type": "heartbeat", "camera": "gate-1", "pid": run.pid,
                                 "snapshot_every": 1, "detected": 5, "matched": 0})
        own = [line for line in others if line["camera"] == "gate-1"]
        self.assertEqual(sum(line["detected"] for line in own), 0, "each is counted in one heartbeat")
        self.assertEqual([line["matched"] for line in own], [5] + [0] * (len(own) - 1))
        self.assertEqual(own[0]["last_error"], "")
        other = [(line["camera"], line["processed_fps"]) for line in others if "processed_fps" in line]
        self.assertEqual(other, [("gate-2", 6)], "the recogniser's own is passed on, but not a stale one")

    def test_a_heartbeat_needs_a_camera(self):
        self.finish(self.start("--heartbeat", "30"), 2)


if __name__ == "__main__":
    unittest.main()
