"""What is listed: whatever is counted with its amounts, whatever is not with a reason; all are told, some are named."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from stream.core.customer import MICRO
from stream.core.instant import instant
from stream.core.tenure import YEAR_US
from stream.core.windows import SECOND_US
from stream.numbers.explained import SECONDS
from stream.report.reasons import REASONS

Item = dict[str, Any]


class _Greatest:
    """Keeps the items of the highest rank."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._heap: list[tuple[tuple[int, ...], int, Item]] = []
        self.seen = 0

    def add(self, rank: tuple[int, ...], item: Callable[[], Item]) -> None:
        self.seen += 1
        if len(self._heap) < self._limit:
            heapq.heappush(self._heap, (rank, self.seen, item()))
        elif self._heap and rank > self._heap[0][0]:
            heapq.heapreplace(self._heap, (rank, self.seen, item()))

    def items(self) -> list[Item]:
        return [item for _, _, item in sorted(self._heap, key=lambda kept: kept[0], reverse=True)]


class Listing:
    """Takes note of each ticket, survey or customer once."""

    def __init__(self, limit: int, longest: tuple[str, ...]) -> None:
        """limit: how many are named of those counted, and for each reason. longest: the amounts that they are ranked by
        before their times."""
        self._limit = limit
        self._longest = longest
        self._sums: Counter[str] = Counter()
        self._counted = _Greatest(limit)
        self._left_out: dict[str, _Greatest] = {}

    def count(
        self, name: str, at_us: int, labels: Mapping[str, str], amounts: Mapping[str, int], more: Mapping[str, str]
    ) -> None:
        """Take note of something that is in the number, and of what it adds to it."""
        self._sums.update(amounts)
        rank = (*[amounts.get(longest, 0) for longest in self._longest], at_us)

        def item() -> Item:
            return {"id": name, "at": instant(at_us), "labels": labels, "amounts": in_units(amounts), **more}

        self._counted.add(rank, item)

    def leave_out(self, reason: str, name: str, last_us: int) -> None:
        """Take note of something that is not in it; reason is one of REASONS, last_us the time of its last event."""
        kept = self._left_out.get(reason)
        if kept is None:
            kept = self._left_out[reason] = _Greatest(self._limit)
        kept.add((last_us,), lambda: {"id": name, "last_event": instant(last_us)})

    def counted(self) -> dict[str, Any]:
        """Return what was counted, ready for JSON."""
        return {
            "n": self._counted.seen,
            "amounts": in_units(dict(sorted(self._sums.items()))),
            "items": self._counted.items(),
        }

    def left_out(self) -> Iterator[dict[str, Any]]:
        """Yield what was left out, by reason."""
        for reason, text in REASONS.items():
            if (kept := self._left_out.get(reason)) is not None:
                yield {"reason": reason, "text": text, "n": kept.seen, "items": kept.items()}


def in_units(amounts: Mapping[str, int]) -> dict[str, float]:
    """Write amounts down: durations in seconds or years as their names say, revenue in the currency of the amounts."""
    return {name: _in_unit(name, amount) for name, amount in amounts.items()}


def _in_unit(name: str, amount: int) -> float:
    if name.endswith(SECONDS):
        return amount / SECOND_US
    if name.endswith("years"):
        return amount / YEAR_US
    return amount / MICRO if name in ("revenue", "refunded") else amount
