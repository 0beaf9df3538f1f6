"""The records of many owners (tickets, customers) as columns, and the places of records in them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stream.model.happenings import Happenings
from stream.model.times import NEVER, Ints, Mask, Times


class Columns:
    """Records, owner after owner; a place is where one stands, and -1 the place of none.

    n: how many owners there are. owner: whose each record is, ascending; at and kind: its columns.
    """

    def __init__(self, records: list[bytes], dtype: np.dtype[np.void], nothing: int) -> None:
        """records: those of each owner, in the order of events; dtype: what they are; nothing: the kind of none."""
        self.n = len(records)
        self._records = np.frombuffer(b"".join(records), dtype)
        lengths = np.fromiter(map(len, records), np.int64, self.n) // dtype.itemsize
        self.owner: Ints = np.repeat(np.arange(self.n), lengths)
        # Columns of their own are read many times faster. Behind the last record stands the one of place -1.
        self._at_or_never: Ints = np.append(self._records["at"].astype(np.int64), NEVER)
        self._kind_or_nothing: NDArray[np.uint8] = np.append(self._records["kind"], np.uint8(nothing))
        self.at, self.kind = self._at_or_never[:-1], self._kind_or_nothing[:-1]

    def _first(self, places: Ints) -> Ints:
        """Return the first of these places of each owner, -1 for none."""
        first = np.full(self.n, -1)
        first[self.owner[places[::-1]]] = places[::-1]
        return first

    def _last(self, places: Ints) -> Ints:
        """Return the last of these places of each owner, -1 for none."""
        last = np.full(self.n, -1)
        last[self.owner[places]] = places
        return last

    def _at(self, places: Ints) -> Times:
        """Return when the record at a place of each owner was."""
        return Times(self._at_or_never[places])

    def _is(self, table: Mask, places: Ints) -> Mask:
        """Say of which owners the record at a place is of these kinds."""
        return table[self._kind_or_nothing[places]]

    def _happenings(self, places: Ints) -> Happenings:
        return Happenings(self.n, self.owner[places], self.at[places], places)

    def _written(self, column: Ints) -> Ints:
        """Return the last value of each owner in a column of records, where 0 says nothing."""
        places = np.flatnonzero(column)
        value = np.zeros(self.n, np.int64)
        value[self.owner[places]] = column[places]
        return value
