"""Satisfaction: METRICS.md, rows CSAT, CES, satisfaction ratio, survey coverage, and bad comment."""

from __future__ import annotations

from collections.abc import Mapping

from stream.core.definitions import Definitions
from stream.core.labels import LabelBook, Labels
from stream.core.ledger import COUNT, Contribution
from stream.core.survey import Answer, Sending, Survey
from stream.core.windows import DAY_US
from stream.kpi import promoters
from stream.kpi.families import BAD_COMMENTS, CES, COVERAGE, COVERAGE_BY, CSAT, SATISFACTION
from stream.kpi.scales import is_low, is_low_effort, is_satisfied, scale_of

COVERED_BY = ("channel", "segment")
"""What survey coverage is told by, to find the blind spot."""


def contributions(
    survey: Survey, answer: Answer, labels: Labels, definitions: Definitions, touchpoints: LabelBook
) -> list[Contribution]:
    """Return what the last answer to an instrument adds, at its time."""
    at = answer.at_us
    counts: list[Contribution] = []
    if answer.instrument in promoters.INSTRUMENTS:
        counts += promoters.contributions(answer, survey.sending, labels)
    elif answer.instrument == "csat":
        counts.append((at, (CSAT.measure(_csat_group(answer, definitions)), labels, COUNT), 1))
    elif (little := is_low_effort(answer, definitions)) is not None:
        scale = str(scale_of(answer, definitions))
        counts.append((at, (CES.measure("low_effort" if little else "other", scale), labels, COUNT), 1))
        if answer.score:
            counts.append((at, (CES.measure("score", scale), labels, COUNT), answer.score))
    if (satisfied := is_satisfied(answer, definitions)) is not None:
        (touchpoint,) = touchpoints.labels({"touchpoint": touchpoint_of(survey, answer)})
        measure = SATISFACTION.measure("satisfied" if satisfied else "other", touchpoint)
        counts.append((at, (measure, labels, COUNT), 1))
    if is_bad_comment(answer, definitions):
        counts.append((at, (BAD_COMMENTS.measure("n"), labels, COUNT), 1))
    return counts


def is_bad_comment(answer: Answer, definitions: Definitions) -> bool:
    """Say whether somebody should read this at once: a low score with words to it."""
    return answer.commented and is_low(answer, definitions) is True


def touchpoint_of(survey: Survey, answer: Answer) -> str | None:
    """Return where the customer was asked: what the answer says, else what the sending said."""
    if answer.touchpoint is not None:
        return answer.touchpoint
    return survey.sending.touchpoint if survey.sending else None


def _csat_group(answer: Answer, definitions: Definitions) -> str:
    if answer.score is None:
        return "unscored"
    satisfied = is_satisfied(answer, definitions)
    return "unscaled" if satisfied is None else "satisfied" if satisfied else "other"


def coverage(
    survey: Survey, attributes: Mapping[str, str], labels: Labels, total: Labels, *, mature_days: int, values: LabelBook
) -> list[Contribution]:
    """Return what a survey that was sent adds on the day it is mature: that it was sent, and whether answered by then.

    attributes: of its ticket, else what its sending said; total: the labels of what is counted in all only.
    """
    if survey.sending is None:
        return []
    at = survey.sending.at_us + mature_days * DAY_US
    fields = ["sent"]
    if survey.answered_us is not None and survey.answered_us <= at:
        fields.append("answered")
    named = values.labels(attributes)
    counts: list[Contribution] = []
    for field in fields:
        counts.append((at, (COVERAGE.measure(field), labels, COUNT), 1))
        for by, value in zip(values.dimensions, named, strict=True):
            counts.append((at, (COVERAGE_BY.measure(field, by, value), total, COUNT), 1))
    return counts


def said(*told: Answer | Sending | None) -> dict[str, str]:
    """Return channel and segment of a survey of no known ticket: what is told first counts."""
    attributes: dict[str, str] = {}
    for source in told:
        for name in COVERED_BY:
            value = getattr(source, name, None)
            if value is not None:
                attributes.setdefault(name, value)
    return attributes
