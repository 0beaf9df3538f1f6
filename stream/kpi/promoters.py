"""Net promoter scores, of customers and of employees: METRICS.md, "Satisfaction", rows NPS and employee score."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import NamedTuple

from stream.core.labels import Labels
from stream.core.ledger import COUNT, Contribution
from stream.core.survey import Answer, Sending

NPS, ENPS = "nps", "enps"
INSTRUMENTS = (NPS, ENPS)

# attribute_to: the pane of the answer, or the pane in which the survey was sent. Both are published.
ATTRIBUTE_TO = ("answered", "sent")
PROMOTER, PASSIVE, DETRACTOR, UNSCORED = "promoter", "passive", "detractor", "unscored"
GROUPS = (PROMOTER, PASSIVE, DETRACTOR)

_Z_95 = 1.96
_PSEUDO_ANSWERS = 3


_NAMES = {
    (instrument, attribute_to, group): f"{instrument}/{attribute_to}/{group}"
    for instrument in INSTRUMENTS
    for attribute_to in ATTRIBUTE_TO
    for group in (*GROUPS, UNSCORED)
}


def measure(attribute_to: str, group: str, instrument: str = NPS) -> str:
    """Return the name of the cell that counts a group of answers."""
    return _NAMES[instrument, attribute_to, group]


def group_of(answer: Answer) -> str:
    """Return the group of an answer: promoter (9, 10), passive (7, 8), detractor (0 to 6), or unscored."""
    if answer.score is None:
        return UNSCORED
    return PROMOTER if answer.score >= 9 else PASSIVE if answer.score >= 7 else DETRACTOR


def contributions(answer: Answer, sending: Sending | None, labels: Labels) -> list[Contribution]:
    """Return what the last answer of a survey adds, by the time of the answer and by the time it was sent."""
    group = group_of(answer)
    instrument = answer.instrument
    result: list[Contribution] = [(answer.at_us, (measure("answered", group, instrument), labels, COUNT), 1)]
    if sending is not None:
        result.append((sending.at_us, (measure("sent", group, instrument), labels, COUNT), 1))
    return result


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
