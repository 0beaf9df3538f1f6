"""Values that desks sent and nobody understood: how often each came, so that somebody can map it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from schemas.events import CustomerAcquired, CustomerLost, CustomerPurchased, CustomerSignal, Event, TicketResponded
from schemas.leniency import folded
from stream.core.values import Meanings

FIELDS = ("channel", "priority", "opened_by")
"""The fields of which every value is taken, understood or not."""
_MOST_VALUES = 200
_MOST_SHOWN = 10
_SILENT = frozenset((TicketResponded, CustomerAcquired, CustomerLost, CustomerPurchased, CustomerSignal))
_COUNTS_AS = {"channel": "other", "priority": "none", "opened_by": "customer"}


class Misunderstood:
    """Counts events by field, and those of each value, of which there are so many at most; the rest are `others`."""

    def __init__(self) -> None:
        """Start with none."""
        self.events: Counter[str] = Counter(dict.fromkeys(FIELDS, 0))
        """Events with a value that was not understood, by field."""
        self.values: Counter[tuple[str, str]] = Counter()
        """The same by field and value, letter case apart."""
        self._understood: set[tuple[object, ...]] = set()
        self._under: Meanings | None = None

    def look(self, events: Iterable[Event], values: Meanings) -> None:
        """Count what of these is not understood under a policy."""
        if values is not self._under:
            self._understood, self._under = set(), values
        for event in events:
            if event.__class__ in _SILENT:
                continue
            said = (
                getattr(event, "channel", None),
                getattr(event, "priority", None),
                getattr(event, "opened_by", None),
            )
            if said not in self._understood:
                self._count(said, values)

    def _count(self, said: tuple[str | None, ...], values: Meanings) -> None:
        unclear = [
            (name, folded(value))
            for name, value in zip(FIELDS, said, strict=True)
            if value is not None and not values.understands(name, value)
        ]
        for name, value in unclear:
            self.events[name] += 1
            if (name, value) in self.values or len(self.values) < _MOST_VALUES:
                self.values[name, value] += 1
        if not unclear and len(self._understood) < _MOST_VALUES:
            self._understood.add(said)

    def lines(self) -> Iterator[str]:
        """Yield what was not understood by field, the most frequent values first, and what to do about it."""
        for name, count in self.events.items():
            if not count:
                continue
            found = [(value, n) for (field, value), n in self.values.items() if field == name]
            found.sort(key=lambda item: (-item[1], item[0]))
            shown = ", ".join(f"{value!r} {n:,}" for value, n in found[:_MOST_SHOWN])
            left = count - sum(n for _, n in found[:_MOST_SHOWN])
            more = f", others {left:,}" if left else ""
            fix = (
                f"map them under values.{name} of the policy file" if name != "opened_by" else "send customer or agent"
            )
            yield f"{name}: {count:,} events have a value that counts as {_COUNTS_AS[name]} ({shown}{more}); {fix}"
