"""Label values, bounded: a desk that sends a million queue names cannot make a million series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

UNKNOWN = "unknown"
OTHER = "other"

Labels = tuple[str, ...]


def total_labels(dimensions: tuple[str, ...]) -> Labels:
    """Return the labels of what is counted in all only."""
    return (UNKNOWN,) * len(dimensions)


class LabelBook:
    """Admits label values, the first `limit` distinct ones of each dimension; later ones count as `other`.

    What was once admitted stays, and what was once refused stays refused, so the contributions of a ticket can be
    subtracted again under the labels they were added with. Totals over a dimension are exact in any case; which
    values have a name of their own depends on who came first, and `overflows` counts the rest.
    """

    def __init__(self, dimensions: tuple[str, ...], limit: int) -> None:
        """Make an empty book: dimensions are attribute names, limit is the bound for each."""
        self.dimensions = dimensions
        self.limit = limit
        self.overflows: dict[str, int] = dict.fromkeys(dimensions, 0)
        self._admitted: dict[str, set[str]] = {name: set() for name in dimensions}
        self._known: dict[tuple[str | None, ...], Labels] = {}
        self._beside: dict[tuple[str, ...], LabelBook] = {}

    def beside(self, *dimensions: str) -> LabelBook:
        """Return the book of other dimensions under the same bounds: what is admitted in one is in all."""
        book = self._beside.get(dimensions)
        if book is None:
            for name in dimensions:
                self._admitted.setdefault(name, set())
                self.overflows.setdefault(name, 0)
            book = self._beside[dimensions] = LabelBook(dimensions, self.limit)
            book._admitted, book.overflows = self._admitted, self.overflows
        return book

    def labels(self, attributes: Mapping[str, Any]) -> Labels:
        """Return the label values of these attributes, in the order of `dimensions`."""
        raw = tuple(map(attributes.get, self.dimensions))
        return self._known.get(raw) or self._admit(raw)

    def _admit(self, raw: tuple[str | None, ...]) -> Labels:
        named = tuple(UNKNOWN if value is None else value for value in raw)
        admitted = tuple(self._admit_value(name, value) for name, value in zip(self.dimensions, named, strict=True))
        if admitted == named:  # refused values are not remembered: there is no bound on them
            self._known[raw] = admitted
        return admitted

    def _admit_value(self, name: str, value: str) -> str:
        values = self._admitted[name]
        if value in values or value in (UNKNOWN, OTHER):
            return value
        if len(values) < self.limit:
            values.add(value)
            return value
        self.overflows[name] += 1
        return OTHER
