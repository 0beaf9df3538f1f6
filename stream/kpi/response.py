"""First response time: METRICS.md, rows "first response time" and "tickets opened by an agent"."""

from __future__ import annotations

from stream.core.facts import Facts
from stream.core.histogram import Buckets
from stream.core.labels import Labels
from stream.core.ledger import SUM, Contribution

# attribute_to: the pane of the response, or the pane of the opening. Both are published.
BY_RESPONSE = "first_response/response"
BY_OPENING = "first_response/opened"
MEASURES = {"response": BY_RESPONSE, "opened": BY_OPENING}


def contributions(facts: Facts, labels: Labels, buckets: Buckets) -> list[Contribution]:
    """Return what one ticket adds: its first response time, once, by response and by opening."""
    duration, responded = facts.first_response_us, facts.responded_us
    if duration is None or responded is None:
        return []
    bucket = buckets.index(duration)
    opened = facts.opened_us
    counts: list[Contribution] = [
        (responded, (BY_RESPONSE, labels, bucket), 1),
        (opened, (BY_OPENING, labels, bucket), 1),
    ]
    if duration:
        counts.append((responded, (BY_RESPONSE, labels, SUM), duration))
        counts.append((opened, (BY_OPENING, labels, SUM), duration))
    return counts
