"""Panes and the windows over them, for all partitions of a worker at once: where rows of amounts are added up.

A row says what is added to a cell of a partition at a time. Partition and cell are a slot, and what a window holds is a
vector by slot, so adding it up is adding vectors. Panes are runs of (pane, slot, amount), sorted, as many small ones as
came lately and a few large ones. When a window moves, it takes from each run what it reaches and gives up what it
leaves. What is taken back and added again comes to nothing before any of that.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import numpy as np

from stream.core.windows import ALL, HOUR_US, DayStart, Window
from stream.counting.cells import CODE_BITS
from stream.counting.runs import LAST_PANE, NO_RUN, SLOT, SLOT_BITS, Run, added_up
from stream.counting.slots import Slots
from stream.model.times import Ints

MOST_PARTITIONS = 1 << 63 - CODE_BITS

_MOST_RUNS = 16
_NONE: Ints = np.zeros(0, np.int64)
_FIRST_SLOTS = 256
_SPARE_SLOTS = 100_000  # so many that hold nothing are not worth the effort


class Total:
    """What a window, or all time, holds by slot, and which slots have changed since somebody asked."""

    __slots__ = ("_told", "changed", "held")

    def __init__(self, slots: int) -> None:
        """Hold nothing."""
        self.held: Ints = np.zeros(slots, np.int64)
        self.changed: list[Ints] = []
        self._told: Ints = np.zeros(0, np.int64)

    def add(self, slots: Ints, amounts: Ints) -> None:
        """Add amounts to slots, which may be there several times."""
        if len(slots):
            np.add.at(self.held, slots, amounts)
            self.changed.append(slots)
            if len(self.changed) > _MOST_RUNS:
                self.changed = [np.unique(np.concatenate(self.changed))]

    def clear(self) -> None:
        """Hold nothing any more."""
        self.changed.append(np.flatnonzero(self.held))
        self.held[:] = 0

    def renumber(self, kept: Ints, slots: int) -> None:
        """Have so many slots, of which the first hold what these held."""
        held = np.zeros(slots, np.int64)
        held[: len(kept)] = self.held[kept]
        self.held = held

    def changes(self, n: int) -> tuple[Ints, Ints]:
        """Return a copy of the first n slots, the same one as long as nothing changed, and which of them may have."""
        if not self.changed and len(self._told) == n:
            return self._told, _NONE
        changed = np.unique(np.concatenate(self.changed)) if self.changed else _NONE
        self.changed = []
        self._told = self.held[:n].copy()
        return self._told, changed


class _Running:
    """One window: where it lies, in panes, and what it holds, by slot."""

    __slots__ = ("end", "start", "total", "window")

    def __init__(self, window: Window, slots: int) -> None:
        self.window = window
        self.start = self.end = 0  # empty before the first move
        self.total = Total(slots)

    def take(self, run: Run, start: int, end: int) -> None:
        """Add what a run has in `[start, end)`."""
        its = run.within(start, end)
        if its is not NO_RUN:
            self.total.add(its.key & SLOT, its.amount)

    def leave(self, run: Run, start: int, end: int) -> None:
        """Subtract what a run has in `[start, end)`."""
        its = run.within(start, end)
        if its is not NO_RUN:
            self.total.add(its.key & SLOT, -its.amount)


class _Level:
    """The panes of one length, and the windows that move over them."""

    def __init__(self, pane_us: int, windows: Iterable[Window], slots: int) -> None:
        self.pane_us = pane_us
        self.running = [_Running(window, slots) for window in windows]
        self.runs: list[Run] = []
        self._oldest = -(1 << 30)  # panes before this one lie before every window

    def add(self, run: Run) -> None:
        """Add amounts to panes, and to the windows that hold these."""
        run = run.within(self._oldest, LAST_PANE)
        if not len(run.key):
            return
        self.runs.append(run)
        if len(self.runs) > _MOST_RUNS:
            self._merge()
        for running in self.running:
            running.take(run, running.start, running.end)

    def _merge(self) -> None:
        """Put the last runs together, as many as are not much smaller than the one before them."""
        rows, together = 0, 0
        for run in reversed(self.runs):
            if together > 1 and len(run.key) > 2 * rows:
                break
            rows, together = rows + len(run.key), together + 1
        kept = [run.within(self._oldest, LAST_PANE) for run in self.runs[-together:]]
        keys, amounts = np.concatenate([run.key for run in kept]), np.concatenate([run.amount for run in kept])
        self.runs[-together:] = [added_up(keys, amounts, "stable")]

    def forget(self) -> None:
        """Give up the panes that lie before every window."""
        self.runs = [run.within(self._oldest, LAST_PANE) for run in self.runs]

    def advance(self, now_us: int, day: DayStart) -> None:
        """Move the windows to now."""
        for running in self.running:
            start_us, end_us = running.window.bounds(now_us, day)
            self._move(running, start_us // self.pane_us, end_us // self.pane_us)
        oldest = min(running.start - running.window.slack_us // self.pane_us for running in self.running)
        self._oldest = max(self._oldest, oldest)

    def _move(self, running: _Running, start: int, end: int) -> None:
        if (start, end) == (running.start, running.end):
            return
        if running.start <= start < running.end <= end:
            for run in self.runs:
                running.leave(run, running.start, start)
                running.take(run, running.end, end)
        else:  # nothing in common, or back by the local clock
            running.total.clear()
            for run in self.runs:
                running.take(run, start, end)
        running.start, running.end = start, end


class Ledger:
    """All panes of some partitions for one set of windows, and the sums over all time."""

    def __init__(self, windows: Iterable[Window], day: DayStart, *, over_all: bool = True) -> None:
        """Make an empty ledger; windows may have different panes, of which the longer hold whole shorter ones.

        over_all: whether sums over all time are kept.
        """
        self._day = day
        self._now_us = -1
        self.renumbered = 0
        """How often slots got other numbers."""
        self._slots = Slots()
        self._compact_at = _SPARE_SLOTS
        by_pane = sorted(windows, key=lambda window: window.pane_us)
        groups = groupby(by_pane, lambda window: window.pane_us)
        self._levels = [_Level(pane_us, group, _FIRST_SLOTS) for pane_us, group in groups]
        self._pane_us = self._levels[0].pane_us if self._levels else HOUR_US
        self._room = _FIRST_SLOTS
        self._all = Total(self._room) if over_all else None

    def shift(self, partition: int, code: Ints, amount: Ints) -> None:
        """Add to the sums over all time from outside, in no pane; each code once."""
        assert self._all is not None, "this ledger keeps no sums over all time"
        self._all.add(self._slots_of(partition << CODE_BITS | code), amount)

    def hold(self, window: str, partition: Ints, code: Ints, amount: Ints) -> None:
        """Let a window hold amounts that lie in no pane, instead of those that it held there; each code once."""
        slots = self._slots_of(partition << CODE_BITS | code)
        total = self._totals()[window]
        differ = np.flatnonzero(total.held[slots] != amount)
        total.add(slots[differ], amount[differ] - total.held[slots[differ]])

    def _slots_of(self, codes: Ints) -> Ints:
        slots = self._slots.of(codes)
        if len(self._slots) > self._room:
            self._renumber(np.arange(self._room), 2 * len(self._slots))
        return slots

    def apply(self, partition: Ints, at: Ints, code: Ints, amount: Ints) -> None:
        """Add amounts, each below 2^32 (`stream.counting.cells`); one that is taken back is negative."""
        if not len(at):
            return
        slot = self._slots_of(partition << CODE_BITS | code)
        run = added_up(at // self._pane_us << SLOT_BITS | slot, amount)
        if self._all is not None:
            self._all.add(run.key & SLOT, run.amount)
        pane_us = self._pane_us
        for level in self._levels:
            if level.pane_us != pane_us:
                run, pane_us = run.coarser(level.pane_us // pane_us), level.pane_us
            level.add(run)

    def advance(self, now_us: int) -> None:
        """Move every window to now. Time only goes on: an earlier now changes nothing."""
        if now_us < self._now_us:
            return
        self._now_us = now_us
        for level in self._levels:
            level.advance(now_us, self._day)
        if len(self._slots) > self._compact_at:
            self._compact()

    def windows(self) -> dict[str, tuple[int, int]]:
        """Return where the windows lie: name -> (start_us, end_us)."""
        return {
            running.window.name: (running.start * level.pane_us, running.end * level.pane_us)
            for level in self._levels
            for running in level.running
        }

    @property
    def names(self) -> list[str]:
        """Return the windows by name, and all time if it is kept."""
        return list(self._totals())

    def leave(self, partition: int) -> None:
        """Give up a partition and all that was added to it."""
        its = self._slots.codes >> CODE_BITS == partition
        for level in self._levels:
            kept = [np.flatnonzero(~its[run.key & SLOT]) for run in level.runs]
            level.runs = [Run(run.key[of], run.amount[of]) for run, of in zip(level.runs, kept, strict=True)]
        for total in self._totals().values():
            total.held[: len(its)][its] = 0
            total.changed.append(np.flatnonzero(its))

    @property
    def codes(self) -> Ints:
        """Partition and cell of each slot, as one code. Not changed any more: others take its place."""
        return self._slots.codes

    def changes(self) -> dict[str, tuple[Ints, Ints]]:
        """Return what each window and all time hold, by slot, and which slots may have changed since this was asked.

        What is held is a copy where something changed, so it may be read in any thread.
        """
        n = len(self._slots)
        return {name: total.changes(n) for name, total in self._totals().items()}

    # -- slots

    def _totals(self) -> dict[str, Total]:
        totals = {running.window.name: running.total for level in self._levels for running in level.running}
        return totals if self._all is None else totals | {ALL: self._all}

    def _renumber(self, kept: Ints, slots: int) -> None:
        """Let the vectors have so many slots, of which the first hold what these held."""
        self._room = slots
        for total in self._totals().values():
            total.renumber(kept, slots)

    def _compact(self) -> None:
        """Give up the slots that hold nothing any more: who was at work an hour ago, say."""
        n = len(self._slots)
        used = np.zeros(n, bool)
        for total in self._totals().values():
            used |= total.held[:n] != 0
        for level in self._levels:
            level.forget()
            for run in level.runs:
                used[run.key & SLOT] = True
        kept = np.flatnonzero(used)
        numbers = np.cumsum(used) - 1
        for level in self._levels:
            # in the same order, as the slots that are kept are
            level.runs = [Run(run.key & ~SLOT | numbers[run.key & SLOT], run.amount) for run in level.runs]
        self._renumber(kept, max(_SPARE_SLOTS, 2 * len(kept)))
        self._slots.keep(kept)
        for total in self._totals().values():
            total.changed = [np.arange(len(kept))]  # what was told has the numbers of before
        self.renumbered += 1
        self._compact_at = 2 * len(kept) + _SPARE_SLOTS
