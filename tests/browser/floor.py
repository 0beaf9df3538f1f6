"""A desk with a broker, workers and customers, each a process of its own, for pages that are looked at."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import orjson
from aiokafka import AIOKafkaProducer

from stream.broker.embedded import EmbeddedBroker
from stream.broker.process import spawn_owned
from stream.metric_names.worker import CONSUMER_LAG

TOKEN, BOARD_TOKEN = "the-admin's-token", "the-board's-token"
# The embedded broker holds back the first join for half of it.
SESSION_SECONDS = 3
READY_SECONDS = 60.0
LAG = re.compile(rf"^{CONSUMER_LAG.name}\{{.*\}} (\S+)$", re.MULTILINE)
T = TypeVar("T")

_DESKPULSE = (sys.executable, "-P", "-m", "stream.cli.main")
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def within(seconds: float, look: Callable[[], T], what: str) -> T:
    """Call `look` until it returns something true; returns that. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if found := look():
                return found
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.1)
    raise TimeoutError(f"{what}: not within {seconds:g} s")


class Worker:
    """A worker that always has the same port, dead or alive."""

    def __init__(self, name: str, folder: Path, environment: Mapping[str, str]) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._log = folder / f"{name}.log"
        self._environment = {
            **environment,
            "DESKPULSE_WEB_PORT": str(port),
            "DESKPULSE_DATA_DIR": str(folder / name),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it is not ready at once."""
        with self._log.open("ab") as output:
            self._process = spawn_owned([*_DESKPULSE, "worker"], output, self._environment)

    def ready(self) -> None:
        """Wait until it is."""
        within(READY_SECONDS, lambda: _direct.open(f"{self.url}/readyz", timeout=2), f"{self._log.read_text()[-3000:]}")

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def end(self) -> None:
        """Kill it, if it was started, and wait for its end."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def get(self, path: str) -> Any:
        """Return what it answers, from JSON."""
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {TOKEN}"})
        with _direct.open(request, timeout=10) as answer:
            return orjson.loads(answer.read())


class Floor:
    """What runs: `start` begins it all and waits until the workers are ready."""

    def __init__(self, folder: Path, workers: int = 1, *, crowd: bool = True, **settings: str) -> None:
        """crowd: whether customers write from the start, and had for hours before."""
        self._folder = folder
        self._broker = EmbeddedBroker(log=folder / "broker.log")
        self._settings = settings
        self._count = workers
        self._crowded = crowd
        self._crowd: subprocess.Popen[bytes] | None = None
        self.workers: list[Worker] = []

    def start(self) -> None:
        """Start broker, topics, workers, and a desk that has been open for hours and goes on in real time."""
        self._broker.start()
        environment = {**os.environ, **self._environment()}
        subprocess.run(
            [*_DESKPULSE, "topics", "--create"], env=environment, check=True, capture_output=True, timeout=60
        )
        self.workers = [Worker(f"worker-{number}", self._folder, environment) for number in range(self._count)]
        for worker in self.workers:
            worker.start()
        if self._crowded:
            self._start_crowd(environment)
        for worker in self.workers:
            worker.ready()
        if self._crowded:
            within(READY_SECONDS, self._settled, "the desk's history is read")

    @property
    def broker(self) -> str:
        """Where the broker is."""
        return self._broker.address

    def _start_crowd(self, environment: Mapping[str, str]) -> None:
        crowd = ["simulate", "--kafka", "--speed", "1", "--history", "0.3"]  # of a day
        crowd += ["--tickets-per-day", "4000", "--leftovers", "60", "--customers", "500"]
        with (self._folder / "crowd.log").open("wb") as output:
            self._crowd = spawn_owned([*_DESKPULSE, *crowd], output, environment)

    def open_ticket(self, ticket: str) -> None:
        """Have a customer write, now."""
        event = {"type": "ticket.opened", "version": 1, "event_id": ticket, "ticket_id": ticket}
        event["occurred_at"] = datetime.now(UTC).isoformat()
        self.send(ticket.encode(), orjson.dumps(event))

    def send(self, key: bytes, value: bytes) -> None:
        """Send a record of opened tickets. In a thread, as the browser's driver has the loop of this one."""

        async def send() -> None:
            async with AIOKafkaProducer(bootstrap_servers=self._broker.address) as producer:
                await producer.send_and_wait("ticket-opened", value, key=key)

        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, send()).result(20)

    def stop(self) -> None:
        """End everything."""
        if self._crowd is not None:
            self._crowd.kill()
            self._crowd.wait()
        for worker in self.workers:
            worker.end()
        self._broker.stop()

    def _settled(self) -> bool:
        lags = []
        for worker in self.workers:
            request = urllib.request.Request(f"{worker.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
            with _direct.open(request, timeout=10) as answer:
                text = answer.read().decode()
            lags += [
                float(lag) for lag in re.findall(r"^deskpulse_consumer_lag_records\{.*\} (\S+)$", text, re.MULTILINE)
            ]
        opened = self.workers[0].get("/api/v1/live?window=1h")["tickets"]["opened"]
        return bool(lags) and max(lags) < 50 and opened > 60  # whatever the hour of the day

    def _environment(self) -> dict[str, str]:
        settings = {
            "broker": self._broker.address,
            "security_protocol": "PLAINTEXT",
            "replication_factor": "1",
            "session_timeout_seconds": str(SESSION_SECONDS),
            "web_host": "127.0.0.1",
            "web_token": TOKEN,
            "web_board_token": BOARD_TOKEN,
            **self._settings,
        }
        return {f"DESKPULSE_{name.upper()}": value for name, value in settings.items()}
