"""CSAT: of the answers on a scale that the policy knows, the share that is satisfied."""

from __future__ import annotations

from collections.abc import Mapping

from stream.core.policy import Policy
from stream.core.rows import percent
from stream.counting.add import Adds
from stream.model.surveys import Surveys
from stream.numbers.cells import Counts
from stream.numbers.declare import Fields, Here, Number, Row, Windowed
from stream.numbers.interval import wilson_percent
from stream.numbers.metric import Gauge
from stream.numbers.reasons import SURVEY_UNANSWERED, other_instrument
from stream.numbers.tile import Figure, Tile, of_some

COUNTS = Counts("csat", ("satisfied", "other", "unscored", "unscaled"))
_SATISFIED, _OTHER, _UNSCORED, _UNSCALED = map(COUNTS.measure, COUNTS.fields)


class Csat(Windowed):
    """CSAT answers; n of them count, percent of these are satisfied."""

    n: int
    satisfied: int
    other: int
    unscored: int
    unscaled: int
    percent: float | None


def fold(s: Surveys, add: Adds) -> None:
    """Add each answer at its time: satisfied or not, where its scale is one that the policy knows."""
    answers, (judged, satisfied) = s.to("csat"), s.satisfaction
    add(_SATISFIED, s.answered, where=answers & judged & satisfied)
    add(_OTHER, s.answered, where=answers & judged & ~satisfied)
    add(_UNSCORED, s.answered, where=answers & ~s.scored)
    add(_UNSCALED, s.answered, where=answers & s.scored & ~judged)


def row(n: Mapping[str, int], _here: Here) -> Fields:
    """Return the counts and the share."""
    judged = n["satisfied"] + n["other"]
    return {"n": judged, **n, "percent": percent(n["satisfied"], judged)}


def _share(row: Row, _policy: Policy) -> Figure:
    return of_some(row["percent"], row["n"], *wilson_percent(row["satisfied"], row["n"]))


NUMBERS = (
    Number(
        name="csat",
        order=230,
        version=1,
        page="csat.md",
        definition="satisfied / answered x 100",
        shape=Csat,
        book="surveys",
        cells=COUNTS,
        fold=fold,
        row=row,
        why_not=(SURVEY_UNANSWERED, other_instrument("csat")),
        metrics=(
            Gauge(
                "deskpulse_csat_answers",
                "CSAT answers in the window: satisfied, other, unscored, or unscaled (no score of a scale that the "
                "policy knows).",
                labels=("group",),
            ),
        ),
        tiles=(Tile("csat", "percent", "better", _share, kind="score"),),
    ),
)
