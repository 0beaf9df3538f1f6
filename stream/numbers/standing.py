"""What stands open now: who waits for a first response, what was promised to them, and the backlog.

Time changes it and no event does, so it is counted in no window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from stream.core.facts import BACKLOG_STATES
from stream.core.policy import Policy
from stream.core.report_view import View
from stream.core.rows import grouped, quantiles
from stream.core.standing import AGES_US, AT_RISK, BREACHED, SLA_STATES, WITHOUT_TARGET, Queue
from stream.core.windows import SECOND_US
from stream.numbers.declare import Fields, Number, Row, Shape
from stream.numbers.metric import Distribution, Gauge, Histogram
from stream.numbers.reasons import DONE, WHY_NO_FIRST_RESPONSE
from stream.numbers.tile import Figure, Read, Tile


class OpenWait(Shape):
    """Tickets that wait for a first response, and how long they have waited."""

    n: int
    mean_seconds: float | None
    oldest_seconds: float | None
    p50_seconds: float | None
    p95_seconds: float | None
    le: dict[str, int]


class Sla(Shape):
    """Tickets that wait for a first response, by what was promised to them."""

    n: int
    on_time: int
    at_risk: int
    breached: int
    without_target: int


class Backlog(Shape):
    """Open tickets by state, by age, and those older than the settings name."""

    n: int
    unanswered: int
    answered: int
    pending: int
    ages: dict[str, int]
    longer_than: dict[str, int]


def open_wait(queue: Queue, policy: Policy) -> Fields:
    """Return how many wait and for how long."""
    return {
        "n": queue.waiting,
        "mean_seconds": queue.waited_us / queue.waiting / SECOND_US if queue.waiting else None,
        "oldest_seconds": _oldest_seconds(queue),
        **quantiles(queue.waits, policy, (0.5, 0.95)),
        "le": {str(le // SECOND_US): count for le, count in queue.wait_le.items()} | {"+Inf": queue.waiting},
    }


def sla(queue: Queue, _policy: Policy) -> Fields:
    """Return how many wait, and how that is by what was promised."""
    return {"n": queue.waiting, **queue.sla}


def backlog(queue: Queue, _policy: Policy) -> Fields:
    """Return how many are open."""
    states = {name: queue.states.get(name, 0) for name in BACKLOG_STATES}
    return {
        "n": sum(states.values()),
        **states,
        "ages": dict(queue.ages),
        "longer_than": dict(queue.longer_than),
    }


def _by_labels(make: Callable[[Queue, Policy], Fields]) -> Callable[[View], Iterator[Row]]:
    """Return what makes the rows: those of nothing are left out, but for that of all."""

    def rows(view: View) -> Iterator[Row]:
        policy = view.policy
        nothing = Queue(
            states={},
            ages={name: 0 for name, _, _ in AGES_US},
            longer_than={name: 0 for name, _ in policy.longer_than},
            waiting=0,
            waited_us=0,
            oldest_us=None,
            waits={},
            wait_le=dict.fromkeys(policy.buckets.le_us, 0),
            sla=dict.fromkeys(SLA_STATES, 0),
            lately_breached={},
        )
        for labels, queue in grouped(view.totals.queues.items(), policy.labels, Queue.merge, nothing):
            made = make(queue, policy)
            if made["n"] or not labels:
                yield {"labels": labels, **made}

    return rows


def _oldest_seconds(queue: Queue) -> float | None:
    return None if queue.oldest_us is None else queue.oldest_us / SECOND_US


def _waits(queue: Queue) -> Distribution | None:
    if queue.oldest_us is None:
        return None
    return Distribution([*queue.wait_le.values(), queue.waiting], queue.waited_us / SECOND_US)


def _n(row: Row, _policy: Policy) -> Figure:
    return Figure(row["n"], row["n"])


def _longest(row: Row, _policy: Policy) -> Figure:
    oldest = row["oldest_seconds"]
    return Figure(oldest, row["n"], why="no_data" if oldest is None else None)


def _promised(state: str) -> Read:
    """Of the waiting tickets to which something is promised."""
    return lambda row, _: Figure(
        row[state], row["n"] - row[WITHOUT_TARGET], parts={name: row[name] for name in SLA_STATES}
    )


def _ages(row: Row, _policy: Policy) -> Figure:
    return Figure(row["n"], row["n"], parts=dict(row["ages"]))


NUMBERS = (
    Number(
        name="open_wait",
        order=110,
        version=1,
        page="open-wait.md",
        definition="now - opened, of open tickets that take part in first response time and have none yet",
        shape=OpenWait,
        present="open",
        kept_for="alerts need to know which tickets wait",
        rows=_by_labels(open_wait),
        why_not=(DONE, *WHY_NO_FIRST_RESPONSE),
        metrics=(
            Gauge(
                "deskpulse_open_wait_tickets",
                "Open tickets with no first response yet, now.",
                read=lambda queue: queue.waiting,
            ),
            Gauge(
                "deskpulse_open_wait_oldest_seconds",
                "The longest wait of an open ticket with no first response yet; absent while nobody waits.",
                read=_oldest_seconds,
            ),
            Histogram(
                "deskpulse_open_wait_seconds",
                "How long open tickets with no first response yet have waited, now.",
                read=_waits,
            ),
        ),
        tiles=(
            Tile("waiting", "count", "worse", _n),
            Tile("longest_wait", "seconds", "worse", _longest, promised="calendar"),
        ),
    ),
    Number(
        name="sla",
        order=120,
        version=1,
        page="sla-and-service-level.md",
        definition="of each ticket that waits for its first response: on time, at risk, breached, or without a target",
        shape=Sla,
        present="open",
        kept_for="alerts are made of it",
        rows=_by_labels(sla),
        why_not=(DONE, *WHY_NO_FIRST_RESPONSE),
        metrics=(
            Gauge(
                "deskpulse_sla_tickets",
                "Open tickets with no first response yet, now: on_time, at_risk, breached, or without_target (state).",
                labels=("state",),
                read=lambda queue: queue.sla,
            ),
        ),
        tiles=(
            Tile("at_risk", "count", "worse", _promised(AT_RISK)),
            Tile("breached", "count", "worse", _promised(BREACHED)),
        ),
    ),
    Number(
        name="backlog",
        order=130,
        version=1,
        page="backlog.md",
        definition="tickets with an opening whose lifecycle status is none, pending or reopened",
        shape=Backlog,
        present="open",
        kept_for="it is checked against the flow at every snapshot",
        rows=_by_labels(backlog),
        why_not=(DONE,),
        metrics=(
            Gauge(
                "deskpulse_backlog_tickets",
                "Open tickets now, by state.",
                labels=("state",),
                read=lambda queue: queue.states,
            ),
            Gauge(
                "deskpulse_backlog_age_tickets",
                "Open tickets now, by time since they were opened.",
                labels=("age",),
                read=lambda queue: queue.ages,
            ),
            Gauge(
                "deskpulse_unresolved_tickets",
                "Open tickets now that were opened longer ago than this.",
                labels=("longer_than",),
                read=lambda queue: queue.longer_than,
            ),
        ),
        tiles=(
            Tile("backlog", "count", "worse", _n),
            Tile("backlog_ages", "count", "worse", _ages, kind="ages"),
        ),
    ),
)
