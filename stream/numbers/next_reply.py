"""Next reply time: how long a customer who wrote again waits for an answer."""

from __future__ import annotations

from stream.core.facts import REPLY
from stream.counting.add import Adds
from stream.model.frame import Tickets
from stream.model.waits import ANSWERED
from stream.numbers.cells import Durations
from stream.numbers.declare import Number, Timed, Windowed
from stream.numbers.metric import Histogram
from stream.numbers.reasons import WHY_NO_FIRST_RESPONSE, Reason
from stream.numbers.tile import Promise, Tile, column

WAIT = Durations("next_reply")
_WAIT = WAIT.measure()


class NextReply(Timed, Windowed):
    """Waits for a reply, after the first response."""


def fold(t: Tickets, add: Adds) -> None:
    """Add how long each reply had been waited for."""
    answered = t.waits.of(REPLY, ANSWERED)
    add(_WAIT, answered.ends(), lasting=answered.ended - answered.began)


NUMBERS = (
    Number(
        name="next_reply",
        order=140,
        version=2,
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
        tiles=(Tile("next_reply_p90", "seconds", "worse", column("p90_seconds"), promised=Promise("calendar", REPLY)),),
    ),
)
