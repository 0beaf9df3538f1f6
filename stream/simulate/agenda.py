"""What will happen at the desk, in the order in which it will happen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from typing import Any, TypeVar

T = TypeVar("T")


class Agenda:
    """A heap of steps by their time; those of one microsecond run in the order they were written down."""

    __slots__ = ("_heap", "_written")

    def __init__(self) -> None:
        # The subject's type is checked where it is written down (`at`); a heap of many types cannot keep it.
        self._heap: list[tuple[int, int, Callable[[int, Any], None], Any]] = []
        self._written = 0

    def at(self, when_us: int, step: Callable[[int, T], None], subject: T) -> None:
        """Run `step(when_us, subject)` at that time, which must not be over."""
        self._written += 1
        heappush(self._heap, (when_us, self._written, step, subject))

    def steps(self, end_us: int | None = None) -> Iterator[None]:
        """Run one step after the other up to `end_us`, exclusive; yields after each."""
        heap = self._heap
        while heap and (end_us is None or heap[0][0] < end_us):
            when_us, _, step, subject = heappop(heap)
            step(when_us, subject)
            yield
