"""Inflow and outflow: METRICS.md, row "inflow, outflow"."""

from __future__ import annotations

from stream.core.course import RESOLVING, Course
from stream.core.labels import Labels
from stream.core.ledger import COUNT, Contribution
from stream.kpi.families import FLOW

OPENED = FLOW.measure("opened")
REOPENED = FLOW.measure("reopened")
RESOLVED = FLOW.measure("resolved")
ABANDONED = FLOW.measure("abandoned")
RETRACTED = FLOW.measure("retracted")

# What each adds to the backlog: METRICS.md, opened + re-opened - resolved - retracted. Tickets that were retracted are
# not among the opened; those that were given up leave the backlog like those that were resolved.
CHANGE = {OPENED: 1, REOPENED: 1, RESOLVED: -1, ABANDONED: -1}


def contributions(opened_us: int, course: Course, labels: Labels) -> list[Contribution]:
    """Return what one ticket adds: its opening, and each time it was done or opened again."""
    counts: list[Contribution] = [(opened_us, (OPENED, labels, COUNT), 1)]
    for at, kind in course.transitions:
        measure = RESOLVED if kind in RESOLVING else ABANDONED if kind == "abandoned" else REOPENED
        counts.append((at, (measure, labels, COUNT), 1))
    return counts


def retraction(at_us: int, labels: Labels) -> list[Contribution]:
    """Return what a ticket adds that was taken out of all other numbers then."""
    return [(at_us, (RETRACTED, labels, COUNT), 1)]
