"""Why something is not in a number, told by the facts that the numbers are made of.

A number names its reasons in order; the first that holds is given. Those that several numbers share are here. Tickets
are asked about many at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from stream.core.policy import Responder
from stream.core.survey import Answer, Survey
from stream.model.frame import Tickets
from stream.model.times import Mask
from stream.numbers.explained import Choices


class OfTickets(NamedTuple):
    """Tickets, and what is chosen of the number."""

    tickets: Tickets
    choices: Choices


class OfSurvey(NamedTuple):
    """A survey of which nothing is in the number; has_ticket: its ticket is known and opened."""

    survey: Survey
    has_ticket: bool
    choices: Choices


@dataclass(frozen=True, slots=True)
class Reason:
    """holds: asked with OfTickets, of which it holds or not, or with one OfSurvey, or of customers with nothing.

    Left out, it always holds.
    """

    name: str
    text: str
    holds: Callable[[Any], Mask | bool] = lambda _: True


def _answered_by_machine(of: OfTickets) -> Mask | bool:
    t = of.tickets
    return t.policy.responder is not Responder.ANY and t.said("bot", "system").any()


WHY_NO_FIRST_RESPONSE = (
    Reason(
        "opened_by_agent",
        "an agent opened it, and such tickets take no part (agent_opened)",
        lambda of: ~of.tickets.takes_part,
    ),
    Reason("answered", "it has its first response", lambda of: of.tickets.responded.known),
    Reason(
        "not_public", "it was answered by a note only, which the customer does not see", lambda of: of.tickets.noted()
    ),
    Reason(
        "automatic_responder",
        "a bot or the system answered it, and nobody who counts (responder)",
        _answered_by_machine,
    ),
    Reason(
        "answered_before_opening",
        "its only answer came before it was opened, and answers something else",
        lambda of: of.tickets.answered_early(),
    ),
    Reason(
        "given_up",
        "the customer gave up before a first response",
        lambda of: of.tickets.given_up.known,
    ),
    Reason("not_answered", "it waits for its first response", lambda of: of.tickets.awaiting),
    Reason("done_unanswered", "it was done without a first response"),
)

WHY_NOT_RESOLVED = (
    Reason(
        "open_again",
        "it was resolved, but not for good",
        lambda of: of.tickets.resolved_first.known,
    ),
    Reason("not_resolved", "it was not resolved"),
)

DONE = Reason("done", "it is not open", lambda of: ~of.tickets.is_open)
NOT_SENT = Reason("not_sent", "when the survey was sent is not known", lambda s: s.survey.sending is None)
SURVEY_UNANSWERED = Reason("survey_unanswered", "the survey has no answer", lambda s: not s.survey.answers)
UNSCALED = Reason("unscaled", "what its score means on its scale is not known")


def other_instrument(*instruments: str) -> Reason:
    """Return the reason for a survey that was answered, but to none of these instruments."""
    return Reason("other_instrument", "the survey asked another question", lambda s: not _answers(s, instruments))


def unscored(*instruments: str) -> Reason:
    """Return the reason for a survey whose answers to these instruments have no score."""
    return Reason(
        "unscored",
        "the answer has no score",
        lambda s: all(answer.score is None for answer in _answers(s, instruments)),
    )


def _answers(s: OfSurvey, instruments: tuple[str, ...]) -> list[Answer]:
    return [answer for answer in s.survey.answers if answer.instrument in instruments]
