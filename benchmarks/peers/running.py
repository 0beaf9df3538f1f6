"""One run of one program over one log: from its start until its answers are right or change no more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.peers.answers import Judge
from benchmarks.peers.process import Pinned

LOOK_SECONDS: Final = 0.1
QUIET_SECONDS: Final = 15.0
# The group of a program that was killed waits for its session, and readers for its open transaction: 10 s each at most.
QUIET_AFTER_KILL_SECONDS: Final = 45.0
# A program that uses more of its core than this is still at work, whatever it answers.
IDLE_SHARE: Final = 0.25
LONGEST_SECONDS: Final = 900.0


class FailedError(Exception):
    """A program ended by itself, or was not done in time; the text has the end of its log."""


@dataclass(frozen=True, slots=True)
class Program:
    """How a program is started.

    Attributes:
        command: the executable and its arguments.
        environment: all of it.
        folder: for its log.
    """

    command: list[str]
    environment: Mapping[str, str]
    folder: Path

    def start(self) -> Pinned:
        """Start it on its core."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return Pinned(self.command, self.environment, self.folder / "program.log")


@dataclass(frozen=True, slots=True)
class Taken:
    """What a run came to.

    Attributes:
        cpu_seconds: what the program used until its last answer that changed anything.
        memory: the most that it used, in bytes.
        wrong: how many numbers were not right in the end.
        of: how many numbers were compared.
    """

    cpu_seconds: float
    memory: int
    wrong: int
    of: int


Kill = Callable[[], Awaitable[None]]
Rest = Callable[[Kill], Awaitable[None]]
"""Sends the rest of a log, and calls its argument when the program is to be killed and started again."""


async def run(program: Program, judge: Judge, rest: Rest | None = None, *, judged: bool = True) -> Taken:
    """Run a program until it has answered.

    Args:
        program: what is run.
        judge: follows it.
        rest: called once the program is done with what was there.
        judged: whether to compare its numbers, which takes Deskpulse longer than to make them.

    Raises:
        FailedError: it ended by itself, or was not done in time.
    """
    process = program.start()
    await judge.start()
    try:
        used = await _until_settled(process, judge, QUIET_SECONDS)
        memory = process.memory
        if rest is not None:

            async def kill() -> None:
                nonlocal process
                await asyncio.to_thread(process.kill)
                process = program.start()

            await rest(kill)
            await _until_settled(process, judge, QUIET_AFTER_KILL_SECONDS)
        wrong, of = await judge.verdict() if judged else (0, 0)
        return Taken(used, memory, wrong, of)
    finally:
        await asyncio.to_thread(process.kill)
        await judge.stop()


async def _until_settled(process: Pinned, judge: Judge, quiet_seconds: float) -> float:
    """Wait until all is right, or the program is idle and says nothing new; returns its CPU time at the last change."""
    began = changed_at = looked_at = time.monotonic()
    used_at_change = used_at_look = 0.0
    while time.monotonic() - began < LONGEST_SECONDS:
        if not process.running:
            raise FailedError(f"it ended by itself: {_end_of(process.log)}")
        used, changed = process.cpu_seconds(), await judge.take()
        now = time.monotonic()
        if changed:
            changed_at, used_at_change = now, used
            if judge.complete:
                return used_at_change
        if now - looked_at >= 2:
            idle = used - used_at_look < IDLE_SHARE * (now - looked_at)
            used_at_look, looked_at = used, now
            if idle and judge.begun and now - changed_at > quiet_seconds:
                return used_at_change
        await asyncio.sleep(LOOK_SECONDS)
    raise FailedError(f"it was still at work after {LONGEST_SECONDS:.0f} s: {_end_of(process.log)}")


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]
