"""What the states of many owners add to the numbers: rows of time, cell and amount.

A fold says what is counted and when; what never came adds nothing. Owners may be there twice, as they are and as they
were. What the same owner adds both times is left out at once, as far as that is seen; the rest falls out in the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from stream.counting.cells import COUNTED, LABEL_SHIFT, SUMMED, Cells, in_two
from stream.model.happenings import Happenings
from stream.model.times import Ints, Mask, Times


class Owners(Protocol):
    """Whatever is counted: n of them; label: the number of the labels that each counts under."""

    n: int

    @property
    def label(self) -> Ints: ...


class Twice(NamedTuple):
    """Which owners are there twice: new[i] is one as it is, old[i] the same as it was."""

    new: Ints
    old: Ints


class By(NamedTuple):
    """What tells apart within a measure: which of the texts stands behind its name, for each thing that is added."""

    which: Ints
    texts: Sequence[str]


class Rows(NamedTuple):
    """What was added, as columns; owner: whose it is."""

    owner: Ints
    at: Ints
    code: Ints
    amount: Ints


class Adds:
    """Collects what folds add to one ledger."""

    def __init__(self, owners: Owners, cells: Cells, twice: Twice | None = None, unlabelled: int | None = None) -> None:
        """unlabelled: the number of the labels that all of it counts under, instead of those of the owner."""
        self._owners, self._cells = owners, cells
        self._label = owners.label if unlabelled is None else np.full(owners.n, unlabelled)
        self._rows: list[tuple[Ints, Ints, int | Ints, Ints | None]] = []
        self._twice = twice if twice is not None and len(twice.new) else None
        if self._twice is not None:
            new, old = self._twice
            self._same_label: Mask = self._label[new] == self._label[old]

    def __call__(
        self,
        measure: str,
        at: Times | Happenings,
        *,
        where: Mask | None = None,
        times: int | Ints | None = None,
        lasting: Ints | None = None,
        by: By | None = None,
    ) -> None:
        """Count something of each owner at a moment, or each thing that happened to them.

        where: of these owners alone. times: how many of it, instead of one. lasting: how long it took, in
        microseconds, which is kept as a histogram and a sum. by: what else tells it apart. All of these are of the
        owners where `at` is a moment of each, and of the happenings where it is those.
        """
        owner, when, row = self._moments(at, where, times, lasting)
        if not len(owner):
            return
        code: int | Ints = self._cells.measure(measure) if by is None else self._measures(measure, by, row)
        if lasting is not None:
            took = lasting if row is None else lasting[row]
            self._rows.append((owner, when, code + self._cells.buckets(took), None))
            self._rows.append((owner, when, code + SUMMED, took))
        else:
            amount = np.full(len(owner), times) if isinstance(times, int) else times
            if row is not None and amount is times and amount is not None:
                amount = amount[row]
            self._rows.append((owner, when, code + COUNTED, amount))

    def bucket(self, measure: str, at: Times, lasting: Ints) -> None:
        """Count how long something took, in the histogram alone."""
        owner, when, _ = self._moments(at, None, None, lasting)
        self._rows.append((owner, when, self._cells.measure(measure) + self._cells.buckets(lasting[owner]), None))

    def _moments(
        self, at: Times | Happenings, where: Mask | None, *columns: int | Ints | None
    ) -> tuple[Ints, Ints, Ints | None]:
        """Return owner and time of what is added, and which of the rows of a column each is; None for all of them."""
        if isinstance(at, Happenings):
            if where is None:
                return at.owner, at.at, None
            row = np.flatnonzero(where[at.owner])
            return at.owner[row], at.at[row], row
        came = at.known if where is None else at.known & where
        if self._twice is not None:
            new, old = self._twice
            same = came[new] & came[old] & (at.us[new] == at.us[old]) & self._same_label
            for column in columns:
                if isinstance(column, np.ndarray):
                    same &= column[new] == column[old]
            came[new[same]] = came[old[same]] = False
        owner = np.flatnonzero(came)
        return owner, at.us[owner], owner

    def _measures(self, measure: str, by: By, row: Ints | None) -> Ints:
        which, place = np.unique(by.which if row is None else by.which[row], return_inverse=True)
        codes = [self._cells.measure(f"{measure}/{by.texts[i]}") for i in which.tolist()]
        found: Ints = np.array(codes, np.int64)[place]
        return found

    def rows(self) -> Rows:
        """Return all that was added; the amounts of large sums in two rows."""
        if not self._rows:
            nothing = np.zeros(0, np.int64)
            return Rows(nothing, nothing, nothing, nothing)
        owners, ats, codes, amounts = zip(*self._rows, strict=True)
        lengths = [len(owner) for owner in owners]
        owner = np.concatenate(owners)
        code = np.concatenate([_column(each, n) for each, n in zip(codes, lengths, strict=True)])
        amount = np.concatenate(
            [_column(1 if each is None else each, n) for each, n in zip(amounts, lengths, strict=True)]
        )
        row, code, amount = in_two((self._label[owner] << LABEL_SHIFT) | code, amount)
        if len(row) == len(owner):
            return Rows(owner, np.concatenate(ats), code, amount)
        return Rows(owner[row], np.concatenate(ats)[row], code, amount)


def _column(value: int | Ints, n: int) -> Ints:
    return value if isinstance(value, np.ndarray) else np.full(n, value)
