#!/usr/bin/env python3
"""Receive events from devices and runners by HTTP, and carry them to `attend ingest`.

    receiver.py --spool DIR [--key-file FILE] -- attend ingest
    receiver.py --spool DIR --listen 10.20.0.2:8088 --allow 10.20.0.0/24 -- ssh attend@school

    /iclock/…                            ZKTeco terminals (push protocol); the camera is the serial number
    POST /hikvision/CAMERA               Hikvision terminals (httpHosts): multipart, XML, JSON
    POST /api/attendance/ingest/         BISK runners; their heartbeats: /api/runner/heartbeat/

1. Messages of devices become lines by `attend map`, as they do in a pipeline.
2. A request is answered with success when attend's answer to each of its lines is final, not before.
3. Without that answer the sender gets 429 or 503 with Retry-After. The lines are in the spool of runner.py
   by then and are delivered all the same; sent again, they are duplicates.
4. It listens on loopback unless told otherwise, and then answers only the networks of --allow.
"""
import argparse, hmac, http.server, ipaddress, json, math, os, queue, re, shlex, signal, subprocess, sys, threading, time
from datetime import datetime, timezone
from urllib.parse import parse_qs, urlsplit

from runner import FINAL, SPOOL_LIMIT, Runner, Spool, json_line, parse_object, read_key

MAX_BODY = 4 << 20  # bytes of a request, pictures included
MAX_CONNECTIONS = 64
REQUEST_TIME = 20  # seconds for a request to come in completely
MAP_TIME = 10  # seconds for `attend map`
HEARTBEAT_EVERY = 20  # seconds between heartbeats of a terminal, which polls more often
NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
PASSED_ON = "ts pid target_fps processed_fps snapshot_every detected matched latency_ms last_error".split()
# The first answer to a terminal. 9999 stands for "go on where you are"; TransFlag: attendance records only.
OPTIONS = "GET OPTION FROM: {}\nStamp=9999\nErrorDelay=30\nDelay=15\nTransInterval=1\nTransFlag=1000000000\nRealtime=1\nEncrypt=0\n"


class Ticket:
    """The lines of one request, and their acks so far."""

    def __init__(self, lines):
        self.lines, self.open = lines, len(lines)
        self.acks, self.again, self.abandoned = [], None, False
        self.settled = threading.Event()
        if not lines:
            self.settled.set()

    def settle(self, ack):
        if ack["status"] in FINAL:
            self.acks.append(ack)
            self.open -= 1
        else:
            self.again = ack
        if self.again or not self.open:
            self.settled.set()


class Courier(Runner):
    """A runner whose input is tickets. Standard input becomes a pipe that only wakes it up."""

    def __init__(self, options, spool):
        super().__init__(options, spool)
        self.waiting, self.by_position = queue.SimpleQueue(), {}
        wake_reader, self.wake = os.pipe()
        os.dup2(wake_reader, 0)
        os.close(wake_reader)
        os.set_blocking(self.wake, False)

    def deliver(self, lines, patience):
        """Called by any thread: the ticket once it is settled, or after `patience` seconds."""
        ticket = Ticket(lines)
        if lines:
            self.waiting.put(ticket)
            try:
                os.write(self.wake, b"!")
            except BlockingIOError:
                pass  # a full pipe wakes as well
            ticket.abandoned = not ticket.settled.wait(patience)
        return ticket

    def take_input(self):
        """Spool the lines of all tickets that wait with one fsync."""
        os.read(0, 1 << 16)
        position, admitted = self.spool.end, []
        while position < SPOOL_LIMIT and not self.waiting.empty():
            ticket = self.waiting.get()
            for line in [] if ticket.abandoned else map(self.admit, ticket.lines):
                self.by_position[position] = ticket
                admitted.append(line)
                position += len(line)
        if admitted:
            self.spool.append(b"".join(admitted))
        if not self.waiting.empty():
            os.write(self.wake, b"!")

    def admit(self, line):
        """Spool heartbeats, too. They keep their instants, so late ones vouch only for their own minutes."""
        fact = parse_object(line)
        if fact.get("type") != "heartbeat":
            return super().admit(line)
        if fact.get("ts") is None:
            fact["ts"] = datetime.now(timezone.utc).isoformat(timespec="microseconds")
        return json_line(**fact)

    def settle(self, label, ack):
        super().settle(label, ack)
        ticket = self.by_position.get(label)
        if ticket:
            if ack["status"] in FINAL:
                del self.by_position[label]
            ticket.settle(ack)


