"""Next reply time: how long a customer who wrote again waits for an answer."""

from __future__ import annotations

from stream.counting.add import Adds
from stream.model.frame import Tickets
from stream.numbers.cells import Durations
from stream.numbers.declare import Number, Timed, Windowed
from stream.numbers.metric import Histogram
from stream.numbers.reasons import WHY_NO_FIRST_RESPONSE, Reason
from stream.numbers.tile import Tile, column

WAIT = Durations("next_reply")
_WAIT = WAIT.measure()
_DONE = frozenset({"resolved", "closed", "abandoned"})


class NextReply(Timed, Windowed):
    """Waits for a reply, after the first response."""


def fold(t: Tickets, add: Adds) -> None:
    """Add how long each reply had been waited for; the wait for the first is none unless an agent opened the ticket."""
    ends = _DONE if t.policy.definitions.solving_stops else frozenset[str]()
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
