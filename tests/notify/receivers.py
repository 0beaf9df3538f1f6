"""Receivers for tests: real HTTP servers that keep what is posted and answer as they are told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Posted:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def alert_id(self) -> str:
        return str(self.json["data"]["alert_id"])


@dataclass
class Answer:
    """How a request is answered."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    after_seconds: float = 0.0


OK = Answer()
Decide = Callable[[Posted, int], Answer]


class Listener:
    """A receiver; `decide` says how the n-th request (from 1) is answered."""

    def __init__(self, decide: Decide) -> None:
        self.decide = decide
        self.posted: list[Posted] = []
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self.closing = threading.Event()
        self.url = ""

    def take(self, posted: Posted) -> Answer:
        with self._changed:
            self.posted.append(posted)
            self._changed.notify_all()
            return self.decide(posted, len(self.posted))

    def until(self, count: int, seconds: float = 30) -> list[Posted]:
        """Wait for so many requests."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.posted) >= count, seconds):
                raise AssertionError(f"{len(self.posted)} of {count} came within {seconds} s")
            return list(self.posted)


@contextmanager
def listening(decide: Decide = lambda _posted, _n: OK) -> Iterator[Listener]:
    """Listen at a free port of this machine."""
    listener = Listener(decide)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = listener.take(Posted(self.path, dict(self.headers), body, time.time()))
            listener.closing.wait(answer.after_seconds)
            try:
                self.send_response(answer.status)
                for name, value in {**answer.headers, "Content-Length": "0"}.items():
                    self.send_header(name, value)
                self.end_headers()
            except ConnectionError:
                self.close_connection = True  # it was not waited for

        def log_message(self, *_args: object) -> None:
            """Keep the test's output to itself."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_args: object) -> None:
            """A client that was killed is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    listener.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    try:
        yield listener
    finally:
        listener.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
