"""Why something is not in a number: the reasons that every number has, and those that numbers declare."""

from __future__ import annotations

from stream.core.survey import Survey
from stream.counting.each import first_that_holds
from stream.model.frame import Tickets
from stream.model.times import Mask
from stream.numbers.declare import Number
from stream.numbers.explained import Choices
from stream.numbers.reasons import OfSurvey, OfTickets, Reason
from stream.numbers.registry import NUMBERS

_NOTHING = Reason("nothing", "nothing of it counts here")

REASONS: dict[str, str] = {
    "other_labels": "it does not have the labels that were asked for",
    "before_window": "what counts of it lies before the window",
    "after_window": "what counts of it lies after the window",
    "immature": "it counts once its days are over",
    "retracted": "it was merged, is spam or was deleted: it counts nowhere",
    "no_opening": "its ticket.opened has not been seen",
    **{reason.name: reason.text for number in NUMBERS.values() for reason in number.why_not},
    _NOTHING.name: _NOTHING.text,
}


def why_tickets_are_out(number: Number, choices: Choices, tickets: Tickets) -> list[str]:
    """Return why each ticket adds nothing to a number, if it does not, in no window: one of REASONS."""
    asked = OfTickets(tickets, choices)
    reasons: dict[str, Mask | bool] = {"no_opening": ~tickets.has_opening, "retracted": tickets.is_retracted}
    reasons |= {reason.name: reason.holds(asked) for reason in number.why_not}
    names = [*reasons, _NOTHING.name]
    return [names[i] for i in first_that_holds(list(reasons.values()), tickets.n)]


def why_survey_is_out(number: Number, choices: Choices, survey: Survey, *, has_ticket: bool) -> str:
    """Return why a survey that counts adds nothing to a number, in no window; has_ticket: that it is about is known."""
    return _first(number, OfSurvey(survey, has_ticket, choices))


def why_customer_is_out(number: Number) -> str:
    """Return why a customer adds nothing to a number, in no window: one of REASONS."""
    return _first(number, None)


def _first(number: Number, asked: OfSurvey | None) -> str:
    return next((reason for reason in number.why_not if reason.holds(asked)), _NOTHING).name
