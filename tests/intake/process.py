"""`deskpulse intake` as it is started in earnest, a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from stream.broker.process import spawn_owned
from stream.settings import PREFIX, Settings
from tests.e2e.workers import free_port
from tests.engine.desk import with_secrets
from tests.intake.front import MAPPING, SECRET, SIGNED


class IntakeProcess:
    """One after the other on the same port, with the source at /signed."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        (folder / "own.yaml").write_text(MAPPING)
        (folder / "intake.yaml").write_text(f"version: 1\nsources:\n{SIGNED}")
        own = with_secrets(settings) | {"intake_port": self.port, "intake_file": str(folder / "intake.yaml")}
        self._environment = {**os.environ, "NEW_SECRET": SECRET}
        self._environment |= {f"{PREFIX}{name.upper()}": str(value) for name, value in own.items()}
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "stream.cli.main", "intake"]
        with (self._folder / "intake.log").open("ab") as log:
            self.process: subprocess.Popen[bytes] = spawn_owned(command, log, self._environment)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def log(self) -> str:
        return (self._folder / "intake.log").read_text()

    async def until(self, holds: Callable[[str], bool], seconds: float = 30) -> None:
        """Wait until its log is as wanted."""
        async with asyncio.timeout(seconds):
            while not holds(self.log):
                assert self.process.poll() is None, self.log
                await asyncio.sleep(0.05)
