"""What goes with low scores: METRICS.md, "Satisfaction"; the table of key drivers."""

from __future__ import annotations

from collections.abc import Mapping

from stream.core.course import Course
from stream.core.definitions import Definitions
from stream.core.facts import Facts
from stream.core.labels import LabelBook, Labels
from stream.core.ledger import COUNT, Contribution
from stream.core.standing import AGES_US
from stream.core.survey import Answer
from stream.core.ticket import Ticket
from stream.kpi.families import DRIVERS
from stream.kpi.scales import is_low

FACTORS = ("channel", "queue", "frt_band", "reopened", "transferred")
ASKED = frozenset({"nps", "csat"})


def factors(
    attributes: Mapping[str, str], facts: Facts, ticket: Ticket, course: Course, values: LabelBook
) -> tuple[tuple[str, str], ...]:
    """Return what is known of a ticket that may go with a low score: factor and value."""
    channel, queue = values.labels(attributes)
    transferred = any(change.kind == "transferred" for change in ticket.statuses)
    return (
        ("channel", channel),
        ("queue", queue),
        ("frt_band", _band(facts.first_response_us)),
        ("reopened", "yes" if course.reopened_us else "no"),
        ("transferred", "yes" if transferred else "no"),
    )


def contributions(
    answer: Answer, known: tuple[tuple[str, str], ...], total: Labels, definitions: Definitions
) -> list[Contribution]:
    """Return what the answer to a ticket's survey adds: one for each factor."""
    low = is_low(answer, definitions) if answer.instrument in ASKED else None
    if low is None:
        return []
    field = "low" if low else "other"
    return [(answer.at_us, (DRIVERS.measure(field, factor, value), total, COUNT), 1) for factor, value in known]


def _band(first_response_us: int | None) -> str:
    if first_response_us is None:
        return "none"
    return next(name for name, _, below in AGES_US if below is None or first_response_us < below)
