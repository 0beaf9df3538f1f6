"""Why something is not in a number, told from its state by the facts that the numbers are made of.

A number names its reasons in order; the first that holds is given. Those that several numbers share are here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from stream.core.basis import Basis
from stream.core.facts import QUALIFYING
from stream.core.policy import Policy, Responder
from stream.core.survey import Answer, Survey
from stream.numbers.explained import Choices


class OfTicket(NamedTuple):
    """A ticket that counts, of which nothing is in the number: what is derived of it, and whether it is open."""

    basis: Basis
    is_open: bool
    policy: Policy
    choices: Choices


class OfSurvey(NamedTuple):
    """A survey of which nothing is in the number; has_ticket: its ticket is known and opened."""

    survey: Survey
    has_ticket: bool
    choices: Choices


@dataclass(frozen=True, slots=True)
class Reason:
    """holds: asked with an OfTicket or an OfSurvey, or of customers with nothing; left out, it always holds."""

    name: str
    text: str
    holds: Callable[[Any], bool] = lambda _: True


def _after_opening(t: OfTicket) -> set[str]:
    return {message.kind for message in t.basis.ticket.messages if message.at_us >= t.basis.facts.opened_us}


def _noted_only(t: OfTicket) -> bool:
    return bool(_after_opening(t) & {f"{author}-note" for author in QUALIFYING[t.policy.responder]})


def _answered_by_machine(t: OfTicket) -> bool:
    return t.policy.responder is not Responder.ANY and bool(_after_opening(t) & {"bot", "system"})


def _answered_early(t: OfTicket) -> bool:
    before = {message.kind for message in t.basis.ticket.messages if message.at_us < t.basis.facts.opened_us}
    return bool(before & QUALIFYING[t.policy.responder])


WHY_NO_FIRST_RESPONSE = (
    Reason(
        "opened_by_agent",
        "an agent opened it, and such tickets take no part (agent_opened)",
        lambda t: not t.basis.facts.takes_part,
    ),
    Reason("answered", "it has its first response", lambda t: t.basis.facts.responded_us is not None),
    Reason("not_public", "it was answered by a note only, which the customer does not see", _noted_only),
    Reason(
        "automatic_responder",
        "a bot or the system answered it, and nobody who counts (responder)",
        _answered_by_machine,
    ),
    Reason(
        "answered_before_opening",
        "its only answer came before it was opened, and answers something else",
        _answered_early,
    ),
    Reason(
        "given_up",
        "the customer gave up before a first response",
        lambda t: t.basis.facts.given_up_us is not None,
    ),
    Reason("not_answered", "it waits for its first response", lambda t: t.basis.facts.awaiting),
    Reason("done_unanswered", "it was done without a first response"),
)

WHY_NOT_RESOLVED = (
    Reason(
        "open_again",
        "it was resolved, but not for good",
        lambda t: t.basis.course.first_resolved_us is not None,
    ),
    Reason("not_resolved", "it was not resolved"),
)

DONE = Reason("done", "it is not open", lambda t: not t.is_open)
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
