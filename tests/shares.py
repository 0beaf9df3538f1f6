"""What a ticket adds to the numbers, by the seconds after noon: short ways to look at a family."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import chain
from typing import Any, NamedTuple

from stream.core.cells import COUNT, SUM, Contribution
from stream.core.definitions import Definitions
from stream.core.due import Due
from stream.core.labels import LabelBook
from stream.core.policy import DIMENSIONS, Policy
from stream.core.standing import OpenTicket
from stream.core.windows import SECOND_US
from stream.counting.census import OPENED, RETRACTED, WITHOUT_OPENING
from stream.counting.ticket_books import Kept, TicketBooks
from stream.model.frame import Tickets
from stream.model.names import Names
from stream.model.records import OPENED as RECORD_OPENED
from stream.model.records import record
from stream.model.state import State
from stream.model.survey_records import survey_records
from stream.numbers.registry import folds
from tests.events import NOON_US, decoded

LABELS = ("channel", "queue")


class Share(NamedTuple):
    """What one ticket adds: to its own numbers, by its surveys, to the past, and to agents; and how it stands."""

    category: str
    frame: Tickets
    tickets: list[Contribution]
    surveys: list[Contribution]
    past: list[Contribution]
    agents: list[Contribution]
    open: OpenTicket | None


def state_of(names: Names, *events: dict[str, Any]) -> State:
    """Return the state that a ticket's events come to."""
    state = State()
    for event in decoded(*events):
        state.learn(event, names)
    return state


def kept(state: State, names: Names) -> Kept:
    """Return what a ticket is counted by."""
    return Kept(state.records, survey_records(state.surveys(), names))


def share_of(*events: dict[str, Any], definitions: Definitions | None = None, **policy: Any) -> Share:
    """Return what a ticket of these events adds."""
    chosen = Policy(labels=LABELS, definitions=definitions or Definitions(), **policy)
    names = Names(chosen, LabelBook(LABELS, 10))
    state = state_of(names, *events)
    each = TicketBooks(chosen, names, folds(chosen)).each([kept(state, names)], folds(chosen))
    category = RETRACTED if each.frame.is_retracted[0] else OPENED
    return Share(
        category if each.frame.has_opening[0] else WITHOUT_OPENING,
        each.frame,
        each.tickets[0],
        list(chain.from_iterable(each.surveys[0])) if each.surveys else [],
        each.past[0],
        each.agents[0],
        each.open()[0],
    )


def promised(attributes: Mapping[str, str], opened_us: int, terms: Definitions) -> Due | None:
    """Return when the first response to a ticket is due that was opened at a time, None if nothing is promised."""
    policy = Policy(labels=LABELS, definitions=terms)
    names = Names(policy, LabelBook(LABELS, 10))
    values = tuple([attributes.get(name) for name in DIMENSIONS])
    promise = Tickets([record(names, opened_us, RECORD_OPENED, None, values)], policy, names).promise
    if not promise.made[0]:
        return None
    return Due(int(promise.risk.us[0]), int(promise.deadline.us[0]), int(promise.target_us[0]))


def after_noon(us: int) -> float:
    """Return an instant in seconds after noon."""
    return (us - NOON_US) / SECOND_US


def _all(family: str, share: Share) -> Counter[tuple[str, int, float]]:
    """Return what is added of a family by measure, bucket and time; a large amount comes in two parts."""
    found: Counter[tuple[str, int, float]] = Counter()
    for at, (measure, _, bucket), amount in (*share.tickets, *share.surveys):
        assert amount, "a contribution is never 0"
        if measure.partition("/")[0] == family:
            found[measure, bucket, after_noon(at)] += amount
    return found


def counts(family: str, share: Share) -> dict[tuple[str, float], int]:
    """Return what is counted of a family: the rest of the measure and the time, with the amount."""
    found = _all(family, share).items()
    return {(measure.partition("/")[2], at): n for (measure, bucket, at), n in found if bucket == COUNT}


def durations(measure: str, share: Share) -> list[tuple[float, float]]:
    """Return the durations of a measure: when each is counted, and how many seconds it took."""
    found = _all(measure.partition("/")[0], share)
    ended = {at: n for (name, bucket, at), n in found.items() if name == measure and bucket >= 0}
    assert set(ended.values()) <= {1}, "of two that end at one time only the sum is known"
    return sorted((at, found[measure, SUM, at] / SECOND_US) for at in ended)
