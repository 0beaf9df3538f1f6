"""When the first response of a ticket is due: docs/metrics/sla-and-service-level.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from stream.core.definitions import Definitions

NEVER_US = 1 << 62
"""A due time that does not come: the schedule has no hours."""


class Due(NamedTuple):
    """From risk_us on a waiting ticket is at risk, after deadline_us it is breached; target_us was promised."""

    risk_us: int
    deadline_us: int
    target_us: int


def due(attributes: Mapping[str, str], opened_us: int, definitions: Definitions) -> Due | None:
    """Return when the first response is due, None if nothing was promised.

    The promise is the one that was in force when the ticket was opened, for the attributes it has now.
    """
    target = definitions.target(attributes, opened_us)
    if target is None:
        return None
    until_risk_us = target.target_us * (100 - definitions.at_risk_percent) // 100
    if target.clock == "calendar":
        return Due(opened_us + until_risk_us, opened_us + target.target_us, target.target_us)
    schedule = definitions.schedules.of(attributes)
    risk, deadline = (schedule.add_us(opened_us, us) for us in (until_risk_us, target.target_us))
    return Due(NEVER_US if risk is None else risk, NEVER_US if deadline is None else deadline, target.target_us)
