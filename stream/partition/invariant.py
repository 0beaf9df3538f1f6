"""What must always be so, whatever came in: the backlog is what flowed in less what flowed out."""

from __future__ import annotations

from typing import NamedTuple

from stream.core.cells import COUNT
from stream.core.snapshot import Totals
from stream.core.windows import ALL
from stream.numbers.flow import CHANGE


class Invariant(NamedTuple):
    """Open tickets counted one by one, and opened + re-opened - resolved - abandoned over all time.

    They come about in different ways (the one from the tickets that are held, the other from panes and seals), so an
    error other than 0 means that one of them is wrong. docs/metrics/inflow-and-outflow.md.
    """

    backlog: int
    flow: int

    @property
    def error(self) -> int:
        """Return by how many tickets they differ."""
        return self.backlog - self.flow


def invariant(totals: Totals) -> Invariant:
    """Return the backlog by either way."""
    backlog = sum(sum(queue.states.values()) for queue in totals.queues.values())
    ever = totals.tickets[ALL]
    flow = sum(
        change * amounts.get(COUNT, 0) for measure, change in CHANGE.items() for amounts in ever.of(measure).values()
    )
    return Invariant(backlog, flow)
