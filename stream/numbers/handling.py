"""Handling: tickets transferred, escalated and given up, of those opened; all by the time they were opened."""

from __future__ import annotations

from collections.abc import Mapping

from stream.core.rows import percent
from stream.counting.add import Adds
from stream.model.frame import Tickets
from stream.numbers.cells import Counts
from stream.numbers.declare import Fields, Here, Number, Windowed
from stream.numbers.metric import Gauge
from stream.numbers.tile import Tile, column

COUNTS = Counts("handling", ("opened", "transferred", "transfers", "escalated", "offered", "given_up"))
_OPENED, _TRANSFERRED, _TRANSFERS, _ESCALATED, _OFFERED, _GIVEN_UP = map(COUNTS.measure, COUNTS.fields)


class Handling(Windowed):
    """Tickets opened, and what became of them; offered are those whose first response anybody waited for."""

    opened: int
    transferred: int
    transfers: int
    escalated: int
    offered: int
    given_up: int
    transfer_rate: float | None
    transfers_per_ticket: float | None
    escalation_rate: float | None
    abandonment_rate: float | None


def fold(t: Tickets, add: Adds) -> None:
    """Add what became of each ticket at its opening."""
    transfers = t.became("transferred")
    add(_OPENED, t.opened)
    add(_TRANSFERRED, t.opened, where=transfers.any())
    add(_TRANSFERS, t.opened, where=transfers.any(), times=transfers.count())
    add(_ESCALATED, t.opened, where=t.became("escalated").any())
    add(_OFFERED, t.opened, where=t.takes_part)
    add(_GIVEN_UP, t.opened, where=t.given_up.known)


def row(n: Mapping[str, int], _here: Here) -> Fields:
    """Return the counts and what they are of the tickets opened; of those offered, how many were given up."""
    opened = n["opened"]
    return {
        **n,
        "transfer_rate": percent(n["transferred"], opened),
        "transfers_per_ticket": n["transfers"] / opened if opened else None,
        "escalation_rate": percent(n["escalated"], opened),
        "abandonment_rate": percent(n["given_up"], n["offered"]),
    }


NUMBERS = (
    Number(
        name="handling",
        order=180,
        version=2,
        page="handling.md",
        definition="tickets transferred at least once / tickets opened",
        shape=Handling,
        book="tickets",
        cells=COUNTS,
        fold=fold,
        row=row,
        metrics=(
            Gauge(
                "deskpulse_handling_tickets",
                "Tickets opened in the window, of these transferred, escalated, offered, given_up; and their "
                "transfers.",
                labels=("handling",),
            ),
        ),
        tiles=(Tile("abandonment", "percent", "worse", column("abandonment_rate", "offered")),),
    ),
)
