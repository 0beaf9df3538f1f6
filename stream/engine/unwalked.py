"""Sparing the garbage collector what the states of tickets are made of.

Whatever is made stays among the young until the collector has walked it, mostly twice: a tenth of the worker's time.
But states hold no cycles, and what making them leaves behind is freed as soon as nothing refers to it. So when a chunk
was applied, and the young are hardly anything but states, they are put where the collector does not walk.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Whatever else was alive when a chunk was applied is not walked any more either: requests, tasks. Once in so many
# records everything is, for those of them that have become cycles since; about as often as the collector would.
_WALK_EVERY = 2_000_000


class Unwalked:
    """Keeps the collector from what is made while chunks are applied."""

    def __init__(self) -> None:
        """Begin with nothing made."""
        self._records = 0

    @contextmanager
    def making(self, records: int) -> Iterator[None]:
        """Have the collector not walk what is made within: free of cycles, without awaiting, of so many records."""
        self._records += records
        if self._records >= _WALK_EVERY:
            self._records = 0
            gc.unfreeze()
            gc.collect()
        else:
            gc.collect(0)  # what others have made lately
        gc.disable()
        try:
            yield
        finally:
            gc.freeze()
            gc.enable()
