"""Can I believe this? The five numbers that say so, for every dashboard that needs them."""

from __future__ import annotations

from grafana.links import linked, to
from grafana.panels import Json, Style, stat
from grafana.rates import (
    AGE_STEPS,
    LAG_STEPS,
    NO_FAULT,
    NO_WORKER,
    event_to_number,
    invariant_error,
    newest_event_age,
    records_to_read,
    workers_ready,
)

READY = Style("short", NO_WORKER, ((None, "red"), (1, "green")), decimals=0)
AGE = Style("s", "no event for 5 min", AGE_STEPS, decimals=1)
# As the pages have it without other settings.
NEWEST = Style("s", "no event yet", ((None, "text"), (600, "orange")), decimals=0)
LAG = Style("short", NO_WORKER, LAG_STEPS, decimals=0)


def fresh() -> Json:
    """How long an event takes to be counted."""
    return stat("Freshness, p95", "From an event to the number that shows it, over 5 minutes.", AGE, event_to_number())


def newest() -> Json:
    """How long ago the newest event of the whole desk happened."""
    text = "How long ago it happened; a desk that is closed has none, and one of which no events arrive neither."
    return stat("Newest event", text, NEWEST, newest_event_age())


def ready() -> Json:
    """How many workers show numbers."""
    return stat("Workers ready", "Workers that show their partitions' numbers.", READY, workers_ready())


def lag() -> Json:
    """How much is still to be read."""
    return stat("Records to read", "Lag of all topics.", LAG, records_to_read())


def invariant() -> Json:
    """Whether the backlog is what flowed in and out."""
    text = "The backlog less what flowed in and out; anything but 0 is a fault."
    return stat("Invariant error", text, NO_FAULT, invariant_error())


def believe() -> list[Json]:
    """Return the five panels, each of which leads to the dashboard that says more."""
    return [
        linked(panel, to("itself", "Can I believe this? Deskpulse itself"))
        for panel in (newest(), fresh(), ready(), lag(), invariant())
    ]
