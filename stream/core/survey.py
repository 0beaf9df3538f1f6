"""A survey's state: when it was sent, and its last answer. One survey id may ask with several instruments."""

from __future__ import annotations

from typing import Any, NamedTuple

KEPT_SURVEYS = 64  # of one ticket; more than anybody is asked about it


class Answer(NamedTuple):
    """The answer that counts: the last by time and event id.

    score is None for an answer without one; scale_max is the top of the scale, if it was said. commented says
    whether there was a comment, whose text is not kept.
    """

    at_us: int
    event_id: str
    score: int | None
    scale_max: int | None
    commented: bool
    touchpoint: str | None
    channel: str | None
    segment: str | None


class Sending(NamedTuple):
    """The earliest time the survey was sent."""

    at_us: int
    event_id: str
    touchpoint: str | None
    channel: str | None
    segment: str | None


class Survey(NamedTuple):
    """One survey with one instrument."""

    survey_id: str
    instrument: str
    sending: Sending | None
    answer: Answer | None

    @property
    def last_us(self) -> int:
        """Return the time of the latest event that is known."""
        return max(self.sending.at_us if self.sending else 0, self.answer.at_us if self.answer else 0)


def lift_survey(event: Any, at: int) -> Survey:
    """Return the state that knows this one survey event, of the time `at` in microseconds."""
    where = (event.get("touchpoint"), event.get("channel"), event.get("segment"))
    event_id = event["event_id"]
    sending = answer = None
    if event["type"] == "survey.sent":
        sending = Sending(at, event_id, *where)
    else:
        commented = bool(event.get("comment", "").strip())
        answer = Answer(at, event_id, event.get("score"), event.get("scale_max"), commented, *where)
    return Survey(event["survey_id"], event.get("instrument", "nps"), sending, answer)


def merge_surveys(a: tuple[Survey, ...], b: tuple[Survey, ...]) -> tuple[Survey, ...]:
    """Merge two sets of surveys, sorted by id and instrument; `a` itself if b adds nothing.

    Like all merges it is commutative, associative and idempotent; the first `KEPT_SURVEYS` ids are kept.
    """
    merged = {survey[:2]: survey for survey in a}
    for survey in b:
        known = merged.get(survey[:2])
        merged[survey[:2]] = survey if known is None else _merge(known, survey)
    result = tuple(merged[key] for key in sorted(merged)[:KEPT_SURVEYS])
    return a if result == a else result


def _merge(a: Survey, b: Survey) -> Survey:
    sendings = [s for s in (a.sending, b.sending) if s is not None]
    answers = [s for s in (a.answer, b.answer) if s is not None]
    return Survey(
        a.survey_id,
        a.instrument,
        min(sendings, key=_order) if sendings else None,
        max(answers, key=_order) if answers else None,
    )


def _order(happening: Sending | Answer) -> tuple[int, str, str]:
    # the text of all fields decides between two that claim the same id at the same time
    return happening.at_us, happening.event_id, repr(happening)


def survey_from_json(fields: list[Any]) -> Survey:
    """Read a survey back from the changelog."""
    survey_id, instrument, sending, answer = fields
    return Survey(
        survey_id,
        instrument,
        None if sending is None else Sending(*sending),
        None if answer is None else Answer(*answer),
    )
