"""Abandonment, transfers and escalations: METRICS.md, rows "abandonment" and "transfer rate"."""

from __future__ import annotations

from stream.core.facts import Facts
from stream.core.labels import Labels
from stream.core.ledger import COUNT, Contribution
from stream.core.ticket import Ticket
from stream.kpi.families import HANDLING

_OPENED, _TRANSFERRED, _TRANSFERS, _ESCALATED, _OFFERED, _GIVEN_UP = map(HANDLING.measure, HANDLING.fields)


def contributions(facts: Facts, ticket: Ticket, labels: Labels) -> list[Contribution]:
    """Return what one ticket adds, all of it by the time it was opened."""
    at = facts.opened_us
    counts: list[Contribution] = [(at, (_OPENED, labels, COUNT), 1)]
    if facts.takes_part:
        counts.append((at, (_OFFERED, labels, COUNT), 1))
    if facts.given_up_us is not None:
        counts.append((at, (_GIVEN_UP, labels, COUNT), 1))
    kinds = [change.kind for change in ticket.statuses]
    if transfers := kinds.count("transferred"):
        counts.append((at, (_TRANSFERRED, labels, COUNT), 1))
        counts.append((at, (_TRANSFERS, labels, COUNT), transfers))
    if "escalated" in kinds:
        counts.append((at, (_ESCALATED, labels, COUNT), 1))
    return counts
