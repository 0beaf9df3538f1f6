"""What a ticket adds to the numbers, by the seconds after noon: short ways to look at a family."""

from __future__ import annotations

from functools import reduce
from itertools import chain
from typing import Any

from stream.core.cells import SUM, Contribution
from stream.core.contributions import Share, share
from stream.core.definitions import Definitions
from stream.core.labels import LabelBook
from stream.core.policy import Policy
from stream.core.ticket import EMPTY, Ticket, lift
from stream.core.ticket_merge import merge
from stream.core.windows import SECOND_US
from tests.events import NOON_US, decoded

LABELS = ("channel", "queue")


def ticket_of(*events: dict[str, Any]) -> Ticket:
    """Return the state that a ticket's events come to."""
    return reduce(merge, (lift(event) for event in decoded(*events)), EMPTY)


def share_of(*events: dict[str, Any], definitions: Definitions | None = None, **policy: Any) -> Share:
    """Return what a ticket of these events adds."""
    chosen = Policy(labels=LABELS, definitions=definitions or Definitions(), **policy)
    return share(ticket_of(*events), chosen, LabelBook(LABELS, 10))


def after_noon(us: int) -> float:
    """Return an instant in seconds after noon."""
    return (us - NOON_US) / SECOND_US


def _all(family: str, share: Share) -> list[Contribution]:
    found = [*chain.from_iterable(share.tickets), *chain.from_iterable(share.surveys)]
    return [added for added in found if added[1][0].partition("/")[0] == family]


def counts(family: str, share: Share) -> dict[tuple[str, float], int]:
    """Return what is counted of a family: the rest of the measure and the time, with the amount."""
    found: dict[tuple[str, float], int] = {}
    for at, (measure, _, _), amount in _all(family, share):
        assert amount, "a contribution is never 0"
        place = measure.partition("/")[2], after_noon(at)
        found[place] = found.get(place, 0) + amount
    return found


def durations(measure: str, share: Share) -> list[tuple[float, float]]:
    """Return the durations of a measure: when each is counted, and how many seconds it took."""
    found: list[tuple[float, float]] = []
    for at, (name, _, bucket), amount in _all(measure.partition("/")[0], share):
        if name == measure and bucket == SUM:
            found[-1] = (after_noon(at), amount / SECOND_US)
        elif name == measure:
            found.append((after_noon(at), 0.0))
    return found
