"""How many wait for how long, by bucket of the histogram, as time goes on.

A wait grows with no event. It moves to the next bucket at an instant that is known, and a heap tells whose is next: so
a second costs what moves in it, not all that waits.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush

from stream.core.histogram import Buckets


class Waits:
    """The waits of tickets, of which their openings are known. Counts nothing before somebody looks."""

    __slots__ = ("_bounds_us", "_buckets", "_counts", "_moves", "_now_us", "_places")

    def __init__(self) -> None:
        """Start with none."""
        self._buckets: Buckets | None = None
        self._bounds_us: tuple[int, ...] = ()
        self._now_us = 0
        self._counts: dict[int, int] = {}
        # The bucket of those that were opened at an instant, and how many these are.
        self._places: dict[int, tuple[int, int]] = {}
        # When the next bucket begins for those that were opened at an instant; some of them wait no more.
        self._moves: list[tuple[int, int]] = []

    def add(self, opened_us: int) -> None:
        """Note that one waits that was opened then."""
        if self._buckets is None:
            return
        place = self._places.get(opened_us)
        if place is None:
            bucket, n = self._buckets.index(max(0, self._now_us - opened_us)), 0
            if bucket < len(self._bounds_us):
                heappush(self._moves, (opened_us + self._bounds_us[bucket] + 1, opened_us))
        else:
            bucket, n = place
        self._places[opened_us] = bucket, n + 1
        self._counts[bucket] = self._counts.get(bucket, 0) + 1

    def remove(self, opened_us: int) -> None:
        """Note that one waits no more."""
        if self._buckets is None:
            return
        bucket, n = self._places.pop(opened_us)
        if n > 1:
            self._places[opened_us] = bucket, n - 1
        self._take(bucket, 1)

    def at(self, now_us: int, buckets: Buckets, opened_us: Iterable[int]) -> dict[int, int]:
        """Return how many wait at now, by bucket; opened_us: when those were opened that wait, to begin with."""
        if self._buckets is not buckets or now_us < self._now_us:
            self._begin(now_us, buckets, opened_us)
        else:
            self._go_on(now_us, buckets)
        return dict(self._counts)

    def _begin(self, now_us: int, buckets: Buckets, opened_us: Iterable[int]) -> None:
        self._buckets, self._bounds_us, self._now_us = buckets, buckets.bounds_us, now_us
        self._counts, self._places = {}, {}
        for opened in opened_us:
            bucket = buckets.index(max(0, now_us - opened))
            _, n = self._places.get(opened, (bucket, 0))
            self._places[opened] = bucket, n + 1
            self._counts[bucket] = self._counts.get(bucket, 0) + 1
        bounds_us = self._bounds_us
        self._moves = [
            (opened + bounds_us[bucket] + 1, opened)
            for opened, (bucket, _) in self._places.items()
            if bucket < len(bounds_us)
        ]
        heapify(self._moves)

    def _go_on(self, now_us: int, buckets: Buckets) -> None:
        self._now_us = now_us
        moves, places, bounds_us, counts = self._moves, self._places, self._bounds_us, self._counts
        while moves and moves[0][0] <= now_us:
            moves_us, opened_us = heappop(moves)
            place = places.get(opened_us)
            if place is None or opened_us + bounds_us[place[0]] + 1 != moves_us:
                continue  # it waits no more; or it did so for a while, and stands there twice
            bucket, n = buckets.index(now_us - opened_us), place[1]
            places[opened_us] = bucket, n
            self._take(place[0], n)
            counts[bucket] = counts.get(bucket, 0) + n
            if bucket < len(bounds_us):
                heappush(moves, (opened_us + bounds_us[bucket] + 1, opened_us))

    def _take(self, bucket: int, n: int) -> None:
        left = self._counts[bucket] - n
        if left:
            self._counts[bucket] = left
        else:
            del self._counts[bucket]
