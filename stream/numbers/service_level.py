"""Service level: of the contacts to which something was promised, the share that was answered in time."""

from __future__ import annotations

from collections.abc import Mapping

from stream.core.facts import FIRST
from stream.core.policy import Policy
from stream.core.rows import percent
from stream.counting.add import Adds
from stream.model.frame import Tickets
from stream.model.waits import ABANDONED, KIND
from stream.numbers.cells import Counts
from stream.numbers.declare import Fields, Here, Number, Row, Windowed
from stream.numbers.metric import Gauge
from stream.numbers.reasons import WHY_NO_FIRST_RESPONSE, Reason
from stream.numbers.tile import Figure, Tile, of_some

COUNTS = Counts("service_level", ("answered", "answered_within", "abandoned", "abandoned_within", "abandoned_short"))
_ANSWERED, _ANSWERED_WITHIN, _ABANDONED, _ABANDONED_WITHIN, _ABANDONED_SHORT = map(COUNTS.measure, COUNTS.fields)


class ServiceLevel(Windowed):
    """Contacts with a target, by how they ended; levels has the five variants in percent."""

    answered: int
    answered_within: int
    abandoned: int
    abandoned_within: int
    abandoned_short: int
    levels: dict[str, float | None]


def fold(t: Tickets, add: Adds) -> None:
    """Add each wait for a first response to which something was promised when it was answered or given up."""
    deadline = t.promised(t.responded_from, KIND[FIRST]).deadline
    answered = t.responded.where(deadline.known)
    add(_ANSWERED, answered)
    add(_ANSWERED_WITHIN, answered, where=answered <= deadline)
    left = t.waits.of(FIRST, ABANDONED)
    if len(left.owner):
        deadline = t.promised_in(left).deadline
        promised, within = deadline.known, left.ended <= deadline.us
        at_once = left.ended - left.began < t.policy.definitions.short_abandon_us
        add(_ABANDONED, left.some(promised).ends())
        add(_ABANDONED_WITHIN, left.some(promised & within).ends())
        add(_ABANDONED_SHORT, left.some(promised & at_once).ends())


def service_levels(n: Mapping[str, int]) -> dict[str, float | None]:
    """Return the five variants in percent; None where nothing counts.

    A answered within the target, N all answered, B given up, b of these within the target, s of these at once.
    """
    within, answered, abandoned = n["answered_within"], n["answered"], n["abandoned"]
    contacts = answered + abandoned
    return {
        "A/(N+B)": percent(within, contacts),
        "A/(N+B-s)": percent(within, contacts - n["abandoned_short"]),
        "A/(N+B-b)": percent(within, contacts - n["abandoned_within"]),
        "(A+b)/(N+B)": percent(within + n["abandoned_within"], contacts),
        "A/N": percent(within, answered),
    }


def row(n: Mapping[str, int], _here: Here) -> Fields:
    """Return the counts and what they come to."""
    return {**n, "levels": service_levels(n)}


def _chosen_level(row: Row, policy: Policy) -> Figure:
    return of_some(row["levels"][policy.definitions.service_level], row["answered"] + row["abandoned"])


def _answered_on_time(row: Row, _policy: Policy) -> Figure:
    on_time = row["answered_within"]
    parts: dict[str, float | None] = {"on_time": on_time, "late": row["answered"] - on_time}
    return of_some(row["levels"]["A/N"], row["answered"])._replace(parts=parts)


NUMBERS = (
    Number(
        name="service_level",
        order=170,
        version=2,
        page="sla-and-service-level.md",
        definition="share of contacts answered within the target",
        shape=ServiceLevel,
        book="tickets",
        cells=COUNTS,
        fold=fold,
        row=row,
        why_not=(
            Reason(
                "no_target",
                "nothing was promised to it",
                lambda of: ~of.tickets.promised(of.tickets.opened, KIND[FIRST]).made,
            ),
            *WHY_NO_FIRST_RESPONSE,
        ),
        metrics=(
            Gauge(
                "deskpulse_service_level_contacts",
                "Contacts with a target in the window: answered, abandoned, of these within the target, abandoned at "
                "once (short).",
                labels=("contact",),
            ),
        ),
        tiles=(
            Tile("service_level", "percent", "better", _chosen_level),
            Tile("answered_on_time", "percent", "better", _answered_on_time),
        ),
    ),
)
