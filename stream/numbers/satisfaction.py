"""Satisfaction ratio: of all answers that can be judged, whatever the instrument, the share that is satisfied."""

from __future__ import annotations

from collections.abc import Mapping

from stream.core.rows import percent
from stream.counting.add import Adds, By
from stream.model.surveys import Surveys
from stream.numbers.cells import Counts
from stream.numbers.declare import Choice, Fields, Here, Number, Windowed
from stream.numbers.metric import Gauge
from stream.numbers.reasons import SURVEY_UNANSWERED, UNSCALED, other_instrument, unscored

JUDGED = ("nps", "csat", "ces")  # what employees say of their work is not the satisfaction of customers
COUNTS = Counts("satisfaction", ("satisfied", "other"), choices=1)


class Satisfaction(Windowed):
    """Judged answers, at a touchpoint or (null) anywhere."""

    touchpoint: str | None
    n: int
    satisfied: int
    other: int
    ratio: float | None


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
