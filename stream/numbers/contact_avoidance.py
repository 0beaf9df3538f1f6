"""First contact resolution, read as contact avoidance.

Of the tickets that were resolved N days ago or earlier, the share whose customer did not come back within N days. A
ticket counts when its N days are over, so what is counted is never revised by time alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from stream.core.policy import Policy
from stream.core.rows import percent
from stream.core.windows import DAY_US
from stream.counting.add import Adds
from stream.model.contacts import Contacts
from stream.numbers.cells import Counts
from stream.numbers.declare import Choice, Fields, Here, Number, Windowed
from stream.numbers.explained import Explained
from stream.numbers.metric import Gauge

COUNTS = Counts("contact_avoidance", ("matured", "avoided"), choices=1)


class ContactAvoidance(Windowed):
    """Tickets whose days are over (matured), whose customer did not come back (avoided), and those still immature."""

    days: int
    matured: int
    avoided: int
    immature: int
    rate: float | None
    matured_share: float | None


def fold(c: Contacts, add: Adds) -> None:
    """Add each ticket that was resolved, N days later, and whether its customer had not come again by then."""
    for days in c.policy.definitions.avoidance_days:
        matured, avoided = _measures(days)
        mature = c.resolved + days * DAY_US
        add(matured, mature)
        add(avoided, mature, where=~(c.came_again <= mature))


@cache
def _measures(days: int) -> tuple[str, str]:
    return COUNTS.measure("matured", str(days)), COUNTS.measure("avoided", str(days))


def kept_from_us(now_us: int, policy: Policy) -> int:
    """Return the instant before which nothing of a customer counts in any window any more, a day of doubt apart.

    The longest window reaches back from now by its length; a ticket counts in it up to N days after it was resolved,
    and a contact decides about a ticket that was resolved before it.
    """
    longest_us = max((window.length_us or 2 * DAY_US for window in policy.windows + policy.survey_windows), default=0)
    days = max(policy.definitions.avoidance_days, default=0)
    return now_us - longest_us - policy.grace_us - (days + 1) * DAY_US


def row(n: Mapping[str, int], _here: Here) -> Fields:
    """Return the counts, the rate, and the share of the tickets about which it says something."""
    return {
        **n,
        "rate": percent(n["avoided"], n["matured"]),
        "matured_share": percent(n["matured"], n["matured"] + n["immature"]),
    }


NUMBERS = (
    Number(
        name="contact_avoidance",
        order=300,
        version=1,
        page="contact-avoidance.md",
        definition="resolved tickets with no new contact of the same customer within N days / resolved tickets, of "
        "those whose N days are over",
        shape=ContactAvoidance,
        book="customers",
        cells=COUNTS,
        fold=fold,
        choices=(Choice("days", lambda policy: tuple(map(str, policy.definitions.avoidance_days)), whole_number=True),),
        over_all=False,
        ahead={"immature": "matured"},
        row=row,
        explained=Explained(lag_us=lambda policy: max(policy.definitions.avoidance_days, default=0) * DAY_US),
        metrics=(
            Gauge(
                "deskpulse_contact_avoidance_tickets",
                "Resolved tickets whose days were over (matured) in the window, and those without a new contact by "
                "then (avoided).",
                labels=("outcome",),
            ),
            Gauge(
                "deskpulse_contact_avoidance_immature_tickets",
                "Resolved tickets whose days are not over yet, now.",
                fields=("matured",),
                ahead=True,
            ),
        ),
    ),
)
