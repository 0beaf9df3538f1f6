"""First response time: METRICS.md, rows "first response time" and "tickets opened by an agent"."""

from __future__ import annotations

from stream.core.facts import Facts
from stream.core.histogram import Buckets
from stream.core.labels import Labels
from stream.core.ledger import Contribution, duration
from stream.core.schedule import Schedule

# attribute_to: the pane of the response, or the pane of the opening. Both are published, by either clock.
ATTRIBUTE_TO = ("response", "opened")
BY_RESPONSE = "first_response/response"
MEASURES = {attribute_to: f"first_response/{attribute_to}" for attribute_to in ATTRIBUTE_TO}
BUSINESS_MEASURES = {attribute_to: f"first_response_business/{attribute_to}" for attribute_to in ATTRIBUTE_TO}


def contributions(facts: Facts, labels: Labels, buckets: Buckets, schedule: Schedule) -> list[Contribution]:
    """Return what one ticket adds: its first response time, once, by response and by opening, by either clock."""
    calendar_us, responded = facts.first_response_us, facts.responded_us
    if calendar_us is None or responded is None:
        return []
    business_us = schedule.elapsed_us(responded - calendar_us, responded)
    bucket, business_bucket = buckets.index(calendar_us), buckets.index(business_us)
    counts: list[Contribution] = []
    for attribute_to, at in (("response", responded), ("opened", facts.opened_us)):
        counts += duration(MEASURES[attribute_to], labels, at, calendar_us, bucket)
        counts += duration(BUSINESS_MEASURES[attribute_to], labels, at, business_us, business_bucket)
    return counts
