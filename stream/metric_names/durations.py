"""How long things took: first responses, replies, resolutions; and this hour beside earlier weeks."""

from __future__ import annotations

from stream.metric_names.metric import DIMENSIONS, Metric

RESOLUTION_SECONDS = Metric(
    "deskpulse_resolution_seconds",
    "gaugehistogram",
    "Resolution time in seconds, without pauses: opened to the first or to the last (which) time it was resolved.",
    ("window", "which", DIMENSIONS),
)
BASELINE_TICKETS = Metric(
    "deskpulse_baseline_tickets",
    "gauge",
    "Tickets opened in the last full hour (inflow) and open at its end, now for week 0 (backlog), by weeks ago.",
    ("metric", "week"),
)
BASELINE_FIRST_RESPONSE_SECONDS = Metric(
    "deskpulse_baseline_first_response_seconds",
    "gaugehistogram",
    "First response times in the same hour, in calendar seconds, by weeks ago.",
    ("week",),
    summed=False,
)
