"""What stands open now."""

from __future__ import annotations

from stream.metric_names.metric import DIMENSIONS, Metric

OPEN_WAIT_TICKETS = Metric(
    "deskpulse_open_wait_tickets", "gauge", "Open tickets with no first response yet, now.", (DIMENSIONS,)
)
OPEN_WAIT_SECONDS = Metric(
    "deskpulse_open_wait_seconds",
    "gaugehistogram",
    "How long open tickets with no first response yet have waited, now.",
    (DIMENSIONS,),
)
OPEN_WAIT_OLDEST = Metric(
    "deskpulse_open_wait_oldest_seconds",
    "gauge",
    "The longest wait of an open ticket with no first response yet; absent while nobody waits.",
    (DIMENSIONS,),
)
BACKLOG_TICKETS = Metric("deskpulse_backlog_tickets", "gauge", "Open tickets now, by state.", ("state", DIMENSIONS))
BACKLOG_AGE_TICKETS = Metric(
    "deskpulse_backlog_age_tickets", "gauge", "Open tickets now, by time since they were opened.", ("age", DIMENSIONS)
)
UNRESOLVED_TICKETS = Metric(
    "deskpulse_unresolved_tickets",
    "gauge",
    "Open tickets now that were opened longer ago than this.",
    ("longer_than", DIMENSIONS),
)
SLA_TICKETS = Metric(
    "deskpulse_sla_tickets",
    "gauge",
    "Open tickets with no first response yet, now: on_time, at_risk, breached, or without_target (state).",
    ("state", DIMENSIONS),
)
