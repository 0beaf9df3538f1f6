"""Customer effort: mean score and share of answers of low effort, for each scale by itself."""

from __future__ import annotations

from collections.abc import Mapping

from stream.core.policy import Policy
from stream.core.rows import percent
from stream.counting.add import Adds, By
from stream.model.surveys import SCALES, Surveys
from stream.numbers.cells import Counts, Keys
from stream.numbers.declare import Choice, Fields, Here, Number, Row, Windowed
from stream.numbers.metric import Gauge
from stream.numbers.reasons import SURVEY_UNANSWERED, Reason, other_instrument, unscored
from stream.numbers.tile import Figure, Tile, of_some

COUNTS = Counts("ces", ("low_effort", "other", "score"), choices=1)


class Ces(Windowed):
    """Answers on a scale; score is the sum of theirs."""

    scale: int
    n: int
    low_effort: int
    other: int
    score: int
    mean: float | None
    low_effort_share: float | None


def fold(s: Surveys, add: Adds) -> None:
    """Add each answer that can be judged at its time, by its scale; and its score."""
    judged, little = s.effort
    scale = By(s.scale, SCALES)
    add(COUNTS.measure("low_effort"), s.answered, where=judged & little, by=scale)
    add(COUNTS.measure("other"), s.answered, where=judged & ~little, by=scale)
    add(COUNTS.measure("score"), s.answered, where=judged, times=s.score, by=scale)


def row(n: Mapping[str, int], _here: Here) -> Fields:
    """Return the counts, the mean score and the share."""
    answers = n["low_effort"] + n["other"]
    return {
        "n": answers,
        **n,
        "mean": n["score"] / answers if answers else None,
        "low_effort_share": percent(n["low_effort"], answers),
    }


def _scales(policy: Policy) -> Keys:
    usual, scales = policy.definitions.ces_scale, policy.definitions.ces_low_effort
    return tuple(map(str, sorted(scales, key=lambda scale: (scale != usual, scale))))


def _mean(row: Row, _policy: Policy) -> Figure:
    return of_some(row["mean"], row["n"])._replace(parts={"low_effort_share": row["low_effort_share"]})


NUMBERS = (
    Number(
        name="ces",
        order=240,
        version=1,
        page="customer-effort.md",
        definition="mean score on the survey's own scale, and the share of answers of low effort",
        shape=Ces,
        book="surveys",
        cells=COUNTS,
        fold=fold,
        choices=(Choice("scale", _scales, whole_number=True),),
        row=row,
        why_not=(
            SURVEY_UNANSWERED,
            other_instrument("ces"),
            unscored("ces"),
            Reason("other_scale", "the answer is on another scale"),
        ),
        metrics=(
            Gauge(
                "deskpulse_ces_answers",
                "Scored customer effort answers in the window: low_effort or other, by the top of their scale.",
                labels=("group",),
                fields=("low_effort", "other"),
            ),
            Gauge(
                "deskpulse_ces_score",
                "Sum of the customer effort scores in the window, in points of the scale.",
                fields=("score",),
            ),
        ),
        tiles=(Tile("ces", "score", "worse", _mean, kind="score", follows_ease=True),),
    ),
)
