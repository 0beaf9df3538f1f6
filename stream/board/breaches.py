"""How many promises are breached now, and how many of these since the last look, for the sound."""

from __future__ import annotations

from stream.board.layout import Filter
from stream.board.slices import Slices


class Breaches:
    """The breaches that one board was told of."""

    def __init__(self) -> None:
        """Start without a look: what is breached at the first one is not new."""
        self._before: tuple[int, dict[int, int]] | None = None

    def look(self, slices: Slices, of: Filter, *, live: bool = True) -> dict[str, int]:
        """Return how many of the filter's tickets are breached now, and how many of these are new.

        New is whose deadline has passed since, also when others were answered meanwhile. A ticket that is noticed only
        after its deadline counts as far as there are more than before.
        While the desk is not live none is new: tickets of a partition that was missing for a while come back.
        """
        now, lately = slices.breached(of)
        if not live:
            return {"now": now, "new": 0}
        before, self._before = self._before, (now, lately)
        if before is None:
            return {"now": now, "new": 0}
        begun = sum(max(0, n - before[1].get(second, 0)) for second, n in lately.items())
        return {"now": now, "new": max(begun, now - before[0])}
