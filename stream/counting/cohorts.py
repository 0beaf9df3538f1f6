"""Who was a customer at the start of each window, and who at its end: a cohort, which is no sum over panes.

Kept is each time that somebody came or left, and how many customers each window finds in which part. When a window
moves, only those can be another part of it who came or left in what it gave up or took in; when somebody's comings and
goings change, only they can. These are looked at under the window as it was and as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from stream.core.cells import COUNT, Contribution
from stream.core.windows import DAY_US
from stream.model.customers import Customers
from stream.model.times import NEVER, Ints, Mask

Bounds = tuple[int, int]


class Stays:
    """How some customers stand to a window `[start, end)`, as columns.

    Somebody is a customer at an instant who came before it and had not left before it: what happens at the very start
    happens within the window.
    """

    def __init__(self, came_first: Mask, until: Callable[[int], Ints], bounds: Bounds, winback_us: int) -> None:
        """came_first: who first came; the others first left, so they were customers before anybody looked.

        until: how many times each had come or left before an instant.
        """
        start_us, end_us = bounds
        self._came_first = came_first
        self._before, self._by_end = until(start_us), until(end_us)
        self._long_before = until(start_us - winback_us)

    def _present(self, turns: Ints) -> Mask:
        present: Mask = (turns & 1 == 1) == self._came_first  # one comes and leaves in turn
        return present

    @cached_property
    def at_start(self) -> Mask:
        """Who is a customer when the window begins."""
        return self._present(self._before)

    @cached_property
    def at_end(self) -> Mask:
        """Who is a customer when it ends."""
        return self._present(self._by_end)

    @cached_property
    def turned(self) -> Mask:
        """Who came or left within it."""
        return self._by_end > self._before

    @cached_property
    def had_left(self) -> Mask:
        """Who is no customer when it begins, but was one earlier."""
        return ~self.at_start & (self._before > 0)

    @cached_property
    def lapsed(self) -> Mask:
        """Which of these left no longer before than the days in which a customer may be won back."""
        return self.had_left & (self._before > self._long_before)


class Within(NamedTuple):
    """The parts of a window that a number tells apart: what they are called, and which customers are in each."""

    measures: tuple[str, ...]
    parts: Callable[[Stays], Sequence[Mask]]


def stays_of(customers: Customers, bounds: Bounds, winback_us: int) -> Stays:
    """Return how the customers of a frame stand to a window."""
    turns, n = customers.turns[0], customers.n
    return Stays(
        customers.came_first, lambda us: np.bincount(turns.owner[turns.at < us], minlength=n), bounds, winback_us
    )


def contributions_of(customers: Customers, within: Within, bounds: Bounds) -> list[list[Contribution]]:
    """Return what each customer is of a window, and when they last came or left in it; else at its start."""
    start_us, end_us = bounds
    turns, names = customers.turns[0], customers.names
    here = turns.some((turns.at >= start_us) & (turns.at < end_us)).last()
    at = np.where(here.known, here.us, start_us).tolist()
    stays = stays_of(customers, bounds, customers.policy.definitions.winback_days * DAY_US)
    found: list[list[Contribution]] = [[] for _ in at]
    for measure, part in zip(within.measures, within.parts(stays), strict=True):
        for i in np.flatnonzero(part).tolist():
            found[i].append((at[i], (measure, names.labels[names.total], COUNT), 1))
    return found


class _Turns:
    """Each time that a customer came or left; those of one customer stand one after the other."""

    def __init__(self) -> None:
        self.partition: Ints = np.zeros(0, np.int64)
        self._came_first: Mask = np.zeros(0, bool)
        self._row: Ints = np.zeros(0, np.int64)
        self._count: Ints = np.zeros(0, np.int64)
        self._at: Ints = np.zeros(0, np.int64)
        self._place: Ints = np.zeros(0, np.int64)
        self._rows = 0  # in use; those given up among them are NEVER

    def differing(self, places: Ints, customers: Customers) -> Mask:
        """Say of which places the first customers of a frame came or left at other times than they are known to."""
        turns, n = customers.turns[0], len(places)
        count = np.bincount(turns.owner, minlength=customers.n)[:n]
        differ: Mask = count != self._count[places]
        same = np.flatnonzero(~differ & (count > 0))
        new = _spans(np.searchsorted(turns.owner, same), count[same])
        old = _spans(self._row[places[same]], count[same])
        differ[turns.owner[new[turns.at[new] != self._at[old]]]] = True
        differ |= customers.came_first[:n] != self._came_first[places]
        return differ

    def replace(self, places: Ints, chosen: Mask, customers: Customers) -> None:
        """Let those that are chosen of the first customers of a frame have come and left as they did there."""
        turns, gone = customers.turns[0], places[chosen]
        self._at[_spans(self._row[gone], self._count[gone])] = NEVER
        wanted = np.zeros(customers.n, bool)
        wanted[: len(places)] = chosen
        its = np.flatnonzero(wanted[turns.owner])
        owner = turns.owner[its]
        place = places[owner]
        self._came_first[gone] = customers.came_first[: len(places)][chosen]
        self._count[gone] = np.bincount(owner, minlength=len(places))[chosen]
        first = self._take(len(its))
        self._at[first : first + len(its)], self._place[first : first + len(its)] = turns.at[its], place
        self._row[place[::-1]] = np.arange(first, first + len(its))[::-1]

    def make_room(self, places: int) -> None:
        """Have so many places, or more."""
        if places <= len(self._count):
            return
        more = max(places, 2 * len(self._count)) - len(self._count)
        for name in ("partition", "_row", "_count"):
            setattr(self, name, np.append(getattr(self, name), np.zeros(more, np.int64)))
        self._came_first = np.append(self._came_first, np.ones(more, bool))

    def _take(self, rows: int) -> int:
        """Take so many rows; returns the first of them."""
        if self._rows + rows > len(self._at):
            kept = np.flatnonzero(self._at[: self._rows] != NEVER)
            room = max(1024, 2 * (len(kept) + rows))
            for name in ("_at", "_place"):
                moved = np.zeros(room, np.int64)
                moved[: len(kept)] = getattr(self, name)[kept]
                setattr(self, name, moved)
            self._rows = len(kept)
            self._row[self._place[: self._rows][::-1]] = np.arange(self._rows)[::-1]
        first, self._rows = self._rows, self._rows + rows
        return first

    def leave(self, partition: int) -> None:
        """Give up the customers of a partition."""
        its = np.flatnonzero(self.partition == partition)
        self._at[_spans(self._row[its], self._count[its])] = NEVER
        self._count[its], self._came_first[its] = 0, True

    def between(self, spans: Sequence[Bounds]) -> Ints:
        """Return the places of those who came or left in any of some spans."""
        at = self._at[: self._rows]
        found = np.zeros(self._rows, bool)
        for start_us, end_us in spans:
            found |= (at >= min(start_us, end_us)) & (at < max(start_us, end_us))
        return np.unique(self._place[: self._rows][found])

    def stays(self, places: Ints, bounds: Bounds, winback_us: int) -> Stays:
        """Return how those at some places stand to a window."""
        at = self._at[_spans(self._row[places], self._count[places])]
        owner = np.repeat(np.arange(len(places)), self._count[places])
        n = len(places)
        return Stays(self._came_first[places], lambda us: np.bincount(owner[at < us], minlength=n), bounds, winback_us)


def _spans(starts: Ints, lengths: Ints) -> Ints:
    """Return the numbers of spans, one after the other: from each start on as many as its length."""
    ends = np.cumsum(lengths)
    return np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(starts - ends + lengths, lengths)


class Cohorts:
    """The parts of all windows, for all partitions of a worker; customers have places, as in `counting.tenure`."""

    def __init__(self, within: Sequence[Within], winback_us: int) -> None:
        """Start with nobody; within: what is told apart."""
        self.measures = [measure for each in within for measure in each.measures]
        self._within, self._winback_us = within, winback_us
        self._turns = _Turns()
        self._bounds: dict[str, Bounds] = {}
        self._counts: dict[str, Ints] = {}
        self._partitions = 0

    def replace(self, places: Ints, partition: Ints, customers: Customers) -> None:
        """Let customers have come and left as the first ones of a frame did."""
        if not len(places):
            return
        turns = self._turns
        turns.make_room(int(places.max()) + 1)
        self._make_room(int(partition.max()) + 1)
        differ = turns.differing(places, customers)
        changed = places[differ]
        if not len(changed):
            return
        for name, bounds in self._bounds.items():
            self._counts[name] -= self._count(changed, bounds)
        turns.partition[changed] = partition[differ]
        turns.replace(places, differ, customers)
        for name, bounds in self._bounds.items():
            self._counts[name] += self._count(changed, bounds)

    def leave(self, partition: int) -> None:
        """Give up the customers of a partition."""
        self._turns.leave(partition)
        for counts in self._counts.values():
            counts[partition : partition + 1] = 0

    def look(self, windows: Mapping[str, Bounds]) -> Mapping[str, Ints]:
        """Return what each window comes to where it lies now: by partition and measure."""
        for name, bounds in windows.items():
            old = self._bounds.get(name)
            if old is None:
                self._counts[name] = self._count(self._turns.between([(NEVER + 1, 1 << 62)]), bounds)
            elif old != bounds:
                (start, end), (old_start, old_end) = bounds, old
                back = self._winback_us
                spans = [(old_start, start), (old_end, end), (old_start - back, start - back)]
                moved = self._turns.between(spans)
                self._counts[name] += self._count(moved, bounds) - self._count(moved, old)
            self._bounds[name] = bounds
        return self._counts

    def _make_room(self, partitions: int) -> None:
        if partitions > self._partitions:
            more = partitions - self._partitions
            self._partitions = partitions
            for name, counts in self._counts.items():
                self._counts[name] = np.append(counts, np.zeros((more, counts.shape[1]), np.int64), axis=0)

    def _count(self, places: Ints, bounds: Bounds) -> Ints:
        """Return how many of those at some places are in each part of a window, by partition and measure."""
        stays = self._turns.stays(places, bounds, self._winback_us)
        partition = self._turns.partition[places]
        columns = [
            np.bincount(partition[part], minlength=self._partitions)
            for each in self._within
            for part in each.parts(stays)
        ]
        return np.stack(columns, axis=1) if columns else np.zeros((self._partitions, 0), np.int64)
