"""A survey's state: when it was sent, and its last answer to each instrument it asks with."""

from __future__ import annotations

from typing import Any, NamedTuple

from schemas.events import SurveyAnswered, SurveySent


class Answer(NamedTuple):
    """The answer to an instrument that counts: the last by time and event id.

    score is None for an answer without one; scale_max is the top of the scale, if it was said. commented says
    whether there was a comment, whose text is not kept.
    """

    at_us: int
    event_id: str
    instrument: str
    score: int | None
    scale_max: int | None
    commented: bool
    touchpoint: str | None
    channel: str | None
    segment: str | None
    customer_id: str | None = None


class Sending(NamedTuple):
    """The earliest time the survey was sent."""

    at_us: int
    event_id: str
    touchpoint: str | None
    channel: str | None
    segment: str | None


class Survey(NamedTuple):
    """One survey; it has one answer for each instrument, in the order of their names.

    answered_us: when it was answered first, whatever became of that answer.
    """

    survey_id: str
    sending: Sending | None
    answers: tuple[Answer, ...]
    answered_us: int | None = None

    @property
    def last_us(self) -> int:
        """Return the time of the latest event that is known."""
        sent_us = self.sending.at_us if self.sending else 0
        return max(sent_us, *(answer.at_us for answer in self.answers)) if self.answers else sent_us

    def answer(self, instrument: str) -> Answer | None:
        """Return the answer to an instrument, None if there is none."""
        return next((answer for answer in self.answers if answer.instrument == instrument), None)


def lift_survey(event: SurveySent | SurveyAnswered) -> Survey:
    """Return the state that knows this one survey event."""
    at, event_id, survey_id = event.at_us, event.event_id, event.survey_id
    where = (event.touchpoint, event.channel, event.segment)
    if event.type == "survey.sent":
        return Survey(survey_id, Sending(at, event_id, *where), ())
    said = (event.score, event.scale_max, bool((event.comment or "").strip()))
    answer = Answer(at, event_id, event.instrument or "nps", *said, *where, event.customer_id)
    return Survey(survey_id, None, (answer,), at)


def survey_from_json(fields: list[Any]) -> Survey:
    """Read a survey back from the changelog."""
    survey_id, sending, said, *first = fields
    answers = tuple(Answer(*answer) for answer in said)
    # an earlier version did not write when it was answered first
    answered_us = first[0] if first else min((answer.at_us for answer in answers), default=None)
    return Survey(survey_id, None if sending is None else Sending(*sending), answers, answered_us)
