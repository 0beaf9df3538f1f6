"""This hour against the same hour of the weeks before: METRICS.md has it for inflow, first response time and backlog.

What it needs of the past is kept for the whole desk only, without labels: enough to say "unusual", and small.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from stream.core.facts import Facts
from stream.core.history import CHANGE, INFLOW, RESPONSE, UNLABELLED
from stream.core.ledger import COUNT, Cell, Contribution
from stream.counting.add import Adds
from stream.model.frame import Tickets
from stream.numbers import flow

_INFLOW: Cell = (INFLOW, UNLABELLED, COUNT)
_CHANGE: Cell = (CHANGE, UNLABELLED, COUNT)


def contributions(facts: Facts, flows: Sequence[Contribution], responses: Sequence[Contribution]) -> list[Contribution]:
    """Return what a ticket adds: its opening, what it changes of the backlog, its first response time."""
    counts: list[Contribution] = [(facts.opened_us, _INFLOW, 1)]
    for at, (measure, _, _), _ in flows:
        counts.append((at, _CHANGE, flow.CHANGE[measure]))
    if facts.responded_us is not None and responses:
        _, (_, _, bucket), _ = responses[0]
        counts.append((facts.responded_us, (RESPONSE, UNLABELLED, bucket), 1))
    return counts


def fold(t: Tickets, add: Adds) -> None:
    """Add each opening, what each ticket changes of the backlog and when, and its first response time."""
    add(INFLOW, t.opened)
    add(CHANGE, t.opened)
    add(CHANGE, t.reopened)
    add(CHANGE, t.resolved, times=-1)
    add(CHANGE, t.abandoned, times=-1)
    add.bucket(RESPONSE, t.responded, t.first_response)


class Usual(NamedTuple):
    """What the same hour of the weeks before was like: how many weeks are known, their median, least and most."""

    n: int
    median: float | None
    low: float | None
    high: float | None

    def judge(self, now: float | None) -> str | None:
        """Return `high`, `low` or `usual`; None where too little is known to say."""
        if now is None or self.low is None or self.high is None:
            return None
        return "high" if now > self.high else "low" if now < self.low else "usual"


def usual(weeks: Sequence[float | None]) -> Usual:
    """Return the band of the weeks that are known; at least two have to be."""
    known = [value for value in weeks if value is not None]
    if len(known) < 2:
        return Usual(len(known), None, None, None)
    return Usual(len(known), median(known), min(known), max(known))
