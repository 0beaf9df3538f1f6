"""Cells as numbers: what is counted (a measure), under which labels, and in which bucket. The numbers are this
process's own and never leave it; what leaves it is a cell by name, as `stream.core.cells` has it.

Amounts are 64-bit integers, and what they come to over all time may not fit into one. So an amount from 2^32 on is
added in two: what is below to the cell itself, and how many times 2^32 it holds to another, beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from stream.core.cells import COUNT, SUM, Cell
from stream.core.cells import Cells as Named
from stream.core.histogram import Buckets
from stream.core.labels import Labels
from stream.model.times import Ints

_BUCKET_BITS, _MEASURE_BITS, _LABEL_BITS = 12, 21, 18
LABEL_SHIFT = _BUCKET_BITS + _MEASURE_BITS
CODE_BITS = LABEL_SHIFT + _LABEL_BITS

# Within a measure: a plain count, the sum of durations, the upper part of each, and the buckets.
COUNTED, SUMMED, _UPPER, FIRST_BUCKET = 0, 1, 2, 4
_UPPER_SHIFT = 32
_LOWER = (1 << _UPPER_SHIFT) - 1
_BUCKETS = (1 << _BUCKET_BITS) - 1


class Cells:
    """The measures of a worker by number, and the bounds of the buckets.

    A code has the number of the labels (`stream.model.names`), then that of the measure, then the bucket.
    """

    def __init__(self, buckets: Buckets, labels: Sequence[Labels]) -> None:
        """labels: what their numbers mean; more come behind."""
        self._bounds: Ints = np.array(buckets.bounds_us, np.int64)
        assert FIRST_BUCKET + len(self._bounds) <= _BUCKETS, f"{len(self._bounds)} bounds of buckets are too many"
        self._labels = labels
        self._measures: list[str] = []
        self._numbers: dict[str, int] = {}

    def measure(self, name: str) -> int:
        """Return the code of a measure, without labels and of the plain count."""
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self._measures)
            if number >= 1 << _MEASURE_BITS:
                raise OverflowError(f"measure {name!r}: more than {number:,} measures cannot be told apart")
            self._measures.append(name)
        return number << _BUCKET_BITS

    def buckets(self, durations: Ints) -> Ints:
        """Return the buckets of durations, as they stand in codes."""
        return np.searchsorted(self._bounds, durations, side="left") + FIRST_BUCKET

    def cell(self, code: int) -> Cell:
        """Return the name of a cell; the upper part of an amount belongs to the cell itself."""
        bucket = code & _BUCKETS
        if bucket < FIRST_BUCKET:
            bucket = COUNT if bucket & 1 == COUNTED else SUM
        else:
            bucket -= FIRST_BUCKET
        measure = code >> _BUCKET_BITS & (1 << _MEASURE_BITS) - 1
        return self._measures[measure], self._labels[code >> LABEL_SHIFT & (1 << _LABEL_BITS) - 1], bucket

    def codes(self, named: Named, label: Callable[[Labels], int]) -> tuple[Ints, Ints]:
        """Return the codes of cells, and their amounts below 2^32; label: gives the number of labels.

        Amounts may be larger than 64 bits, as those of many years are that are added up elsewhere.
        """
        codes: list[int] = []
        amounts: list[int] = []
        for (measure, labels, bucket), amount in named.items():
            place = COUNTED if bucket == COUNT else SUMMED if bucket == SUM else bucket + FIRST_BUCKET
            code = label(labels) << LABEL_SHIFT | self.measure(measure) | place
            codes.append(code)
            if bucket >= 0:
                amounts.append(amount)
                continue
            codes.append(code + _UPPER)
            amounts += (amount & _LOWER, amount >> _UPPER_SHIFT)
        return np.array(codes, np.int64), np.array(amounts, np.int64)

    @staticmethod
    def whole(code: int, amount: int) -> int:
        """Return an amount as it is meant: that of an upper part is so many times 2^32."""
        return amount << _UPPER_SHIFT if _UPPER <= code & _BUCKETS < FIRST_BUCKET else amount

    def named(self, codes: Iterable[int], amounts: Iterable[int]) -> Named:
        """Return amounts by the names of their cells, in Python's integers, without those that are 0."""
        found: Named = {}
        for code, amount in zip(codes, amounts, strict=True):
            cell = self.cell(code)
            found[cell] = found.get(cell, 0) + self.whole(code, amount)
        return {cell: amount for cell, amount in found.items() if amount}


def in_two(codes: Ints, amounts: Ints) -> tuple[Ints, Ints, Ints]:
    """Return amounts below 2^32 by cell: which of the rows each is of, its code, and itself."""
    rows = np.arange(len(amounts))
    upper = amounts >> _UPPER_SHIFT
    large = np.flatnonzero((upper != 0) & (upper != -1))  # a small negative amount stays as it is
    if not len(large):
        return rows, codes, amounts
    lower = amounts.copy()
    lower[large] &= _LOWER
    return (
        np.concatenate((rows, large)),
        np.concatenate((codes, codes[large] + _UPPER)),
        np.concatenate((lower, upper[large])),
    )
