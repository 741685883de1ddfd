"""A webhook for tests. It stores posts in a folder and answers as FOLDER/answer says.

    web.py FOLDER [--cert PEM --key PEM]

Prints its port. While FOLDER/hold is there, no request is answered. FOLDER/answer: a status, then a line for each header, an empty line and the page. Without it: 200 ok.
The answer `cut` closes the connection instead.
The page may say {path}, as error pages do.
"""

import argparse
import http.server
import pathlib
import ssl
import sys
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--cert")
parser.add_argument("--key")
args = parser.parse_args()


class Hook(http.server.BaseHTTPRequestHandler):
    count = 0

    def answer(self):
        Hook.count += 1
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = "".join(f"{name.lower()}: {value}\n" for name, value in self.headers.items())
        (args.folder / f"{Hook.count}.head").write_text(headers)
        (args.folder / f"{Hook.count}.{self.command.lower()}").write_bytes(body)
        while (args.folder / "hold").exists():
            time.sleep(0.01)
        file = args.folder / "answer"
        head, _, page = (file.read_text() if file.exists() else "200\n\nok").partition("\n\n")
        if head == "cut":
            self.close_connection = True
            return
        status, *headers = head.split("\n")
        page = page.replace("{path}", self.path).encode()
        self.send_response(int(status))
        for header in headers:
            self.send_header(*header.split(": ", 1))
        self.send_header("content-length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    do_GET = do_POST = do_PUT = do_CONNECT = answer

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
server.daemon_threads = True
if args.cert:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(args.cert, args.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