class Server(http.server.ThreadingHTTPServer):
    """At most MAX_CONNECTIONS at once. Further connections are closed, and their senders try again."""

    daemon_threads = True
    request_queue_size = MAX_CONNECTIONS

    def __init__(self, address, handler):
        self.free = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__(address, handler)

    def verify_request(self, request, client_address):
        return self.free.acquire(blocking=False)

    def process_request_thread(self, request, client_address):
        late = threading.Timer(REQUEST_TIME, cut, [request])
        late.daemon = True
        late.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            late.cancel()
            self.free.release()

    def handle_error(self, request, client_address):
        """Do not log connections that are closed early."""
        error = sys.exception() if hasattr(sys, "exception") else sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handle_error(request, client_address)


def cut(request):
    """End a connection whose request takes too long, at any stage of the other thread."""
    try:
        request.shutdown(2)
    except OSError:
        pass


class Handler(http.server.BaseHTTPRequestHandler):
    """One request. HTTP/1.0: a connection ends with its answer."""

    courier, options, server_version, sys_version = None, None, "attend-receiver", ""
    beats = {}

    def do_GET(self):
        url = urlsplit(self.path)
        if not self.allowed():
            return
        if url.path.startswith("/iclock/"):
            return self.zkteco(url, b"")
        self.answer(404, {"detail": "not found"})

    def do_POST(self):
        url = urlsplit(self.path)
        body = self.allowed() and self.body()
        if body in (False, None):
            return
        if url.path.startswith("/iclock/"):
            self.zkteco(url, body)
        elif url.path == "/hikvision" or url.path.startswith("/hikvision/"):
            self.hikvision(url.path[len("/hikvision/"):], body)
        elif url.path in ("/api/attendance/ingest/", "/api/runner/heartbeat/"):
            self.bisk(url.path, body)
        else:
            self.answer(404, {"detail": "not found"})

    def allowed(self):
        address = ipaddress.ip_address(self.client_address[0])
        if any(address in network for network in self.options.allow):
            return True
        self.answer(403, {"detail": "this address may not send"})

    def body(self):
        """The request's body, at most MAX_BODY bytes of known length."""
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            return self.answer(411, {"detail": "Content-Length is missing"})
        if int(length) > MAX_BODY:
            return self.answer(413, {"detail": f"more than {MAX_BODY} bytes"})
        body = self.rfile.read(int(length))
        if len(body) == int(length):
            return body

    # Sources

    def zkteco(self, url, body):
        query = parse_qs(url.query)
        serial, table = query.get("SN", [""])[0], query.get("table", [""])[0].upper()
        if not NAME.fullmatch(serial):
            return self.answer(400, "SN is missing")
        if url.path.startswith("/iclock/cdata") and table == "ATTLOG" and body:
            rows = [row for row in body.splitlines() if row.strip()]
            return self.carry(self.map("zkteco", serial, body), lambda acks: self.answer(200, f"OK: {len(rows)}"))
        # A terminal that polls is alive. The answer does not wait for an ack, because a poll need not be sent again.
        if time.monotonic() - self.beats.get(serial, -math.inf) >= HEARTBEAT_EVERY:
            self.beats[serial] = time.monotonic()
            self.courier.deliver([json_line(type="heartbeat", camera=serial).rstrip()], 0)
        asks = self.command == "GET" and url.path.startswith("/iclock/cdata")
        self.answer(200, OPTIONS.format(serial) if asks else "OK")

    def hikvision(self, camera, body):
        if camera and not NAME.fullmatch(camera):
            return self.answer(400, {"detail": "not a name of a camera"})
        status = {"statusCode": 1, "statusString": "OK", "subStatusCode": "ok"}
        self.carry(self.map("hikvision", camera, body), lambda acks: self.answer(200, status))

    def bisk(self, path, body):
        key = self.options.bisk_key
        if key and not hmac.compare_digest(self.headers.get("X-BISK-KEY", "").encode(), key.encode()):
            return self.answer(403, {"detail": "bad key"})
        message = parse_object(body)
        if not message:
            return self.answer(400, {"detail": "not a JSON object"})
        if path.endswith("/heartbeat/"):
            beat = {name: message[name] for name in PASSED_ON if message.get(name) is not None}
            if "fps" in message:
                beat.setdefault("processed_fps", message["fps"])
            line = json_line(type="heartbeat", camera=message.get("camera_id"), **beat)
        else:
            message.pop("type", None)
            line = json_line(**message)
        self.carry([line.rstrip()], lambda acks: self.answer(
            200 if acks[0]["status"] in (200, 202) else acks[0]["status"], {"ok": acks[0]["status"] == 200, **acks[0]}))

    def map(self, preset, camera, body):
        """The lines of a message, or nothing if `attend map` cannot be run."""
        command = [*self.options.map, preset, *(["--camera", camera] if camera else [])]
        try:
            done = subprocess.run(command, input=body, stdout=subprocess.PIPE, timeout=MAP_TIME)
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"receiver: {error}", file=sys.stderr, flush=True)
            return None
        return done.stdout.splitlines() if done.returncode == 0 else None

    # Answers

    def carry(self, lines, answer):
        """Deliver, then `answer` with the acks; or ask the sender to come again."""
        if lines is None:
            return self.again(503, 30)
        ticket = self.courier.deliver(lines, self.options.patience)
        if ticket.again:
            return self.again(ticket.again["status"], ticket.again.get("retry_after_ms", 1000) / 1000)
        if ticket.open:
            return self.again(429 if self.courier.spool.end >= SPOOL_LIMIT else 503, 10)
        answer(ticket.acks)

    def again(self, status, seconds):
        self.answer(status, {"detail": "not stored yet, send it again"}, {"Retry-After": str(max(1, math.ceil(seconds)))})

    def answer(self, status, content, headers={}):
        is_text = isinstance(content, str)
        data = content.encode() if is_text else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if is_text else "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        """Log nothing, because addresses and queries name people and keys."""


def address(text):
    host, _, port = text.rpartition(":")
    return str(ipaddress.ip_address(host.strip("[]"))), int(port)


def main():
    raw = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--spool", required=True, metavar="DIR")
    parser.add_argument("--listen", type=address, default=("127.0.0.1", 8088), metavar="ADDRESS:PORT")
    parser.add_argument("--allow", type=ipaddress.ip_network, action="append", metavar="NETWORK")
    parser.add_argument("--key-file", metavar="FILE", help="attend's key for this receiver")
    parser.add_argument("--bisk-key-file", metavar="FILE", help="what BISK runners send as X-BISK-KEY")
    parser.add_argument("--map", type=shlex.split, default=["attend", "map"], metavar="COMMAND")
    parser.add_argument("--patience", type=float, default=2, metavar="SECONDS", help="for attend's ack [2]")
    parser.add_argument("--grace", type=int, default=10, metavar="SECONDS")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    options.heartbeat, options.camera = 0, None
    if not options.allow and not ipaddress.ip_address(options.listen[0]).is_loopback:
        parser.error("beyond loopback, name the senders: --allow 10.20.0.0/24")
    options.allow = options.allow or [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1")]
    try:
        options.bisk_key = read_key(options.bisk_key_file)
        courier = Courier(options, Spool(options.spool))
        handler = type("Bound", (Handler,), {"courier": courier, "options": options})
        if ":" in options.listen[0]:
            Server.address_family = http.server.socketserver.socket.AF_INET6
        server = Server(options.listen, handler)
        for number in signal.SIGTERM, signal.SIGINT:
            signal.signal(number, courier.stop)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"receiver: listening on {options.listen[0]} port {server.server_port}", file=sys.stderr, flush=True)
        return courier.run()
    except OSError as error:
        print(f"receiver: {error}", file=sys.stderr)
        return os.EX_IOERR


if __name__ == "__main__":
    sys.exit(main())
