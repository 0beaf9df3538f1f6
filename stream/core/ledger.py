"""Panes and the windows over them: where contributions are added up.

A contribution is an integer added to a cell at an event time. A cell is what a series counts: a measure, the label
values, and a bucket (or SUM). Since all are integers, whatever was added can be subtracted again without a trace,
in any order, and two ledgers can be added cell by cell.

Panes are kept at three resolutions. A window holds the running sum of its panes: when it moves, the panes it leaves
behind are subtracted and those it reaches are added, so reading it costs what it shows, not what it saw.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from stream.core.cells import Cells, Contribution
from stream.core.sums import Sums
from stream.core.windows import ALL, HOUR_US, DayStart, Window

# Contributions that may wait to be spread; while history is read nobody looks for long.
_SPREAD_AT = 100_000


class _Total:
    """Sums, among which none is 0, and what has changed since they were told."""

    __slots__ = ("_changes", "_told", "sums")

    def __init__(self) -> None:
        self.sums: Cells = {}
        self._told: Sums | None = None
        self._changes: list[Cells] = []

    def add(self, cells: Cells) -> None:
        """Add amounts, which nobody changes any more."""
        sums = self.sums
        for cell, amount in cells.items():
            if total := sums.get(cell, 0) + amount:
                sums[cell] = total
            else:
                sums.pop(cell, None)
        if self._told is not None and any(cells.values()):
            self._changes.append(cells)

    def clear(self) -> None:
        """Begin anew with nothing."""
        self.sums = {}
        self._told, self._changes = None, []

    def tell(self) -> Sums:
        """Return the sums as they are now: the same as before if they have not changed."""
        if self._told is None:
            self._told = Sums(dict(self.sums))
        elif self._changes:
            self._told, self._changes = self._told.then(dict(self.sums), self._changes), []
        return self._told


class _Running:
    """The running sum of one window."""

    __slots__ = ("end", "start", "total", "window")

    def __init__(self, window: Window) -> None:
        self.window = window
        self.start = self.end = 0  # in panes; empty before the first move
        self.total = _Total()


class _Level:
    """The panes of one resolution, and the windows that move over them."""

    __slots__ = ("oldest", "pane_us", "panes", "running")

    def __init__(self, pane_us: int, windows: Iterable[Window]) -> None:
        self.pane_us = pane_us
        self.panes: dict[int, Cells] = {}
        self.running = [_Running(window) for window in windows]
        self.oldest = -(1 << 62)  # panes before this one lie before every window

    def add(self, fresh: dict[int, Cells]) -> None:
        """Add amounts to panes, and to the windows that hold these. Panes are kept: nobody may change them later.

        What panes have in common is added up before it goes to the windows that hold the same of them.
        """
        panes = self.panes
        by_windows: dict[tuple[_Running, ...], Cells] = {}
        for index, cells in fresh.items():
            if index < self.oldest:
                continue
            pane = panes.setdefault(index, cells)
            if pane is not cells:
                _gather(pane, cells)  # a zero is left to go with its pane
            if windows := tuple([running for running in self.running if running.start <= index < running.end]):
                _gather(by_windows.setdefault(windows, {}), cells)
        for windows, cells in by_windows.items():
            for running in windows:
                running.total.add(cells)

    def advance(self, now_us: int, day: DayStart) -> None:
        for running in self.running:
            start_us, end_us = running.window.bounds(now_us, day)
            self._move(running, start_us // self.pane_us, end_us // self.pane_us)
        oldest = min(running.start - running.window.slack_us // self.pane_us for running in self.running)
        if oldest > self.oldest:
            for index in [index for index in self.panes if index < oldest]:
                del self.panes[index]
            self.oldest = oldest

    def _move(self, running: _Running, start: int, end: int) -> None:
        """Move a window: leave [old start, start), reach [old end, end)."""
        if running.start <= start < running.end <= end:
            self._sum(running.total, running.start, start, -1)
            self._sum(running.total, running.end, end, 1)
        elif (start, end) != (running.start, running.end):  # nothing in common, or back by the local clock
            running.total.clear()
            self._sum(running.total, start, end, 1)
        running.start, running.end = start, end

    def _sum(self, total: _Total, start: int, end: int, sign: int) -> None:
        panes = self.panes
        indices = range(start, end) if end - start < len(panes) else [i for i in panes if start <= i < end]
        moved: Cells = {}
        for index in indices:
            if index in panes:
                _gather(moved, panes[index])
        total.add(moved if sign > 0 else _negative(moved))


def _gather(into: Cells, cells: Cells) -> None:
    """Add amounts to others; what adds up to 0 is left there."""
    for cell, amount in cells.items():
        into[cell] = into.get(cell, 0) + amount


def _negative(cells: Cells) -> Cells:
    return {cell: -amount for cell, amount in cells.items()}


def _coarser(fresh: dict[int, Cells], panes: int) -> dict[int, Cells]:
    """Return amounts by panes that are so many times as long."""
    if panes == 1:
        return fresh
    coarse: dict[int, Cells] = {}
    for index, cells in fresh.items():
        _gather(coarse.setdefault(index // panes, {}), cells)
    return coarse


class Ledger:
    """All panes of one partition for one set of windows, and the sum over all time."""

    def __init__(self, windows: Iterable[Window], day: DayStart) -> None:
        """Make an empty ledger; windows may have different panes, of which the longer hold whole shorter ones."""
        self._day = day
        self._now_us = -1
        by_pane = sorted(windows, key=lambda window: window.pane_us)
        self._levels = [_Level(pane, group) for pane, group in groupby(by_pane, lambda window: window.pane_us)]
        self._pane_us = self._levels[0].pane_us if self._levels else HOUR_US
        # What came since somebody last looked, by pane. Much of it comes to the same cell, or to nothing, until then.
        self._fresh: dict[int, Cells] = {}
        self._fresh_count = 0
        self._all = _Total()

    def shift(self, old: Cells, new: Cells) -> None:
        """Replace what was added to the sums over all time from outside, in no pane."""
        self._all.add(_negative(old))
        self._all.add(dict(new))

    def apply(self, old: list[Contribution], new: list[Contribution]) -> None:
        """Replace what a state contributed by what it contributes now."""
        fresh, pane_us = self._fresh, self._pane_us
        last: int | None = None
        pane: Cells = {}
        for at_us, cell, amount in new:
            index = at_us // pane_us
            if index != last:  # what a ticket adds at one instant comes in a row
                last = index
                pane = fresh.setdefault(index, {})
            pane[cell] = pane.get(cell, 0) + amount
        for at_us, cell, amount in old:
            index = at_us // pane_us
            if index != last:
                last = index
                pane = fresh.setdefault(index, {})
            pane[cell] = pane.get(cell, 0) - amount
        self._fresh_count += len(old) + len(new)
        if self._fresh_count >= _SPREAD_AT:
            self._spread()

    def _spread(self) -> None:
        """Bring what came since the last time into panes and windows."""
        if not self._fresh_count:
            return
        fresh, self._fresh, self._fresh_count = self._fresh, {}, 0
        pane_us = self._pane_us
        for level in self._levels:
            fresh, pane_us = _coarser(fresh, level.pane_us // pane_us), level.pane_us
            level.add(fresh)
        together: Cells = {}
        for cells in fresh.values():
            _gather(together, cells)
        self._all.add(together)

    def advance(self, now_us: int) -> None:
        """Move every window to now. Time only goes on: an earlier now changes nothing."""
        if now_us < self._now_us:
            return
        self._now_us = now_us
        self._spread()
        for level in self._levels:
            level.advance(now_us, self._day)

    def windows(self) -> dict[str, tuple[int, int]]:
        """Return where the windows lie: name -> (start_us, end_us)."""
        return {
            running.window.name: (running.start * level.pane_us, running.end * level.pane_us)
            for level in self._levels
            for running in level.running
        }

    def cells(self) -> dict[str, Cells]:
        """Return a copy of the sums of each window by its name, and of those over all time."""
        self._spread()
        windows = {running.window.name: dict(running.total.sums) for level in self._levels for running in level.running}
        return windows | {ALL: dict(self._all.sums)}

    def sums(self) -> dict[str, Sums]:
        """Return the same for those who look again and again: what did not change since is the same object."""
        self._spread()
        windows = {running.window.name: running.total.tell() for level in self._levels for running in level.running}
        return windows | {ALL: self._all.tell()}
