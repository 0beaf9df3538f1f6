"""What a score means on the scale it was given on: whether it is low.

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


def is_low(answer: Answer, definitions: Definitions) -> bool | None:
    """Say whether a score is low enough to be looked at, None if that cannot be judged."""
    if answer.score is None or answer.instrument == "ces":
        return None
    if answer.instrument != "csat":
        return answer.score <= definitions.nps_low
    scale = scale_of(answer, definitions)
    lowest = definitions.csat_low.get(scale)
    return None if lowest is None or answer.score > scale else answer.score <= lowest
