"""A program on a core of its own: its CPU time and memory, with those of its children."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import psutil

from stream.broker.process import spawn_owned

CORE: Final = {0}


class Pinned:
    """A running program that may use one core."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        """log: takes what the program prints."""
        self.log = log
        with log.open("ab") as output:
            self._process = spawn_owned(command, output, environment)
        pin(self._process.pid, CORE)
        self._root = psutil.Process(self._process.pid)
        self.memory = 0
        """The most that it was seen to use, in bytes."""

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def cpu_seconds(self) -> float:
        """Return what it has used so far, and look at its memory."""
        used = memory = 0.0
        for process in self._tree():
            with contextlib.suppress(psutil.NoSuchProcess):  # a child that ended since
                times = process.cpu_times()
                used += times.user + times.system
                memory += process.memory_info().rss
        self.memory = max(self.memory, int(memory))
        return used

    def kill(self) -> None:
        """End it and its children at once."""
        for process in self._tree():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        self._process.wait()

    def _tree(self) -> Iterator[psutil.Process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            yield from [self._root, *self._root.children(recursive=True)]


def pin(pid: int, cores: set[int]) -> None:
    """Keep a process to these cores, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, cores)
