"""A process that the demo started: whether it lives, what it said last, and how it ends."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from stream.broker.process import spawn_owned

_LAST_BYTES = 8_192
_LAST_LINES = 12


class Child:
    """Started at once; its output goes to the log. It never outlives this process (see spawn_owned)."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self._log = log
        with log.open("wb") as output:
            self._process: subprocess.Popen[bytes] = spawn_owned(command, output, environment)

    @property
    def status(self) -> int | None:
        """Exit status, negative for a signal; None while it runs."""
        return self._process.poll()

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()

    def last_lines(self) -> str:
        return last_lines(self._log)


def last_lines(log: Path) -> str:
    """The end of a log file; empty when nothing was said."""
    with log.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _LAST_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(lines[-_LAST_LINES:])


async def end_all(children: Sequence[Child], patience_seconds: float) -> None:
    """Ask all to end, wait, and kill who has not ended by then; when it returns all are gone."""
    for child in children:
        child.terminate()
    deadline = time.monotonic() + patience_seconds
    try:
        while time.monotonic() < deadline and any(child.status is None for child in children):  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # processes set no event when they end
    finally:  # also when somebody has no patience left and cancels this
        for child in children:
            if child.status is None:
                child.kill()
        while any(child.status is None for child in children):
            time.sleep(0.005)  # noqa: ASYNC251 - a killed process is gone in a moment, and this may not be cancelled
