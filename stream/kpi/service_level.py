"""Service level: METRICS.md, row "service level"."""

from __future__ import annotations

from collections.abc import Mapping

from stream.core.due import Due
from stream.core.facts import Facts
from stream.core.labels import Labels
from stream.core.ledger import COUNT, Contribution
from stream.counting.add import Adds
from stream.kpi.families import SERVICE_LEVEL
from stream.model.frame import Tickets

_MEASURES = {field: SERVICE_LEVEL.measure(field) for field in SERVICE_LEVEL.fields}


def contributions(facts: Facts, due: Due | None, labels: Labels, short_abandon_us: int) -> list[Contribution]:
    """Return what one ticket adds if something was promised: answered or given up, and whether in time."""
    if due is None or not facts.takes_part:
        return []
    if facts.responded_us is not None:
        at = facts.responded_us
        fields = ["answered"]
        if at <= due.deadline_us:
            fields.append("answered_within")
    elif facts.given_up_us is not None:
        at = facts.given_up_us
        fields = ["abandoned"]
        if at <= due.deadline_us:
            fields.append("abandoned_within")
        if at - facts.opened_us < short_abandon_us:
            fields.append("abandoned_short")
    else:
        return []
    return [(at, (_MEASURES[field], labels, COUNT), 1) for field in fields]


def fold(t: Tickets, add: Adds) -> None:
    """Add each ticket to which something was promised when it was answered or given up, and whether in time."""
    deadline = t.promised.deadline
    answered, abandoned = t.responded.where(deadline.known), t.given_up.where(deadline.known)
    at_once = abandoned - t.opened < t.policy.definitions.short_abandon_us
    add(_MEASURES["answered"], answered)
    add(_MEASURES["answered_within"], answered, where=answered <= deadline)
    add(_MEASURES["abandoned"], abandoned)
    add(_MEASURES["abandoned_within"], abandoned, where=abandoned <= deadline)
    add(_MEASURES["abandoned_short"], abandoned, where=at_once)


def service_levels(counts: Mapping[str, int]) -> dict[str, float | None]:
    """Return the five variants in percent; None where nothing counts.

    A answered within the target, N all answered, B given up, b of these within the target, s of these at once.
    """
    a, n, b, b_within, short = (counts.get(field, 0) for field in _ORDER)
    fractions = {
        "A/(N+B)": (a, n + b),
        "A/(N+B-s)": (a, n + b - short),
        "A/(N+B-b)": (a, n + b - b_within),
        "(A+b)/(N+B)": (a + b_within, n + b),
        "A/N": (a, n),
    }
    return {variant: 100 * part / whole if whole > 0 else None for variant, (part, whole) in fractions.items()}


_ORDER = ("answered_within", "answered", "abandoned", "abandoned_within", "abandoned_short")
