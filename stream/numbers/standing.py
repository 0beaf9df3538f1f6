"""What stands open now: who waits for a first response or a reply, what was promised to them, and the backlog.

Time changes it and no event does, so it is counted in no window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from stream.core.facts import BACKLOG_STATES, FIRST, REPLY
from stream.core.policy import Policy
from stream.core.report_view import View
from stream.core.rows import grouped, quantiles
from stream.core.standing import AT_RISK, BREACHED, SLA_STATES, WITHOUT_TARGET, Queue, Waiting, no_queue
from stream.core.windows import SECOND_US
from stream.numbers.declare import Fields, Number, Row, Shape
from stream.numbers.metric import Distribution, Gauge, Histogram
from stream.numbers.reasons import DONE, WHY_NO_FIRST_RESPONSE, Reason
from stream.numbers.tile import Figure, Promise, Read, Tile


class OpenWait(Shape):
    """Tickets whose customers wait for an answer, and how long they have waited."""

    n: int
    mean_seconds: float | None
    oldest_seconds: float | None
    p50_seconds: float | None
    p95_seconds: float | None
    le: dict[str, int]
    bands: dict[str, int]


class Sla(Shape):
    """Tickets whose customers wait for an answer, by what was promised to them."""

    n: int
    on_time: int
    at_risk: int
    breached: int
    without_target: int


class Backlog(Shape):
    """Open tickets by state, by age, and those older than the settings name."""

    n: int
    unanswered: int
    reply_waiting: int
    pending: int
    answered: int
    ages: dict[str, int]
    longer_than: dict[str, int]


def _wait(kind: str) -> Callable[[Queue, Policy], Fields]:
    """Return what says how many wait for what a name of WAITS says, and for how long."""

    def fields(queue: Queue, policy: Policy) -> Fields:
        waiting = queue.waiting(kind)
        return {
            "n": waiting.n,
            "mean_seconds": waiting.waited_us / waiting.n / SECOND_US if waiting.n else None,
            "oldest_seconds": _oldest_seconds(waiting),
            **quantiles(waiting.waits, policy, (0.5, 0.95)),
            "le": {str(le // SECOND_US): count for le, count in waiting.wait_le.items()} | {"+Inf": waiting.n},
            "bands": dict(waiting.bands),
        }

    return fields


def _sla(kind: str) -> Callable[[Queue, Policy], Fields]:
    """Return what says how many wait, and how that is by what was promised."""
    return lambda queue, _: {"n": queue.waiting(kind).n, **queue.waiting(kind).sla}


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
        nothing = no_queue((name for name, _ in policy.longer_than), policy.buckets.le_us)
        for labels, queue in grouped(view.totals.queues.items(), policy.labels, Queue.merge, nothing):
            made = make(queue, policy)
            if made["n"] or not labels:
                yield {"labels": labels, **made}

    return rows


def _oldest_seconds(waiting: Waiting) -> float | None:
    return None if waiting.oldest_us is None else waiting.oldest_us / SECOND_US


def _waits(waiting: Waiting) -> Distribution | None:
    if waiting.oldest_us is None:
        return None
    return Distribution([*waiting.wait_le.values(), waiting.n], waiting.waited_us / SECOND_US)


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


_WHY_NO_REPLY_WAIT = (
    DONE,
    Reason("awaits_first", "its customer waits for a first response", lambda of: of.tickets.awaiting),
    Reason("nothing_owed", "its customer wrote nothing since the last answer"),
)

NUMBERS = (
    Number(
        name="open_wait",
        order=110,
        version=2,
        page="open-wait.md",
        definition="now - start of the wait, of open tickets whose customers wait for a first response",
        shape=OpenWait,
        present="open",
        kept_for="alerts need to know which tickets wait",
        rows=_by_labels(_wait(FIRST)),
        why_not=(DONE, *WHY_NO_FIRST_RESPONSE),
        metrics=(
            Gauge(
                "deskpulse_open_wait_tickets",
                "Open tickets with no first response yet, now.",
                read=lambda queue: queue.first.n,
            ),
            Gauge(
                "deskpulse_open_wait_oldest_seconds",
                "The longest wait of an open ticket with no first response yet; absent while nobody waits.",
                read=lambda queue: _oldest_seconds(queue.first),
            ),
            Histogram(
                "deskpulse_open_wait_seconds",
                "How long open tickets with no first response yet have waited, now.",
                read=lambda queue: _waits(queue.first),
            ),
        ),
        tiles=(
            Tile("waiting", "count", "worse", _n),
            Tile("longest_wait", "seconds", "worse", _longest, promised=Promise("calendar")),
        ),
    ),
    Number(
        name="reply_wait",
        order=111,
        version=1,
        page="reply-wait.md",
        definition="now - start of the wait, of open tickets whose customers wait for a reply after a first response",
        shape=OpenWait,
        present="open",
        kept_for="alerts need to know which tickets wait",
        rows=_by_labels(_wait(REPLY)),
        why_not=_WHY_NO_REPLY_WAIT,
        metrics=(
            Gauge(
                "deskpulse_reply_wait_tickets",
                "Open tickets whose customer wrote after a first response and waits for a reply, now.",
                read=lambda queue: queue.reply.n,
            ),
            Gauge(
                "deskpulse_reply_wait_oldest_seconds",
                "The longest wait for a reply of an open ticket; absent while nobody waits.",
                read=lambda queue: _oldest_seconds(queue.reply),
            ),
            Histogram(
                "deskpulse_reply_wait_seconds",
                "How long customers of open tickets have waited for a reply, now.",
                read=lambda queue: _waits(queue.reply),
            ),
        ),
        tiles=(
            Tile("replies_waiting", "count", "worse", _n),
            Tile("longest_reply_wait", "seconds", "worse", _longest, promised=Promise("calendar", REPLY)),
        ),
    ),
    Number(
        name="sla",
        order=120,
        version=2,
        page="sla-and-service-level.md",
        definition="of each ticket that waits for its first response: on time, at risk, breached, or without a target",
        shape=Sla,
        present="open",
        kept_for="alerts are made of it",
        rows=_by_labels(_sla(FIRST)),
        why_not=(DONE, *WHY_NO_FIRST_RESPONSE),
        metrics=(
            Gauge(
                "deskpulse_sla_tickets",
                "Open tickets with no first response yet, now: on_time, at_risk, breached, or without_target (state).",
                labels=("state",),
                read=lambda queue: queue.first.sla,
            ),
        ),
        tiles=(
            Tile("at_risk", "count", "worse", _promised(AT_RISK)),
            Tile("breached", "count", "worse", _promised(BREACHED)),
        ),
    ),
    Number(
        name="reply_sla",
        order=121,
        version=1,
        page="reply-wait.md",
        definition="of each ticket whose customer waits for a reply: on time, at risk, breached, or without a target",
        shape=Sla,
        present="open",
        kept_for="alerts are made of it",
        rows=_by_labels(_sla(REPLY)),
        why_not=_WHY_NO_REPLY_WAIT,
        metrics=(
            Gauge(
                "deskpulse_reply_sla_tickets",
                "Open tickets whose customer waits for a reply, now: on_time, at_risk, breached, or without_target "
                "(state).",
                labels=("state",),
                read=lambda queue: queue.reply.sla,
            ),
        ),
        tiles=(
            Tile("reply_at_risk", "count", "worse", _promised(AT_RISK)),
            Tile("reply_breached", "count", "worse", _promised(BREACHED)),
        ),
    ),
    Number(
        name="backlog",
        order=130,
        version=2,
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
