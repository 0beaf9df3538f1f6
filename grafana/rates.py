"""What panels about Deskpulse itself share: rates, quantiles of its own histograms, and their styles."""

from __future__ import annotations

from grafana.panels import Query, Style

NO_WORKER = "no worker"
COUNT = Style("short", NO_WORKER, decimals=0)
RATE = Style("cps", NO_WORKER, decimals=1)
BYTES = Style("bytes", NO_WORKER)
NO_FAULT = Style("short", NO_WORKER, ((None, "green"), (1, "red")), decimals=0)
# As DeskpulseFreshnessSlow and DeskpulseDataStale have it: 30 s is too old.
AGE_STEPS = ((None, "green"), (10, "orange"), (30, "red"))
LAG_STEPS = ((None, "green"), (1_000, "orange"), (100_000, "red"))


def rate(counter: str, by: str, legend: str) -> Query:
    """Return how fast a counter grows, by a label or in all."""
    return Query(f"sum by ({by}) (rate({counter}[5m]))" if by else f"sum(rate({counter}[5m]))", legend)


def quantile(q: float, histogram: str) -> str:
    """Quantile of a histogram of Deskpulse's own, over the last 5 minutes; none of nothing."""
    return f"histogram_quantile({q}, sum by (le) (rate({histogram}_bucket[5m]))) >= 0"


def event_to_number() -> Query:
    """Return how long it takes from what happened to the number that shows it."""
    return Query(quantile(0.95, "deskpulse_freshness_seconds"))


def newest_event_age() -> Query:
    """Return for how long no event has happened on the whole desk; no sample if none ever did."""
    return Query("time() - max(deskpulse_newest_event_timestamp_seconds)", instant=True)


def workers_ready() -> Query:
    """Count the workers that show their partitions' numbers."""
    return Query("sum(deskpulse_ready)", instant=True)


def records_to_read() -> Query:
    """Count the records of all topics that are not processed yet."""
    return Query("sum(deskpulse_consumer_lag_records)", instant=True)


def invariant_error() -> Query:
    """Return the largest difference of a backlog counted in two ways."""
    return Query("max(abs(deskpulse_invariant_error_tickets))", instant=True)
