"""Net promoter scores, of customers and of employees: % promoters - % detractors, with an interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import sqrt
from typing import NamedTuple

from stream.core.policy import Policy
from stream.counting.add import Adds
from stream.model.surveys import Surveys
from stream.numbers.cells import Counts
from stream.numbers.declare import Choice, Fields, Here, Number, Row, Windowed
from stream.numbers.metric import Gauge
from stream.numbers.reasons import NOT_SENT, SURVEY_UNANSWERED, other_instrument
from stream.numbers.tile import Figure, Tile

NPS, ENPS = "nps", "enps"
INSTRUMENTS = (NPS, ENPS)
PROMOTER, PASSIVE, DETRACTOR, UNSCORED = "promoter", "passive", "detractor", "unscored"
GROUPS = (PROMOTER, PASSIVE, DETRACTOR)
COUNTS = {
    instrument: Counts(instrument, (*GROUPS, UNSCORED), choices=1, choices_first=True) for instrument in INSTRUMENTS
}
# By the time of the answer, or by that at which the survey was sent. Both are published.
ATTRIBUTE_TO = Choice.of("attribute_to", "answered", "sent")

_Z_95 = 1.96
_PSEUDO_ANSWERS = 3


class Score(Windowed):
    """Answers by group; the score and its interval, -100 to 100, are null while there are too few."""

    attribute_to: str
    n: int
    promoters: int
    passives: int
    detractors: int
    unscored: int
    score: float | None
    low: float | None
    high: float | None


def _fold(instrument: str) -> Callable[[Surveys, Adds], None]:
    def fold(s: Surveys, add: Adds) -> None:
        """Add each answer to its group, by the time of the answer and by that at which the survey was sent."""
        answers, measure = s.to(instrument), COUNTS[instrument].measure
        groups = {
            PROMOTER: s.score >= 9,
            PASSIVE: (s.score >= 7) & (s.score < 9),
            DETRACTOR: s.scored & (s.score < 7),
            UNSCORED: ~s.scored,
        }
        for group, its in groups.items():
            add(measure(group, "answered"), s.answered, where=answers & its)
            add(measure(group, "sent"), s.asked, where=answers & its)

    return fold


class NetPromoterScore(NamedTuple):
    """The score and its 95 % interval, -100 to 100; all None while there are fewer than min_n answers."""

    score: float | None
    low: float | None
    high: float | None


def net_promoter_score(counts: Mapping[str, int], min_n: int) -> NetPromoterScore:
    """Return %promoters - %detractors of the scored answers, with an interval.

    The interval is the adjusted Wald interval with three pseudo-answers, spread as 3/4 promoter, 3/4 detractor and
    3/2 passive: it does not collapse to a point when all agree. Its base is the variance of the score,
    100^2 (p + d - (p - d)^2) / n. B. Rocks, "Interval Estimation for the Net Promoter Score", The American
    Statistician 70(4), 2016.
    """
    promoters, detractors = counts.get(PROMOTER, 0), counts.get(DETRACTOR, 0)
    n = promoters + detractors + counts.get(PASSIVE, 0)
    if n == 0 or n < min_n:
        return NetPromoterScore(None, None, None)
    weight = n + _PSEUDO_ANSWERS
    p = (promoters + _PSEUDO_ANSWERS / 4) / weight
    d = (detractors + _PSEUDO_ANSWERS / 4) / weight
    margin = _Z_95 * sqrt((p + d - (p - d) ** 2) / weight)
    return NetPromoterScore(
        100 * (promoters - detractors) / n,
        max(-100.0, 100 * (p - d - margin)),
        min(100.0, 100 * (p - d + margin)),
    )


def row(n: Mapping[str, int], here: Here) -> Fields:
    """Return the groups and the score."""
    return {
        "n": sum(n[group] for group in GROUPS),
        "promoters": n[PROMOTER],
        "passives": n[PASSIVE],
        "detractors": n[DETRACTOR],
        "unscored": n[UNSCORED],
        **net_promoter_score(n, here.policy.nps_min_n)._asdict(),
    }


def _score(row: Row, _policy: Policy) -> Figure:
    parts: dict[str, float | None] = {group: row[group] for group in ("promoters", "passives", "detractors")}
    score, n = row["score"], row["n"]
    why = None if score is not None else "too_few" if n else "no_data"
    return Figure(score, n, row["low"], row["high"], why, parts)  # type: ignore[arg-type]  # of these words


_DEFINITION = "% promoters (9, 10) - % detractors (0 to 6) of scored answers, -100 to 100"

NUMBERS = (
    Number(
        name=NPS,
        order=210,
        version=1,
        page="net-promoter-score.md",
        definition=_DEFINITION,
        shape=Score,
        book="surveys",
        cells=COUNTS[NPS],
        fold=_fold(NPS),
        choices=(ATTRIBUTE_TO,),
        row=row,
        why_not=(SURVEY_UNANSWERED, other_instrument(NPS), NOT_SENT),
        metrics=(
            Gauge(
                "deskpulse_nps_answers",
                "Scored NPS answers in the window, by group: promoter (9, 10), passive (7, 8), detractor (0 to 6).",
                labels=("group",),
                fields=GROUPS,
                alone=True,
            ),
            Gauge(
                "deskpulse_nps_unscored",
                "NPS answers without a score in the window; they count nowhere else.",
                fields=(UNSCORED,),
                alone=True,
            ),
        ),
        tiles=(Tile("nps", "score", "better", _score, kind="score"),),
    ),
    Number(
        name=ENPS,
        order=220,
        version=1,
        page="employee-score.md",
        definition=_DEFINITION,
        shape=Score,
        book="surveys",
        cells=COUNTS[ENPS],
        fold=_fold(ENPS),
        choices=(ATTRIBUTE_TO,),
        row=row,
        why_not=(SURVEY_UNANSWERED, other_instrument(ENPS), NOT_SENT),
        metrics=(
            Gauge(
                "deskpulse_enps_answers",
                "Scored answers of employees in the window, by group as for NPS.",
                labels=("group",),
                fields=GROUPS,
                alone=True,
            ),
            Gauge(
                "deskpulse_enps_unscored",
                "Answers of employees without a score in the window; they count nowhere else.",
                fields=(UNSCORED,),
                alone=True,
            ),
        ),
    ),
)
