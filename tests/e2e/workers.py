"""Workers as they are started in earnest, each a process that serves its pages."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import aiohttp

from stream.broker.process import spawn_owned
from stream.settings import PREFIX, Settings


def free_port() -> int:
    """Return a port that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_worker(settings: Settings, port: int, folder: Path) -> subprocess.Popen[bytes]:
    """Start a worker of a desk; its log is in the folder, by its port."""
    own = {name: value for name, value in settings.model_dump(mode="json", exclude_unset=True).items() if value}
    environment = {**os.environ, **{f"{PREFIX}{name.upper()}": str(value) for name, value in own.items()}}
    environment |= {f"{PREFIX}WEB_PORT": str(port), f"{PREFIX}DATA_DIR": str(folder / str(port))}
    with (folder / f"{port}.log").open("ab") as log:
        return spawn_owned([sys.executable, "-m", "stream.cli.main", "worker"], log, environment)


async def answers(url: str, worker: subprocess.Popen[bytes], log: Path, seconds: float) -> None:
    """Wait until it serves its pages; fails with its log when it does not."""
    give_up = time.monotonic() + seconds
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"{url}/healthz"):
                    return
            except aiohttp.ClientConnectionError:
                assert worker.poll() is None, log.read_text()
                assert time.monotonic() < give_up, log.read_text()
                await asyncio.sleep(0.1)
