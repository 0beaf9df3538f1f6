"""`deskpulse demo` as a newcomer runs it, and every way it can end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, TypeVar

import orjson
import psutil
import pytest

from stream.metric_names import worker

START_SECONDS = 60.0  # on a busy machine; a quiet one needs four
END_SECONDS = 15.0
T = TypeVar("T")


class Demo:
    """A running demo: what it said so far, and who belongs to it."""

    def __init__(self, *options: str) -> None:
        # Few tickets, since what is looked at here is not how many they are.
        command = [sys.executable, "-m", "stream.cli.main", "demo", "--tickets-per-day", "2000", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ)
        self.said: list[str] = []
        self._family: dict[int, psutil.Process] = {}

    def read_until(self, pattern: str) -> re.Match[str]:
        """Read what it says up to a line with the pattern."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.decode().rstrip())
            if found := re.search(pattern, self.said[-1]):
                return found
        raise AssertionError(f"ended without saying {pattern}: {self.said} {self.end_of_errors()}")

    def started(self) -> list[str]:
        """Wait until it says where to look; returns the pages."""
        self.read_until("Ctrl-C ends everything")
        [pages] = [line for line in self.said if line.startswith("live page")]
        return [page.rstrip("/") for page in pages.split()[2:]]

    def family(self) -> list[psutil.Process]:
        """Every process it has started so far."""
        for child in psutil.Process(self.process.pid).children(recursive=True):
            self._family.setdefault(child.pid, child)
        return list(self._family.values())

    def member(self, word: str) -> psutil.Process:
        return next(process for process in self.family() if word in " ".join(process.cmdline()))

    def ended(self) -> tuple[int, float]:
        """Wait for the end; returns the exit status and how long that took. Nobody of the family may be left."""
        began = time.monotonic()
        assert self.process.stdout is not None
        self.said += [line.decode().rstrip() for line in self.process.stdout]
        status = self.process.wait(END_SECONDS)
        seconds = time.monotonic() - began
        left = [process for process in self._family.values() if process.is_running()]
        assert not left, f"left running: {left}"
        return status, seconds

    def end_of_errors(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for process in self._family.values():
            if process.is_running():
                process.kill()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


@pytest.fixture
def demo() -> Iterator[Callable[..., Demo]]:
    demos: list[Demo] = []

    def start(*options: str) -> Demo:
        demos.append(Demo(*options))
        return demos[-1]

    yield start
    for each in demos:
        each.close()


def get(url: str) -> bytes:
    with closing(urllib.request.urlopen(url, timeout=20)) as answer:
        body: bytes = answer.read()
        return body


def live(page: str, more_than: int) -> dict[str, Any] | None:
    """The snapshot, once it has more tickets than that."""
    snapshot: dict[str, Any] = orjson.loads(get(f"{page}/api/v1/live"))
    return snapshot if snapshot["tickets"]["opened"] > more_than else None


def within(seconds: float, question: Callable[[], T | None]) -> T:
    """Ask again and again until there is an answer."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if answer := question():
                return answer
        except urllib.error.HTTPError as error:
            error.close()
            if error.code != 503:  # for an instant a worker may not be ready
                raise
        assert time.monotonic() < deadline, "no answer in time"
        time.sleep(0.1)


def metric(page: str, name: str) -> float:
    """Sum of all samples of a metric."""
    lines = get(f"{page}/metrics").decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if re.match(rf"{name}(\{{|\s)", line))


@pytest.mark.timeout(240)
def test_the_demo_starts_its_numbers_move_and_ctrl_c_ends_it_all(demo: Callable[..., Demo]) -> None:
    running = demo("--port", "0")
    [page] = running.started()
    assert len(running.family()) == 2, "a broker and a worker"
    # The history comes first; when it is read, what is left moves as it happens.
    first = within(START_SECONDS, lambda: live(page, 1500))
    within(START_SECONDS, lambda: metric(page, f"{worker.RECORDS.name}_total") > 20_000)
    within(START_SECONDS, lambda: metric(page, worker.CONSUMER_LAG.name) < 10)
    read = metric(page, f"{worker.RECORDS.name}_total")
    opened = within(START_SECONDS, lambda: live(page, first["tickets"]["opened"]))["tickets"]["opened"]
    later = within(START_SECONDS, lambda: live(page, opened))
    assert metric(page, f"{worker.RECORDS.name}_total") > read
    assert later["as_of"] > first["as_of"]
    assert metric(page, f"{worker.REJECTED.name}_total") == 0
    assert metric(page, f"{worker.LATE.name}_total") == 0
    # what came ahead of its opening, from a topic that was read sooner, has it by and by
    within(START_SECONDS, lambda: live(page, 0)["tickets"]["without_opening"] == 0)
    total = {row["window"]: row for row in later["first_response"] if not row["labels"]}
    assert total["24h"]["n"] > total["1h"]["n"] > 0
    [backlog] = [row for row in later["backlog"] if not row["labels"]]
    assert backlog["n"] > 0
    assert backlog["ages"][">7d"] + backlog["ages"]["3-7d"] > 0, "the desk has no history"
    # This hour can be compared with that of each of the four weeks before, and looks like it.
    baseline = {row["metric"]: row for row in later["baseline"]}
    assert {row["n"] for row in baseline.values()} == {4}
    for counted in (baseline["inflow"], baseline["backlog"]):
        assert 0.5 * counted["low"] < counted["now"] < 1.5 * counted["high"]
    assert later["invariant"]["error"] == 0
    assert b"<html" in get(f"{page}/")
    running.process.send_signal(signal.SIGINT)
    status, seconds = running.ended()
    assert status == 0, running.end_of_errors()
    assert seconds < 8
    assert re.match(r"ended after .* nothing is left running", running.said[-1])
    assert len(running.said) <= 8, running.said
    assert running.end_of_errors() == ""


@pytest.mark.timeout(120)
def test_a_taken_port_is_said_and_another_one_is_picked(demo: Callable[..., Demo]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        running = demo("--port", str(port))
        [page] = running.started()
    assert not page.endswith(f":{port}")
    assert running.said[0] == f"port {port} is taken, so the live page is on {page.rsplit(':')[-1]}"
    running.family()
    running.process.send_signal(signal.SIGTERM)
    assert running.ended()[0] == 0


@pytest.mark.timeout(120)
def test_a_worker_that_dies_is_named_with_its_last_lines_and_ends_the_demo(demo: Callable[..., Demo]) -> None:
    running = demo("--port", "0", "--workers", "2")
    pages = running.started()
    assert len(pages) == 2
    assert len(running.family()) == 3
    running.member("worker").kill()
    status, _ = running.ended()
    errors = running.end_of_errors()
    assert status == 1
    assert re.match(r"demo: worker [12] ended by signal SIGKILL, so the demo ends; its last lines:\n", errors)
    assert "starting worker" in errors


@pytest.mark.timeout(120)
def test_a_broker_that_dies_ends_the_demo(demo: Callable[..., Demo]) -> None:
    running = demo("--port", "0")
    running.started()
    running.family()
    running.member("tansu").kill()
    status, _ = running.ended()
    assert status == 1
    assert running.end_of_errors().startswith("demo: the broker ended, so the demo ends; ")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("after_seconds", [0.3, 1.2, 2.5])
def test_ctrl_c_while_it_starts_leaves_nothing_behind(demo: Callable[..., Demo], after_seconds: float) -> None:
    running = demo("--port", "0")
    running.read_until("starting a broker")
    deadline = time.monotonic() + after_seconds
    while time.monotonic() < deadline:
        running.family()
        time.sleep(0.05)
    running.process.send_signal(signal.SIGINT)
    status, _ = running.ended()
    assert status == 0, running.end_of_errors()
    assert "Traceback" not in running.end_of_errors()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with a parent that was killed")
@pytest.mark.timeout(120)
def test_a_killed_demo_leaves_no_orphan(demo: Callable[..., Demo]) -> None:
    running = demo("--port", "0")
    running.started()
    family = running.family()
    assert len(family) == 2
    running.process.kill()
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive
    assert running.ended()[0] == -signal.SIGKILL


@pytest.mark.timeout(60)
def test_a_wrong_option_names_itself(demo: Callable[..., Demo]) -> None:
    for options, says in (
        (("--speed", "0"), "--speed: got 0.0; accepts a number above 0"),
        (("--workers", "0"), "--workers"),
        (("--tickets-per-day", "-5"), "tickets_per_day: got -5.0"),
    ):
        running = demo(*options)
        assert running.ended()[0] == 2
        assert says in running.end_of_errors().replace("\n│ ", " ")
