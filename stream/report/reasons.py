"""Why something is not in a number: the reasons that every number has, and those that numbers declare."""

from __future__ import annotations

from stream.core.contributions import RETRACTED, WITHOUT_OPENING, Share
from stream.core.policy import Policy
from stream.core.survey import Survey
from stream.numbers.declare import Number
from stream.numbers.explained import Choices
from stream.numbers.reasons import OfSurvey, OfTicket, Reason
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


def why_ticket_is_out(number: Number, choices: Choices, share: Share, policy: Policy) -> str:
    """Return why a ticket adds nothing to a number, in no window: one of REASONS."""
    if share.basis is None:
        return {RETRACTED: "retracted", WITHOUT_OPENING: "no_opening"}.get(share.category, _NOTHING.name)
    return _first(number, OfTicket(share.basis, share.open is not None, policy, choices))


def why_survey_is_out(number: Number, choices: Choices, survey: Survey, share: Share) -> str:
    """Return why a survey adds nothing to a number, in no window: one of REASONS."""
    return _first(number, OfSurvey(survey, share.basis is not None, choices)) if share.surveys else "retracted"


def why_customer_is_out(number: Number) -> str:
    """Return why a customer adds nothing to a number, in no window: one of REASONS."""
    return _first(number, None)


def _first(number: Number, asked: OfTicket | OfSurvey | None) -> str:
    return next((reason for reason in number.why_not if reason.holds(asked)), _NOTHING).name
