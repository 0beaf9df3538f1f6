"""Who is told in tests: a webhook and a mail server that keep what they get."""

from __future__ import annotations

import email
import json
import socketserver
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import Any, NamedTuple, cast


class Posted(NamedTuple):
    """What was posted where, and when by the clock of time.time()."""

    path: str
    body: dict[str, Any]
    at: float


class Mail(NamedTuple):
    """A mail that was handed over, and to whom."""

    to: list[str]
    message: EmailMessage


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def webhook() -> Iterator[tuple[str, Queue[Posted]]]:
    """Listen for JSON that is posted; gives the address and the queue of what came."""
    posted: Queue[Posted] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.put(Posted(self.path, json.loads(body), time.time()))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")  # as Slack answers

        def log_message(self, *_args: object) -> None:
            """Keep the test's output to itself."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with _serving(server):
        yield f"http://127.0.0.1:{server.server_port}", posted


@contextmanager
def mail_server() -> Iterator[tuple[str, Queue[Mail]]]:
    """Listen for mail (RFC 5321, the least a client needs); gives host:port and the queue of what came."""
    got: Queue[Mail] = Queue()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            to: list[str] = []
            self._say("220 desk.example")
            for line in self.rfile:
                verb = line.split(b":")[0].split(b" ")[0].strip().upper()
                if verb == b"RCPT":
                    to.append(line.decode().partition("<")[2].partition(">")[0])
                if verb == b"DATA":
                    self._say("354 go ahead")
                    got.put(Mail(to, self._message()))
                self._say("221 bye" if verb == b"QUIT" else "250 ok")
                if verb == b"QUIT":
                    return

        def _message(self) -> EmailMessage:
            lines = []
            for line in self.rfile:
                if line == b".\r\n":
                    break
                lines.append(line.removeprefix(b"."))
            return cast("EmailMessage", email.message_from_bytes(b"".join(lines), policy=default))

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server, _serving(server):
        yield f"127.0.0.1:{server.server_address[1]}", got
