"""Time to second response: how long it takes until a customer has heard from a person twice."""

from __future__ import annotations

from stream.counting.add import Adds
from stream.model.frame import Tickets
from stream.numbers.cells import Durations
from stream.numbers.declare import Number, Timed, Windowed
from stream.numbers.metric import Histogram
from stream.numbers.reasons import WHY_NO_FIRST_RESPONSE, Reason
from stream.numbers.tile import Tile, column

TIME = Durations("second_response")
_TIME = TIME.measure()


class SecondResponse(Timed, Windowed):
    """Second responses, at most one a ticket."""


def fold(t: Tickets, add: Adds) -> None:
    """Add how long each second response took, at that response; the clock starts where that of the first does."""
    add(_TIME, t.second_response, lasting=t.second_response - t.answerable)


NUMBERS = (
    Number(
        name="second_response",
        order=145,
        version=2,
        page="second-response-time.md",
        definition="opened -> second public human response; at most one value for each ticket",
        shape=SecondResponse,
        book="tickets",
        cells=TIME,
        fold=fold,
        why_not=(
            Reason(
                "no_second_response",
                "it has its first response and no second one",
                lambda of: of.tickets.responded.known,
            ),
            *WHY_NO_FIRST_RESPONSE,
        ),
        metrics=(
            Histogram(
                "deskpulse_second_response_seconds",
                "Time to second response in calendar seconds: opened to second public response.",
            ),
        ),
        tiles=(Tile("second_response_p90", "seconds", "worse", column("p90_seconds")),),
    ),
)
