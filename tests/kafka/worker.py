"""A real worker, run as a person runs it: `deskpulse worker` in a process of its own, looked at over HTTP."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from pydantic import SecretStr

from stream.broker.lag import read_lag
from stream.broker.process import spawn_owned
from stream.engine.desk.view import Phase
from stream.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]


class Worker:
    """One worker process."""

    def __init__(self, settings: Settings, http: aiohttp.ClientSession, log: Path) -> None:
        self._settings = settings
        self._http = http
        self._log = log
        port = _free_port()
        self._url = f"http://127.0.0.1:{port}"
        with log.open("ab") as output:
            self.process: subprocess.Popen[bytes] = spawn_owned(
                [sys.executable, "-m", "stream.cli.main", "worker", "--port", str(port)],
                output,
                _environment(settings),
            )

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    async def until_phase(self, phase: Phase, seconds: float = 60) -> None:
        """Wait until the worker says that it is in this phase."""
        deadline = time.monotonic() + seconds
        told: Any = None
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"the worker ended with {self.process.returncode}:\n{self.log}"
            try:
                told = await self._get("/healthz")
            except aiohttp.ClientConnectionError as error:
                told = error
            else:
                if told["phase"] == phase:
                    return
            await asyncio.sleep(0.1)
        raise AssertionError(f"not {phase} within {seconds} s but {told}:\n{self.log}")

    async def until_caught_up(self, seconds: float = 60) -> dict[str, Any]:
        """Wait until its group has committed all there is, and return a snapshot that was taken after that."""
        deadline = time.monotonic() + seconds
        await self.until_phase(Phase.READY, seconds)
        while (lag := await read_lag(self._settings)).behind:
            assert time.monotonic() < deadline, f"{lag.behind} records still wait:\n{self.log}"
            await asyncio.sleep(0.2)
        since = time.time()
        while True:
            snapshot: dict[str, Any] = await self._get("/api/v1/live")
            # It has none while the group rebalances, as when the session of a killed member runs out.
            if "as_of" in snapshot and datetime.fromisoformat(snapshot["as_of"]).timestamp() > since:
                return snapshot
            assert time.monotonic() < deadline, f"no snapshot after {since} but {snapshot}:\n{self.log}"
            await asyncio.sleep(0.2)

    async def metric(self, name: str) -> float:
        """Return the sum of a metric's samples."""
        async with self._http.get(f"{self._url}/metrics") as answer:
            text = await answer.text()
        samples = re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE)
        assert samples, f"no sample of {name}"
        return sum(map(float, samples))

    async def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it and return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return await asyncio.to_thread(self.process.wait, 30)

    async def _get(self, path: str) -> Any:
        async with self._http.get(f"{self._url}{path}") as answer:
            return await answer.json()


@asynccontextmanager
async def workers(folder: Path) -> AsyncIterator[Any]:
    """Give a function that starts a worker with settings; all of them are ended in the end."""
    started: list[Worker] = []

    async with aiohttp.ClientSession() as http:

        def start(settings: Settings) -> Worker:
            worker = Worker(settings, http, folder / f"worker-{len(started)}.log")
            started.append(worker)
            return worker

        try:
            yield start
        finally:
            for worker in started:
                if worker.process.poll() is None:
                    worker.process.kill()
                worker.process.wait()


def _environment(settings: Settings) -> dict[str, str]:
    """Spell the settings that differ from the defaults as a person does, in the environment."""
    config = f"{PREFIX}CONFIG"  # an empty file, see tests/conftest.py
    environment = {name: value for name, value in os.environ.items() if name == config or not name.startswith(PREFIX)}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        environment[f"{PREFIX}{name.upper()}"] = ",".join(map(str, plain)) if isinstance(plain, tuple) else str(plain)
    return {**environment, "PYTHONPATH": str(ROOT)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
