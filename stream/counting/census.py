"""How many tickets there are of each kind, on how many an agent was named, and when the first was opened."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stream.model.frame import Tickets
from stream.model.times import Ints

OPENED, WITHOUT_OPENING, RETRACTED = "opened", "without_opening", "retracted"
CATEGORIES = (OPENED, WITHOUT_OPENING, RETRACTED)
NAMED = "agent_named"
"""Those of OPENED of which an event names an agent."""

_KINDS = (*CATEGORIES, NAMED)
_NONE = len(_KINDS)


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
        category[tickets.names_agent[:n]] = 3
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
        """Return how many tickets of a partition are of each of CATEGORIES, and NAMED."""
        held = self._counts.get(partition)
        return _by_name(held.tolist() if held is not None else [0] * _NONE)

    def categories(self, places: list[int], counts: Sequence[bool]) -> dict[str, int]:
        """Return how many of these tickets are of each category, without those of which none is; counts: as above."""
        held = [int(self._category[place]) for place, count in zip(places, counts, strict=True) if count]
        return {name: n for name, n in _by_name([held.count(i) for i in range(_NONE)]).items() if n}

    def first_opened_us(self, partition: int) -> int | None:
        """Return when the first ticket of a partition was opened that was ever seen; None if none was."""
        return self._first_us.get(partition)


def _by_name(held: Sequence[int]) -> dict[str, int]:
    counts = dict(zip(_KINDS, held, strict=False))
    return counts | {OPENED: counts[OPENED] + counts[NAMED]}
