"""Resolution time, one-touch and re-open rate: METRICS.md, rows "resolution time" and "one-touch and re-open rate"."""

from __future__ import annotations

from stream.core.course import Course
from stream.core.facts import CUSTOMER, LIFECYCLE
from stream.core.histogram import Buckets
from stream.core.labels import Labels
from stream.core.ledger import COUNT, Contribution, duration
from stream.core.ticket import StatusChange, Ticket
from stream.counting.add import Adds
from stream.kpi.families import QUALITY
from stream.model.frame import Tickets

# which: the first time it was resolved, or the time it was resolved for good so far.
MEASURES = {which: f"resolution/{which}" for which in ("first", "last")}
_RESOLVED, _ONE_TOUCH, _REOPENED = (QUALITY.measure(field) for field in ("resolved", "one_touch", "reopened"))
_AGENT = "agent"


def contributions(
    opened_us: int, ticket: Ticket, course: Course, labels: Labels, buckets: Buckets, *, pausing: frozenset[str]
) -> list[Contribution]:
    """Return what one ticket adds: its resolution times, and whether its first resolution was one-touch or held."""
    if not course.transitions:
        return []
    first, last = course.first_resolved_us, course.last_resolved_us
    counts: list[Contribution] = []
    for which, at in (("first", first), ("last", last)):
        if at is not None:
            us = at - opened_us - (_paused_us(ticket, opened_us, at, pausing) if pausing else 0)
            counts += duration(MEASURES[which], labels, at, us, buckets.index(us))
    if first is not None:
        counts.append((first, (_RESOLVED, labels, COUNT), 1))
        touches = [at for at, _, kind, _ in ticket.messages if kind == _AGENT and opened_us <= at <= first]
        if len(touches) == 1:
            counts.append((first, (_ONE_TOUCH, labels, COUNT), 1))
        if course.reopened_us:
            counts.append((first, (_REOPENED, labels, COUNT), 1))
    return counts


def fold(t: Tickets, add: Adds) -> None:
    """Add how long the first resolution and the one that holds took, without pauses, each at its time."""
    for which, at in (("first", t.resolved_first), ("last", t.resolved_last)):
        add(MEASURES[which], at, lasting=at - t.opened - t.paused(at))


def fold_quality(t: Tickets, add: Adds) -> None:
    """Add each ticket at its first resolution: whether there was one answer until then, and whether it was enough."""
    resolved = t.resolved_first
    add(_RESOLVED, resolved)
    add(_ONE_TOUCH, resolved, where=t.said(_AGENT).until(resolved).count() == 1)
    add(_REOPENED, resolved, where=t.reopened.any())


def _paused_us(ticket: Ticket, opened_us: int, until_us: int, pausing: frozenset[str]) -> int:
    """Return how long the clock stood: from a pausing status to the next status, or the customer's next message."""
    changes = [change for change in ticket.statuses if change.kind in LIFECYCLE]
    total = 0
    for i, change in enumerate(changes):
        if change.kind in pausing:
            end = min(until_us, changes[i + 1].at_us if i + 1 < len(changes) else until_us)
            end = min(end, _customer_wrote_us(ticket, change, end))
            total += max(0, end - max(opened_us, change.at_us))
    return total


def _customer_wrote_us(ticket: Ticket, change: StatusChange, otherwise_us: int) -> int:
    """Return when the customer wrote next after a change of status."""
    return next((m.at_us for m in ticket.messages if m.kind in CUSTOMER and m[:2] > change[:2]), otherwise_us)
