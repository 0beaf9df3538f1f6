"""Which partitions this worker may speak for, right now."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

NOTHING: frozenset[int] = frozenset()


class Ownership:
    """The set of partitions whose numbers may be shown: set after recovery, empty as soon as there is any doubt.

    A worker that was paused for longer than its session may have been replaced without knowing it yet, so the set
    also reads as empty when nobody has confirmed it for that long. A rebalance releases it from the consumer's thread,
    so every change holds a lock: what was released is not published again by a caller who looked before.
    """

    def __init__(self, session_seconds: float) -> None:
        """session_seconds: after this long without a sign of life the group gives the partitions to others."""
        self._session_seconds = session_seconds
        self._partitions: frozenset[int] = NOTHING
        self._alive_at = time.monotonic()
        self._lock = threading.Lock()
        self.term = 0
        """Grows with every release, so that what was begun before one can be told from what was begun after."""

    @property
    def current(self) -> frozenset[int]:
        """The partitions owned; empty while in doubt."""
        return NOTHING if self.slept else self._partitions

    @property
    def published(self) -> frozenset[int]:
        """The partitions owned as far as the worker knew when it last looked."""
        return self._partitions

    @property
    def slept(self) -> bool:
        """True if `keep_alive` was not called for as long as a session lasts: the process was paused."""
        return time.monotonic() - self._alive_at > self._session_seconds

    def keep_alive(self) -> None:
        """Note that the worker runs; called every second."""
        self._alive_at = time.monotonic()

    def release(self, then: Callable[[], None] = lambda: None) -> None:
        """Own nothing from now on. then: called before anybody can own anything again. From any thread."""
        with self._lock:
            self._partitions = NOTHING
            self.term += 1
            then()

    def publish(self, partitions: Iterable[int], term: int, then: Callable[[], None] = lambda: None) -> bool:
        """Own these as well, unless there was a release since `term`; returns whether it was done.

        then: called if it was, before the next release. It must be short, as that waits for it.
        """
        with self._lock:
            if term != self.term:
                return False
            self._partitions |= frozenset(partitions)
            then()
            return True

    def drop(self, partitions: Iterable[int]) -> None:
        """No longer own these."""
        with self._lock:
            self._partitions -= frozenset(partitions)
