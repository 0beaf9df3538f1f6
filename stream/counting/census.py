"""How many tickets there are of each kind, and when the first of a partition was opened."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stream.model.frame import Tickets
from stream.model.times import Ints

OPENED, WITHOUT_OPENING, RETRACTED = "opened", "without_opening", "retracted"
CATEGORIES = (OPENED, WITHOUT_OPENING, RETRACTED)
_NONE = len(CATEGORIES)


class Census:
    """All tickets of a worker. Each has a place, a small number that nobody else has meanwhile."""

    def __init__(self) -> None:
        """Start with none."""
        self._category: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self._counts: dict[int, Ints] = {}
        self._first_us: dict[int, int] = {}

    def replace(self, places: Ints, partition: Ints, tickets: Tickets, counts: Sequence[bool]) -> None:
        """Let tickets be those that come first in a frame; counts: which are there, and are no survey without one."""
        if not len(places):
            return
        n = len(places)
        if (most := int(places.max()) + 1) > len(self._category):
            more = max(most, 2 * len(self._category)) - len(self._category)
            self._category = np.append(self._category, np.full(more, _NONE, np.uint8))
        has_opening, retracted = tickets.has_opening[:n], tickets.is_retracted[:n]
        category = np.where(has_opening, np.where(retracted, 2, 0), 1).astype(np.uint8)
        category[~np.fromiter(counts, bool, n)] = _NONE
        before, self._category[places] = self._category[places], category
        for number in np.unique(partition).tolist():
            its = partition == number
            held = self._counts.setdefault(number, np.zeros(_NONE + 1, np.int64))
            held += np.bincount(category[its], minlength=_NONE + 1) - np.bincount(before[its], minlength=_NONE + 1)
            opened = tickets.first_opened.us[:n][its & has_opening]
            if len(opened):
                first_us = int(opened.min())
                self._first_us[number] = min(first_us, self._first_us.get(number, first_us))

    def leave(self, partition: int, places: Ints) -> None:
        """Give up the tickets of a partition."""
        self._category[places[places < len(self._category)]] = _NONE
        self._counts.pop(partition, None)
        self._first_us.pop(partition, None)

    def counts(self, partition: int) -> dict[str, int]:
        """Return how many tickets of a partition are of each of CATEGORIES."""
        held = self._counts.get(partition)
        return dict(zip(CATEGORIES, held.tolist() if held is not None else (0,) * _NONE, strict=False))

    def categories(self, places: list[int], counts: Sequence[bool]) -> dict[str, int]:
        """Return how many of these tickets are of each category; counts: as above."""
        held = [int(self._category[place]) for place, count in zip(places, counts, strict=True) if count]
        return {name: held.count(i) for i, name in enumerate(CATEGORIES) if i in held}

    def first_opened_us(self, partition: int) -> int | None:
        """Return when the first ticket of a partition was opened that was ever seen; None if none was."""
        return self._first_us.get(partition)
