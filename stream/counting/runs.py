"""Runs of amounts by pane and slot, of which a ledger holds many small ones and a few large ones."""

from __future__ import annotations

from typing import Literal

import numpy as np

from stream.model.times import Ints

SLOT_BITS = 32
SLOT = (1 << SLOT_BITS) - 1
"""The bits of a key that are the slot; those above are the pane."""
LAST_PANE = 1 << 30  # beyond the year 2200 in panes of ten seconds


class Run:
    """Amounts, none of them 0, in ascending order of pane and slot, which together are the key.

    first, last: the panes that it reaches from and to; a look at them tells of most runs that nothing of them is meant.
    """

    __slots__ = ("amount", "first", "key", "last")

    def __init__(self, key: Ints, amount: Ints) -> None:
        self.key, self.amount = key, amount
        self.first, self.last = (int(key[0]) >> SLOT_BITS, int(key[-1]) >> SLOT_BITS) if len(key) else (0, -1)

    def within(self, start: int, end: int) -> Run:
        """Return what lies in the panes `[start, end)`."""
        if start <= self.first and self.last < end:
            return self
        if start > self.last or end <= self.first:
            return NO_RUN
        low, high = np.searchsorted(self.key, (start << SLOT_BITS, min(end, LAST_PANE) << SLOT_BITS))
        return Run(self.key[low:high], self.amount[low:high])

    def coarser(self, panes: int) -> Run:
        """Return the same by panes that are so many times as long."""
        return added_up((self.key >> SLOT_BITS) // panes << SLOT_BITS | self.key & SLOT, self.amount, "stable")


NO_RUN = Run(np.zeros(0, np.int64), np.zeros(0, np.int64))


def added_up(key: Ints, amount: Ints, sort: Literal["stable"] | None = None) -> Run:
    """Return the run of amounts by key in any order, some keys several times."""
    order = np.argsort(key, kind=sort)  # a stable one is faster where much is in order already
    key, amount = key[order], amount[order]
    first = np.ones(len(key), bool)
    np.not_equal(key[1:], key[:-1], out=first[1:])
    starts = np.flatnonzero(first)
    total = np.add.reduceat(amount, starts) if len(starts) else amount
    kept = np.flatnonzero(total)
    return Run(key[starts[kept]], total[kept])
