"""Sparing the garbage collector what the states of tickets are made of.

Whatever is made stays among the young until the collector has walked it, mostly twice: a tenth of the worker's time.
But states hold no cycles, and what making them leaves behind is freed as soon as nothing refers to it. So when a chunk
was applied, and the young are hardly anything but states, they are put where the collector does not walk.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Chunks of fewer records leave the collector little to walk, so what else is alive then stays with it.
MANY_RECORDS = 100
# Whatever else was alive when a chunk was applied is not walked any more either: requests, tasks. For those of them
# that are cycles by now, everything is walked after so many records, or later the more there is, as that takes longer.
WALK_EVERY = 2_000_000


class Unwalked:
    """Keeps the collector from what is made while chunks are applied."""

    def __init__(self) -> None:
        """Begin with nothing made."""
        self._records = 0
        self._walk_at = WALK_EVERY

    @contextmanager
    def making(self, records: int) -> Iterator[None]:
        """Have the collector not walk what is made within: free of cycles, without awaiting, of so many records."""
        if records < MANY_RECORDS:
            yield
            return
        self._records += records
        if self._records < self._walk_at or not self._walked():
            gc.collect(0)  # what others have made lately
        gc.disable()
        try:
            yield
        finally:
            gc.freeze()
            gc.enable()

    def _walked(self) -> bool:
        """Walk everything, unless there is more of it than records have come since the last time."""
        if (held := gc.get_freeze_count()) > self._records:
            self._walk_at = held
            return False
        self._records, self._walk_at = 0, WALK_EVERY
        gc.unfreeze()
        gc.collect()
        return True
