"""Deskpulse's own worker, with every family: its lag says when it is done, `deskpulse verify` what is wrong."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import aiohttp

from benchmarks.peers.catalogue import Place
from benchmarks.peers.running import Program
from stream.broker.lag import read_lag
from stream.settings import PREFIX, Settings

ROOT: Final = Path(__file__).parents[2]
SOURCES: Final = ("ticket-opened", "ticket-response", "ticket-status", "survey", "customer")
OWN: Final = ("dead-letter", "repartition", "alerts", "live-counts")
FRESH_SECONDS: Final = 60.0


class Verified:
    """Follows a worker by its group's lag, and compares all of its numbers in the end."""

    def __init__(self, place: Place, events: Path) -> None:
        """events: the file that has all that is sent in the end."""
        self._own = _settings(place)
        self.settings = Settings(**self._own)
        self._events = events
        self._behind: int | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]
        self._url = f"http://127.0.0.1:{self._port}"
        self._place = place

    def program(self) -> Program:
        """Return how the worker is started."""
        command = [sys.executable, "-P", "-m", "stream.cli.main", "worker", "--port", str(self._port)]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        own = {f"{PREFIX}{name.upper()}": str(value) for name, value in self._own.items()}
        return Program(command, inherited | own | {"PYTHONPATH": str(ROOT)}, self._place.folder)

    async def start(self) -> None:
        """Nothing is held open."""

    async def stop(self) -> None:
        """Nothing is held open."""

    async def take(self) -> bool:
        """Ask for the lag; returns whether it is another than before."""
        lag = await read_lag(self.settings)
        # Topics that are just made may look empty for a moment; what has been committed is there.
        committed = any(partition.committed for partition in lag.partitions)
        before, self._behind = self._behind, lag.behind if committed else None
        return before != self._behind

    @property
    def begun(self) -> bool:
        """Whether the group has committed anything."""
        return self._behind is not None

    @property
    def complete(self) -> bool:
        """Whether the group has committed all there is."""
        return self._behind == 0

    async def verdict(self) -> tuple[int, int]:
        """Return how many numbers are wrong, of how many, in a snapshot from now on."""
        await self._until_fresh()
        command = [sys.executable, "-m", "stream.cli.main", "verify", str(self._events), "--live", self._url, "--json"]
        done = await asyncio.to_thread(
            subprocess.run, command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
        )
        if done.returncode > 1:
            raise RuntimeError(f"deskpulse verify failed: {done.stderr}")
        found: dict[str, Any] = json.loads(done.stdout)
        return len(found["differences"]), found["numbers"]

    async def _until_fresh(self) -> None:
        """Wait for a snapshot that begins after this call."""
        since = time.time()
        async with aiohttp.ClientSession() as http:
            while True:
                async with http.get(f"{self._url}/api/v1/live") as answer:
                    snapshot = await answer.json()
                if "as_of" in snapshot and datetime.fromisoformat(snapshot["as_of"]).timestamp() > since:
                    return
                if time.time() - since > FRESH_SECONDS:
                    raise RuntimeError(f"no snapshot since {since} but {str(snapshot)[:300]}")
                await asyncio.sleep(0.2)


def _settings(place: Place) -> dict[str, Any]:
    topics = {f"topic_{name.replace('-', '_')}": place.prefix + name for name in SOURCES}
    topics |= {f"topic_{name.replace('-', '_')}": f"{place.run}-{name}" for name in OWN}
    return topics | {
        "broker": place.broker,
        "partitions": place.partitions,
        "app_id": place.run,
        "data_dir": place.folder / "data",
        "session_timeout_seconds": 10,
    }
