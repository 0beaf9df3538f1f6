"""When an event is due: at so many a second, or as fast as the desk's clock runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from stream.simulate.journal import Event


class Pace(Protocol):
    def due_in(self, event: Event) -> float:
        """Seconds from now until this event, the next one, is due; 0 or less when it is."""


class AtOnce:
    """As fast as they can be sent."""

    def due_in(self, event: Event) -> float:
        return 0.0


class PerSecond:
    """So many events a second, counted from the first."""

    def __init__(self, rate: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        if not rate > 0:
            raise ValueError(f"rate: got {rate}; accepts a number of events a second above 0")
        self._rate = rate
        self._monotonic = monotonic
        self._first: float | None = None
        self._asked: Event | None = None
        self._number = 0

    def due_in(self, event: Event) -> float:
        now = self._monotonic()
        if self._first is None:
            self._first = now
            self._asked = event
        elif event is not self._asked:  # asked again while it waits, an event keeps its turn
            self._asked = event
            self._number += 1
        return self._first + self._number / self._rate - now


class AsTimePasses:
    """`speed` seconds of the desk pass in a second; what happened before `live_from` is due at once.

    The desk never runs ahead of the wall clock when `not_ahead` is set: a live window has no place for the future.
    A faster desk that has caught up goes on in real time.
    """

    def __init__(
        self,
        speed: float,
        live_from: datetime,
        *,
        not_ahead: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        if not speed > 0:
            raise ValueError(f"speed: got {speed}; accepts a number above 0, 1 is real time")
        self._speed = speed
        self._live_from = live_from.timestamp()
        self._not_ahead = not_ahead
        self._monotonic = monotonic
        self._wall = wall
        self._began: float | None = None

    def due_in(self, event: Event) -> float:
        if self._began is None:  # before the history is sent: what that takes must not make the desk late for ever
            self._began = self._monotonic()
        happens = datetime.fromisoformat(event["occurred_at"]).timestamp()
        if happens <= self._live_from:
            return 0.0
        wait = (happens - self._live_from) / self._speed - (self._monotonic() - self._began)
        return max(wait, happens - self._wall()) if self._not_ahead else wait
