"""Proves examples/receiver.py with the real attend behind it: what devices push becomes attendance.

    cargo build && PATH="$PWD/target/debug:$PATH" python3 tests/runner/test_receiver.py -v

`cargo test` runs it (tests/cli/evidence/receiver_py.rs). `Bisk` speaks as the client of BISK runners does
(extras/runner/attendance_client.py of BISK_RFv4): a POST of JSON with X-BISK-KEY and a timeout of 3 s.
"""
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = ROOT / "tests" / "data" / "messages"
PATIENCE = 300  # seconds until a test calls something stuck
INGEST = "echo $$ >> pids; exec attend ingest"


class Response:
    def __init__(self, answer):
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read()

    def json(self):
        return json.loads(self.body)


class ReceiverTest(unittest.TestCase):
    OPTIONS = []

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name)
        self.env = {"PATH": os.environ["PATH"], "ATTEND_DB": str(self.home / "school.db"), "HOME": str(self.home),
                    "ATTEND_NOW": "2026-09-07T09:59:12+03:00", "LC_ALL": "C.UTF-8"}
        self.attend("init", "--timezone", "Asia/Baghdad")
        codes = ["1001", "1002", "H123456"]
        (self.home / "roll.csv").write_text("code,name\n" + "".join(f"{code},Name {code}\n" for code in codes))
        self.attend("student", "import", "roll.csv")
        self.attend("period", "add", "Block 2", "--start", "09:35", "--end", "10:20", "--days", "daily")
        self.attend("schedule", "generate")
        self.attend("settings", "set", "default_score", "1")
        (self.home / "bisk.key").write_text("dev-key\n")
        (self.home / "bisk.key").chmod(0o600)
        self.start()

    def attend(self, *args):
        return subprocess.run(["attend", *args], cwd=self.home, env=self.env, check=True, capture_output=True, text=True).stdout

    def start(self, *options, command=("sh", "-c", INGEST)):
        script = str(ROOT / "examples" / "receiver.py")
        arguments = ["--spool", "spool", "--listen", "127.0.0.1:0", "--bisk-key-file", "bisk.key", "--patience", "60",
                     *self.OPTIONS, *options]
        self.process = subprocess.Popen([sys.executable, "-B", script, *arguments, "--", *command],
                                        cwd=self.home, env=self.env, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.stop)
        first = self.process.stderr.readline()
        self.port = int(re.search(r"port (\d+)", first)[1])

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(PATIENCE)
        self.process.stderr.close()

    def ask(self, path, body=None, headers={}, timeout=PATIENCE):
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=data, headers=headers)
        try:
            return Response(urllib.request.urlopen(request, timeout=timeout))
        except urllib.error.HTTPError as error:
            with error:
                return Response(error)

    def bisk(self, path, body, key="dev-key"):
        return self.ask(path, body, {"Content-Type": "application/json", "X-BISK-KEY": key})

    def stored(self):
        rows = self.attend("export", "recognitions", "--format", "jsonl").splitlines()
        return sorted((row["student"], row["camera"], row["ts"]) for row in map(json.loads, rows))

    def cameras(self):
        return [row["camera"] for row in map(json.loads, self.attend("runner", "list", "--format", "jsonl").splitlines())]

    def wait_until(self, happened, what):
        deadline = time.monotonic() + PATIENCE
        while not happened():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.02)


