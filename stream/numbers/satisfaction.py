"""Satisfaction ratio: of all answers that can be judged, whatever the instrument, the share that is satisfied."""

from __future__ import annotations

from collections.abc import Mapping

from stream.core.cells import COUNT, Contribution
from stream.core.definitions import Definitions
from stream.core.labels import LabelBook, Labels
from stream.core.rows import percent
from stream.core.survey import Answer, Survey
from stream.counting.add import Adds, By
from stream.model.surveys import Surveys
from stream.numbers.cells import Counts
from stream.numbers.declare import Choice, Fields, Here, Number, Windowed
from stream.numbers.metric import Gauge
from stream.numbers.reasons import SURVEY_UNANSWERED, UNSCALED, other_instrument, unscored
from stream.numbers.scales import is_satisfied

JUDGED = ("nps", "csat", "ces")  # what employees say of their work is not the satisfaction of customers
COUNTS = Counts("satisfaction", ("satisfied", "other"), choices=1)


class Satisfaction(Windowed):
    """Judged answers, at a touchpoint or (null) anywhere."""

    touchpoint: str | None
    n: int
    satisfied: int
    other: int
    ratio: float | None


def contributions(
    survey: Survey, answer: Answer, labels: Labels, definitions: Definitions, touchpoints: LabelBook
) -> list[Contribution]:
    """Return what the last answer to an instrument adds, at its time."""
    satisfied = is_satisfied(answer, definitions)
    if satisfied is None:
        return []
    (touchpoint,) = touchpoints.labels({"touchpoint": touchpoint_of(survey, answer)})
    return [(answer.at_us, (COUNTS.measure("satisfied" if satisfied else "other", touchpoint), labels, COUNT), 1)]


def touchpoint_of(survey: Survey, answer: Answer) -> str | None:
    """Return where the customer was asked: what the answer says, else what the sending said."""
    if answer.touchpoint is not None:
        return answer.touchpoint
    return survey.sending.touchpoint if survey.sending else None


def fold(s: Surveys, add: Adds) -> None:
    """Add each answer that can be judged at its time, by where the customer was asked."""
    judged, satisfied = s.satisfaction
    touchpoint = By(*s.names.values("touchpoint", s.touchpoint))
    add(COUNTS.measure("satisfied"), s.answered, where=judged & satisfied, by=touchpoint)
    add(COUNTS.measure("other"), s.answered, where=judged & ~satisfied, by=touchpoint)


def row(n: Mapping[str, int], _here: Here) -> Fields:
    """Return the counts and the ratio."""
    judged = n["satisfied"] + n["other"]
    return {"n": judged, **n, "ratio": percent(n["satisfied"], judged)}


NUMBERS = (
    Number(
        name="satisfaction",
        order=250,
        version=1,
        page="satisfaction-ratio.md",
        definition="answers that count as satisfied / answers that can be judged x 100, over all instruments and "
        "touchpoints",
        shape=Satisfaction,
        book="surveys",
        cells=COUNTS,
        fold=fold,
        choices=(Choice("touchpoint", free=True, whole=True),),
        row=row,
        why_not=(SURVEY_UNANSWERED, other_instrument(*JUDGED), unscored(*JUDGED), UNSCALED),
        metrics=(
            Gauge(
                "deskpulse_satisfaction_answers",
                "Judged answers to NPS, CSAT and customer effort in the window: satisfied or other, by touchpoint.",
                labels=("group",),
            ),
        ),
    ),
)
