"""Abandonment, transfers and escalations: METRICS.md, rows "abandonment" and "transfer rate"."""

from __future__ import annotations

from stream.core.facts import Facts
from stream.core.labels import Labels
from stream.core.ledger import COUNT, Contribution
from stream.core.ticket import Ticket
from stream.kpi.families import HANDLING

_MEASURES = {field: HANDLING.measure(field) for field in HANDLING.fields}


def contributions(facts: Facts, ticket: Ticket, labels: Labels) -> list[Contribution]:
    """Return what one ticket adds, all of it by the time it was opened."""
    transfers = sum(1 for change in ticket.statuses if change.kind == "transferred")
    amounts = {
        "opened": 1,
        "transferred": 1 if transfers else 0,
        "transfers": transfers,
        "escalated": 1 if any(change.kind == "escalated" for change in ticket.statuses) else 0,
        "offered": 1 if facts.takes_part else 0,
        "given_up": 1 if facts.given_up_us is not None else 0,
    }
    return [(facts.opened_us, (_MEASURES[field], labels, COUNT), amount) for field, amount in amounts.items() if amount]
