"""Trying again what fails for a passing reason, and saying so for as long as it lasts."""

from __future__ import annotations

import asyncio
import logging
import time
from types import TracebackType
from typing import Self

from aiokafka.errors import KafkaError, KafkaTimeoutError

from stream.engine.process.counters import Counters, Work

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0
# How often the log says again that something still fails.
REPEAT_SECONDS = 60.0

log = logging.getLogger("deskpulse.engine")


def passes(error: BaseException) -> bool:
    """Return True for errors that go away by themselves: the broker is slow, gone, or electing a leader."""
    return isinstance(error, KafkaTimeoutError) or (isinstance(error, KafkaError) and bool(error.retriable))


class Pauses:
    """Growing pauses between attempts: told in the log at once and then every minute, and shown as a metric.

    A context manager, so that work that is given up is not shown as failing for ever.
    """

    def __init__(self, work: Work, what: str, counters: Counters) -> None:
        """work: as the metric names it. what: for the log."""
        self._work = work
        self._what = what
        self._counters = counters
        self._next_seconds = FIRST_PAUSE_SECONDS
        self._since: float | None = None
        self._said_at = 0.0
        self._attempts = 0

    def __enter__(self) -> Self:
        """Begin the attempts."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End them: it worked, or it was given up."""
        if kind is None:
            self.over()
        else:
            self.give_up()

    async def wait(self, error: BaseException) -> None:
        """Wait before the next attempt."""
        now = time.monotonic()
        reason = str(error) or type(error).__name__
        self._attempts += 1
        if self._since is None:
            self._since = self._said_at = now
            self._counters.failing[self] = (self._work, now)
            log.warning("%s failed (%s); trying again until it works", self._what, reason)
        elif now - self._said_at >= REPEAT_SECONDS:
            self._said_at = now
            log.warning(
                "%s still fails after %d s and %d attempts (%s); trying again until it works",
                self._what,
                now - self._since,
                self._attempts,
                reason,
            )
        await asyncio.sleep(self._next_seconds)
        self._next_seconds = min(self._next_seconds * 2, LONGEST_PAUSE_SECONDS)

    def over(self) -> None:
        """Say that it works again, if it was said that it did not, and begin anew."""
        if self._since is None:
            return
        log.info("%s works again after %d s", self._what, time.monotonic() - self._since)
        self.give_up()

    def give_up(self) -> None:
        """Show it as failing no more, as it is not tried again."""
        self._counters.failing.pop(self, None)
        self._since, self._attempts, self._next_seconds = None, 0, FIRST_PAUSE_SECONDS
