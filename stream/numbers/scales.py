"""What a score means on the scale it was given on: satisfied, low, little effort.

A score above its scale was given on another, which nobody named: a 7 of 5 points is no satisfied customer.
"""

from __future__ import annotations

from stream.core.definitions import Definitions
from stream.core.survey import Answer


def scale_of(answer: Answer, definitions: Definitions) -> int:
    """Return the top of the scale of a CSAT or CES answer: what it says itself, else the policy's."""
    if answer.scale_max is not None:
        return answer.scale_max
    return definitions.csat_scale if answer.instrument == "csat" else definitions.ces_scale


def is_satisfied(answer: Answer, definitions: Definitions) -> bool | None:
    """Say whether an answer counts as satisfied, None if that cannot be judged.

    docs/metrics/satisfaction-ratio.md: NPS promoters; the top scores of a CSAT scale (4 and 5 points: 2, 10 points: 3);
    little effort.
    """
    score = answer.score
    if score is None:
        return None
    match answer.instrument:
        case "nps":
            return score >= 9
        case "csat":
            scale = scale_of(answer, definitions)
            top = definitions.csat_top.get(scale)
            return None if top is None or score > scale else score > scale - top
        case "ces":
            return is_low_effort(answer, definitions)
    return None  # what employees say of their work is not the satisfaction of customers


def is_low_effort(answer: Answer, definitions: Definitions) -> bool | None:
    """Say whether a CES answer tells of little effort, None if its scale is not among the policy's, or not its own."""
    if answer.score is None:
        return None
    scale = scale_of(answer, definitions)
    best = definitions.ces_low_effort.get(scale)
    if best is None or answer.score > scale:
        return None
    return answer.score > scale - best if definitions.ces_ease else answer.score <= best


def is_low(answer: Answer, definitions: Definitions) -> bool | None:
    """Say whether a score is low enough to be looked at, None if that cannot be judged."""
    if answer.score is None or answer.instrument == "ces":
        return None
    if answer.instrument != "csat":
        return answer.score <= definitions.nps_low
    scale = scale_of(answer, definitions)
    lowest = definitions.csat_low.get(scale)
    return None if lowest is None or answer.score > scale else answer.score <= lowest
