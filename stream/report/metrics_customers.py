"""The numbers of customers that can be explained."""

from __future__ import annotations

from typing import get_args

from schemas import events
from stream.core.windows import DAY_US
from stream.kpi import families
from stream.report.metric import Metric
from stream.report.present import LIVED_YEARS, TENURE_YEARS

METRICS = (
    Metric(
        "contact_avoidance",
        "customers",
        "contact-avoidance.md",
        "resolved tickets with no new contact of the same customer within N days / resolved tickets, of those "
        "whose N days are over",
        lambda policy: {"days": tuple(map(str, policy.definitions.avoidance_days))},
        counted=families.CONTACT_AVOIDANCE,
        lag_us=lambda policy: max(policy.definitions.avoidance_days, default=0) * DAY_US,
    ),
    Metric(
        "customers",
        "customers",
        "customers.md",
        "(customers at the end - acquired) / customers at the start x 100",
        counted=families.CUSTOMERS,
    ),
    Metric(
        "tenure",
        "",
        "customers.md",
        "for how long they have been customers, in years of 365.25 days",
        longest=(TENURE_YEARS, LIVED_YEARS),
        lives=True,
    ),
    Metric(
        "lifetime_value",
        "customers",
        "customers.md",
        "average purchase value x purchases per customer and year x average lifespan in years",
        counted=families.PURCHASES,
        longest=("revenue", "purchases", LIVED_YEARS),
        lives=True,
    ),
    Metric(
        "signals",
        "customers",
        "customers.md",
        "customers who showed it in the window / customers now x 100",
        lambda _: {"signal": get_args(events.Signal)},
        counted=families.SIGNALS,
    ),
)