class Sources(ReceiverTest):
    def test_a_zkteco_terminal_gets_its_answers_and_its_students_are_present(self):
        hello = self.ask("/iclock/cdata?SN=ABC1234567890&options=all")
        self.assertTrue(hello.body.startswith(b"GET OPTION FROM: ABC1234567890\n"), hello.body)
        self.assertEqual(self.ask("/iclock/getrequest?SN=ABC1234567890").body, b"OK")
        self.assertEqual(self.ask("/iclock/ping?SN=ABC1234567890").body, b"OK")
        log = (MESSAGES / "zkteco-attlog.tsv").read_bytes()
        for _ in range(2):  # a terminal sends again what it does not know to be stored
            answer = self.ask("/iclock/cdata?SN=ABC1234567890&table=ATTLOG&Stamp=9999", log)
            self.assertEqual((answer.status, answer.body), (200, b"OK: 3"))
            self.assertEqual(self.stored(), [("1001", "ABC1234567890", "2026-09-07T09:36:11+03:00"),
                                             ("1002", "ABC1234567890", "2026-09-07T09:37:02+03:00")])
        self.assertIn("9999", self.attend("quarantine", "list"))
        self.assertEqual(self.ask("/iclock/cdata?SN=ABC1234567890&table=OPERLOG", b"OPLOG 4\n").body, b"OK")
        self.assertEqual(self.cameras(), ["ABC1234567890"], "its polls are its heartbeats")
        roster = self.attend("roster", "now", "--format", "csv")
        self.assertEqual(roster.count(",present,"), 2, roster)

    def test_a_hikvision_terminal_pushes_json_xml_and_parts_with_pictures(self):
        event = (MESSAGES / "hikvision-http-push.json").read_bytes()
        self.assertEqual(self.ask("/hikvision/door-1", event).json()["statusCode"], 1)
        once = [("1001", "door-1", "2026-09-07T09:41:13+03:00")]
        self.assertEqual(self.stored(), once)
        picture = b"\xff\xd8{\r\n--MIME_boundary not one\r\n\xff\xd9"
        parts = (b"--MIME_boundary\r\nContent-Disposition: form-data; name=\"event_log\"\r\nContent-Type: application/json\r\n\r\n"
                 + event.replace(b"09:41:13", b"09:42:00")
                 + b"\r\n--MIME_boundary\r\nContent-Disposition: form-data; name=\"Picture\"\r\nContent-Type: image/jpeg\r\nContent-Length: "
                 + str(len(picture)).encode() + b"\r\n\r\n" + picture + b"\r\n--MIME_boundary--\r\n")
        self.assertEqual(self.ask("/hikvision/door-1", parts).status, 200)
        stream = (MESSAGES / "hikvision-alertstream.txt").read_bytes()
        xml = stream[stream.index(b"<Event"):stream.index(b"</EventNotificationAlert>")] + b"</EventNotificationAlert>"
        self.assertEqual(self.ask("/hikvision/door-2", xml).status, 200)
        self.assertEqual(self.ask("/hikvision", event).status, 200, "the camera as the message names it")
        self.assertEqual(self.stored(), sorted(once + [("1001", "door-1", "2026-09-07T09:42:00+03:00"),
                                                       ("1001", "door-2", "2026-09-07T09:41:13+03:00")]))
        self.assertEqual(self.ask("/hikvision/door-1", b"nonsense").status, 200, "sent again it would be no better")

    def test_bisk_runners_are_answered_as_by_their_own_server(self):
        match = json.loads((MESSAGES / "bisk-post.json").read_text())
        answer = self.bisk("/api/attendance/ingest/", match)
        self.assertEqual((answer.status, answer.json()["ok"], answer.json()["best_score"]), (200, True, 0.82))
        self.assertTrue(self.bisk("/api/attendance/ingest/", match).json()["duplicate"])
        self.assertEqual(self.bisk("/api/attendance/ingest/", match, key="wrong").status, 403)
        self.assertEqual(self.bisk("/api/attendance/ingest/", {**match, "score": 7}).status, 422)
        self.assertEqual(self.bisk("/api/attendance/ingest/", b"[]").status, 400)
        self.assertEqual(self.stored(), [("H123456", "1", "2026-09-07T09:40:00+03:00")])
        beat = {"camera_id": 1, "ts": "2026-09-07T09:59:00+03:00", "profile_id": 3, "fps": 5.5, "detected": 4, "matched": 1, "latency_ms": 40, "last_error": ""}
        self.assertEqual(self.bisk("/api/runner/heartbeat/", beat).status, 200)
        self.assertEqual(self.cameras(), ["1"])


