"""Resolution: how long it took until a ticket was resolved, and whether that was with one reply and for good."""

from __future__ import annotations

from collections.abc import Mapping

from stream.core.cells import COUNT, Contribution, duration
from stream.core.course import Course
from stream.core.facts import CUSTOMER, LIFECYCLE
from stream.core.histogram import Buckets
from stream.core.labels import Labels
from stream.core.rows import percent
from stream.core.ticket import StatusChange, Ticket
from stream.counting.add import Adds
from stream.model.frame import Tickets
from stream.numbers.cells import Counts, Durations
from stream.numbers.declare import Choice, Fields, Here, Number, Timed, Windowed
from stream.numbers.metric import Gauge, Histogram
from stream.numbers.reasons import WHY_NOT_RESOLVED
from stream.numbers.tile import Tile, column

TIME = Durations("resolution")
QUALITY = Counts("quality", ("resolved", "one_touch", "reopened"))
_FIRST, _LAST = TIME.measure("first"), TIME.measure("last")
_RESOLVED, _ONE_TOUCH, _REOPENED = map(QUALITY.measure, QUALITY.fields)
_AGENT = "agent"


class Resolution(Timed, Windowed):
    """Tickets resolved: the first time, or for good so far."""

    which: str


class Quality(Windowed):
    """Tickets first resolved; of these, with one public reply, and opened again since."""

    resolved: int
    one_touch: int
    reopened: int
    one_touch_rate: float | None
    reopen_rate: float | None


def contributions(
    opened_us: int, ticket: Ticket, course: Course, labels: Labels, buckets: Buckets, *, pausing: frozenset[str]
) -> list[Contribution]:
    """Return what one ticket adds: its resolution times, and whether its first resolution was one-touch or held."""
    if not course.transitions:
        return []
    first, last = course.first_resolved_us, course.last_resolved_us
    counts: list[Contribution] = []
    for measure, at in ((_FIRST, first), (_LAST, last)):
        if at is not None:
            us = at - opened_us - (_paused_us(ticket, opened_us, at, pausing) if pausing else 0)
            counts += duration(measure, labels, at, us, buckets.index(us))
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
    for measure, at in ((_FIRST, t.resolved_first), (_LAST, t.resolved_last)):
        add(measure, at, lasting=at - t.opened - t.paused(at))


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


def row(n: Mapping[str, int], _here: Here) -> Fields:
    """Return the counts, and what they are of the tickets resolved."""
    return {
        **n,
        "one_touch_rate": percent(n["one_touch"], n["resolved"]),
        "reopen_rate": percent(n["reopened"], n["resolved"]),
    }


NUMBERS = (
    Number(
        name="resolution",
        order=150,
        version=1,
        page="resolution-time.md",
        definition="opened -> resolved or closed, the first time and the last time, less the pauses",
        shape=Resolution,
        book="tickets",
        cells=TIME,
        fold=fold,
        choices=(Choice.of("which", "first", "last"),),
        why_not=WHY_NOT_RESOLVED,
        metrics=(
            Histogram(
                "deskpulse_resolution_seconds",
                "Resolution time in seconds, without pauses: opened to the first or to the last (which) time it was "
                "resolved.",
            ),
        ),
        tiles=(Tile("resolution_median", "seconds", "worse", column("p50_seconds")),),
    ),
    Number(
        name="quality",
        order=190,
        version=1,
        page="one-touch-and-reopen.md",
        definition="tickets resolved with a single public human response / tickets resolved",
        shape=Quality,
        book="tickets",
        cells=QUALITY,
        fold=fold_quality,
        row=row,
        why_not=WHY_NOT_RESOLVED,
        metrics=(
            Gauge(
                "deskpulse_resolved_tickets",
                "Tickets first resolved in the window, of these with one public reply (one_touch), and reopened since "
                "(quality).",
                labels=("quality",),
            ),
        ),
        tiles=(
            Tile("one_touch", "percent", "better", column("one_touch_rate", "resolved")),
            Tile("reopened", "percent", "worse", column("reopen_rate", "resolved")),
        ),
    ),
)
