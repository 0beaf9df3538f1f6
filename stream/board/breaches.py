"""How many promises are breached now, and how many of these since the last look, for the sound."""

from __future__ import annotations

from stream.board.layout import Filter
from stream.board.slices import Slices
from stream.core.labels import Labels


class Breaches:
    """The breaches that one board was told of."""

    def __init__(self) -> None:
        """Start without a look: what is breached at the first one is not new."""
        self._before: dict[Labels, int] | None = None

    def look(self, slices: Slices, of: Filter, *, live: bool = True) -> dict[str, int]:
        """Return how many of the filter's tickets are breached now, and how many of these are new.

        While the desk is not live none is new: tickets of a partition that was missing for a while come back.
        Totals know no tickets, so under the same labels a breach that begins while another ends is not seen as new.
        """
        now = slices.breached(of)
        if not live:
            return {"now": sum(now.values()), "new": 0}
        before, self._before = self._before, now
        new = 0 if before is None else sum(max(0, n - before.get(labels, 0)) for labels, n in now.items())
        return {"now": sum(now.values()), "new": new}
