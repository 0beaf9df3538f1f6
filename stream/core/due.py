"""When an answer to a customer who waits is due: docs/metrics/sla-and-service-level.md."""

from __future__ import annotations

from typing import NamedTuple

NEVER_US = 1 << 62
"""A due time that does not come: the schedule has no hours."""


class Due(NamedTuple):
    """From risk_us on a waiting ticket is at risk, after deadline_us it is breached; target_us was promised."""

    risk_us: int
    deadline_us: int
    target_us: int
