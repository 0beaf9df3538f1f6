"""The disorder of real pipelines, on purpose and repeatable: events out of order, events twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from typing import TypeVar

from stream.simulate.chance import Chance

T = TypeVar("T")


def disorder(events: Iterable[T], *, places: int = 0, duplicates: float = 0.0, seed: int = 1) -> Iterator[T]:
    """Deliver each event up to `places` later than its turn, and a share of them twice; none is lost.

    A copy comes on its own way, so it may overtake. The same object is yielded for both.
    Raises ValueError, naming the argument, what it got and what it accepts.
    """
    if places < 0:
        raise ValueError(f"places: got {places}; accepts 0 (in order) or more")
    if not 0.0 <= duplicates <= 1.0:
        raise ValueError(f"duplicates: got {duplicates}; accepts a share from 0 to 1")
    return _disorder(events, places, duplicates, Chance(seed, "disorder"))


def _disorder(events: Iterable[T], places: int, duplicates: float, chance: Chance) -> Iterator[T]:
    # Everyone draws a turn in [own place, own place + places]; one whose turn lies before the next place is
    # overtaken by nobody any more and goes out. The second number keeps ties in order and the heap off the events.
    waiting: list[tuple[float, int, T]] = []
    order = 0
    for place, event in enumerate(events):
        while waiting and waiting[0][0] < place:
            yield heappop(waiting)[2]
        for _ in range(2 if duplicates and chance.random() < duplicates else 1):
            order += 1
            heappush(waiting, (place + places * chance.random(), order, event))
    while waiting:
        yield heappop(waiting)[2]
