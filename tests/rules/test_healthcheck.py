"""The image's health check, run as the image runs it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests.rules.monitoring_files import ROOT


def _command() -> list[str]:
    check = re.search(r"HEALTHCHECK [^\n]*\\\n\s*CMD (\[.*\])", (ROOT / "Dockerfile").read_text())
    assert check
    python, *arguments = json.loads(check[1])
    assert python == "python"
    return [sys.executable, *arguments]


@contextmanager
def _answering(status: int) -> Iterator[tuple[int, list[str]]]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Keep the test's output to itself."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _check(port: int) -> int:
    # A proxy that nobody answers at: the check must not go there.
    environment = {"DESKPULSE_WEB_PORT": str(port), "http_proxy": "http://127.0.0.1:9"}
    return subprocess.run(_command(), env=environment, capture_output=True, timeout=30, check=False).returncode


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_container_is_healthy_when_healthz_answers_ok(status: int, code: int) -> None:
    with _answering(status) as (port, asked):
        assert _check(port) == code
    assert asked == ["/healthz"]


def test_the_container_is_unhealthy_when_nobody_answers() -> None:
    with _answering(200) as (port, _):
        pass
    assert _check(port) == 1
