"""Surveys as records of one width: one for a sending, one for each answer that counts."""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct

import numpy as np

from stream.core.survey import Answer, Sending, Survey
from stream.model.names import TOUCHPOINT, Names
from stream.model.times import NEVER

# at: when it was sent, or answered. other: of a sending when the survey was answered first, of an answer when it was
# sent. score and scale are -1 where they are not said; channel and segment are what the survey says of itself.
SURVEY_RECORD = np.dtype(
    [
        ("at", "<i8"),
        ("other", "<i8"),
        ("instrument", "u1"),
        ("commented", "u1"),
        ("score", "<i2"),
        ("scale", "<i2"),
        ("touchpoint", "<u2"),
        ("channel", "<u2"),
        ("segment", "<u2"),
    ]
)

SENDING = 0
INSTRUMENTS = {name: code for code, name in enumerate(("nps", "csat", "ces", "enps"), start=1)}

_PACK = Struct("<qqBBhhHHH").pack


def survey_records(surveys: Iterable[Survey], names: Names) -> bytes:
    """Return the records of the surveys of a ticket, or of one without."""
    return b"".join([record for survey in surveys for record in _of(survey, names)])


def _of(survey: Survey, names: Names) -> Iterable[bytes]:
    sending, answers = survey.sending, survey.answers
    if sending is not None:
        answered_us = NEVER if survey.answered_us is None else survey.answered_us
        yield _PACK(sending.at_us, answered_us, SENDING, 0, -1, -1, 0, *_said(names, sending))
    for answer in answers:
        touchpoint = answer.touchpoint or (sending.touchpoint if sending else None) or ""
        yield _PACK(
            answer.at_us,
            NEVER if sending is None else sending.at_us,
            INSTRUMENTS[answer.instrument],
            answer.commented,
            -1 if answer.score is None else answer.score,
            -1 if answer.scale_max is None else answer.scale_max,
            names.attributes[TOUCHPOINT].code(touchpoint),
            *_said(names, answer, sending),
        )


def _said(names: Names, *told: Answer | Sending | None) -> tuple[int, int]:
    """Return channel and segment of a survey of no known ticket: what is told first counts."""
    channel = next((each.channel for each in told if each is not None and each.channel is not None), "")
    segment = next((each.segment for each in told if each is not None and each.segment is not None), "")
    return names.attributes["channel"].code(channel), names.attributes["segment"].code(segment)
