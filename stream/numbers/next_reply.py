"""Next reply time: how long a customer who wrote again waits for an answer."""

from __future__ import annotations

from stream.core.cells import Contribution, duration
from stream.core.course import DONE
from stream.core.histogram import Buckets
from stream.core.labels import Labels
from stream.core.ticket import Opening, Ticket
from stream.counting.add import Adds
from stream.model.frame import Tickets
from stream.numbers.cells import Durations
from stream.numbers.declare import Number, Timed, Windowed
from stream.numbers.metric import Histogram
from stream.numbers.reasons import WHY_NO_FIRST_RESPONSE, Reason
from stream.numbers.tile import Tile, column

WAIT = Durations("next_reply")
_WAIT = WAIT.measure()


class NextReply(Timed, Windowed):
    """Waits for a reply, after the first response."""


def contributions(
    opening: Opening, ticket: Ticket, labels: Labels, buckets: Buckets, *, solving_stops: bool
) -> list[Contribution]:
    """Return what one ticket adds: each wait of the customer's oldest unanswered message, once it was answered.

    The wait for the first response is not among them: that is first response time.
    """
    answered = opening.opened_by == "agent"
    if len(ticket.messages) < (2 if answered else 3):
        return []  # an agent wrote, then the customer, then an agent
    happenings = [(at, event_id, 0, kind) for at, event_id, kind, _ in ticket.messages if at >= opening.at_us]
    if solving_stops and ticket.statuses:
        happenings += [
            (at, event_id, 1, "done")
            for at, event_id, kind, _ in ticket.statuses
            if kind in DONE and at >= opening.at_us
        ]
        happenings.sort()
    waiting_us: int | None = None
    counts: list[Contribution] = []
    for at, _, _, kind in happenings:
        if kind == "agent":
            if waiting_us is not None:
                us = at - waiting_us
                counts += duration(_WAIT, labels, at, us, buckets.index(us))
            answered, waiting_us = True, None
        elif kind == "done":
            waiting_us = None
        elif kind == "customer" and answered and waiting_us is None:
            waiting_us = at
    return counts


def fold(t: Tickets, add: Adds) -> None:
    """Add how long each reply had been waited for; the wait for the first is none unless an agent opened the ticket."""
    ends = DONE if t.policy.definitions.solving_stops else frozenset[str]()
    replies, waited = t.waits("customer", "agent", ends, begun=t.by_agent)
    add(_WAIT, replies, lasting=waited)


NUMBERS = (
    Number(
        name="next_reply",
        order=140,
        version=1,
        page="next-reply-time.md",
        definition="oldest unanswered message of the customer -> next public human response",
        shape=NextReply,
        book="tickets",
        cells=WAIT,
        fold=fold,
        why_not=(
            Reason(
                "no_next_reply",
                "nothing that the customer wrote after a response was answered",
                lambda of: of.tickets.responded.known,
            ),
            *WHY_NO_FIRST_RESPONSE,
        ),
        metrics=(
            Histogram(
                "deskpulse_next_reply_seconds",
                "Next reply time in seconds: oldest unanswered message of the customer to public reply, after the "
                "first response.",
            ),
        ),
        tiles=(Tile("next_reply_p90", "seconds", "worse", column("p90_seconds")),),
    ),
)
