"""How long things took: first responses, replies, resolutions; and this hour beside earlier weeks."""

from __future__ import annotations

from stream.metric_names.metric import DIMENSIONS, Metric

FIRST_RESPONSES = Metric(
    "deskpulse_first_responses",
    "gauge",
    "First responses in the window, one a ticket, by the time of the response or of the opening (attribute_to).",
    ("window", "attribute_to", DIMENSIONS),
)
FIRST_RESPONSE_SECONDS = Metric(
    "deskpulse_first_response_seconds",
    "gaugehistogram",
    "First response time in calendar seconds: opened to first public response, over the window.",
    ("window", "attribute_to", DIMENSIONS),
)
FIRST_RESPONSE_BUSINESS_SECONDS = Metric(
    "deskpulse_first_response_business_seconds",
    "gaugehistogram",
    "First response time in business seconds, by the hours of the ticket's queue, over the window.",
    ("window", "attribute_to", DIMENSIONS),
)
NEXT_REPLY_SECONDS = Metric(
    "deskpulse_next_reply_seconds",
    "gaugehistogram",
    "Next reply time in seconds: oldest unanswered message of the customer to public reply, after the first response.",
    ("window", DIMENSIONS),
)
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