class Faults(ReceiverTest):
    def kill_ingest(self):
        pid = int((self.home / "pids").read_text().split()[-1])
        os.kill(pid, signal.SIGKILL)

    def test_nothing_is_answered_before_attend_has_it_and_nothing_answered_is_lost(self):
        log = b"1001\t2026-09-07 09:36:%02d\t0\t15\n"
        for second in range(20):
            if second % 5 == 4:
                self.kill_ingest()
            answer = self.ask("/iclock/cdata?SN=Z1&table=ATTLOG", log % second)
            self.assertEqual(answer.status, 200, answer.body)
            self.assertEqual(len(self.stored()), second + 1)

    def test_without_attend_the_sender_is_told_when_to_come_again_and_the_spool_delivers(self):
        self.stop()
        self.start("--patience", "0.3", command=("sh", "-c", "test -e ready || exit 75; exec attend ingest"))
        match = json.loads((MESSAGES / "bisk-post.json").read_text())
        answer = self.bisk("/api/attendance/ingest/", match)
        self.assertIn(answer.status, (429, 503))
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        self.assertEqual(self.stored(), [])
        (self.home / "ready").touch()
        self.wait_until(self.stored, "delivered from the spool")
        self.bisk("/api/attendance/ingest/", match)
        self.assertEqual(len(self.stored()), 1)

    def test_a_limit_of_attend_becomes_429_with_its_time(self):
        self.attend("settings", "set", "rate_limit", "1")
        match = json.loads((MESSAGES / "bisk-post.json").read_text())
        statuses = []
        for second in range(5):
            answer = self.bisk("/api/attendance/ingest/", {**match, "ts": f"2026-09-07T06:40:0{second}Z"})
            statuses.append(answer.status)
            if answer.status == 429:
                self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        self.assertIn(429, statuses)

    def test_a_request_has_a_size_a_length_and_a_sender(self):
        for length, status in (b"4194305", b"413"), (b"-1", b"411"), (b"x", b"411"):
            with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as raw:
                raw.sendall(b"POST /hikvision/a HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n\r\n")
                self.assertIn(status, raw.recv(1000))
        self.assertEqual(self.ask("/hikvision/a%20b", b"x").status, 400)
        self.assertEqual(self.ask("/iclock/ping").status, 400)
        self.assertEqual(self.ask("/elsewhere").status, 404)
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as raw:
            raw.sendall(b"POST /hikvision/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
            self.assertIn(b"411", raw.recv(1000))
        self.stop()
        self.start("--allow", "10.20.0.0/24")
        self.assertEqual(self.ask("/iclock/ping?SN=A").status, 403)

    def test_beyond_loopback_the_senders_must_be_named(self):
        script = str(ROOT / "examples" / "receiver.py")
        ended = subprocess.run([sys.executable, "-B", script, "--spool", "s2", "--listen", "0.0.0.0:0", "attend"],
                               cwd=self.home, env=self.env, capture_output=True, text=True)
        self.assertEqual(ended.returncode, 2)
        self.assertIn("--allow", ended.stderr)

    def test_idle_connections_leave_room_for_nobody_and_are_closed(self):
        idle = [socket.create_connection(("127.0.0.1", self.port), PATIENCE) for _ in range(64)]
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as one_more:
            self.assertEqual(one_more.recv(10), b"", "closed at once")
        self.assertEqual(idle[0].recv(10), b"", "closed after the time of a request")
        for connection in idle:
            connection.close()
        self.wait_until(lambda: self.ask_or_none("/iclock/ping?SN=A"), "room again")

    def ask_or_none(self, path):
        try:
            return self.ask(path)
        except (urllib.error.URLError, ConnectionError):
            return None

    def test_a_receiver_that_is_killed_finds_its_spool_again(self):
        self.stop()
        self.start("--patience", "0.1", command=("sh", "-c", "exit 75"))
        self.bisk("/api/attendance/ingest/", json.loads((MESSAGES / "bisk-post.json").read_text()))
        self.stop(signal.SIGKILL)
        self.start()
        self.wait_until(self.stored, "delivered")


if __name__ == "__main__":
    unittest.main()
