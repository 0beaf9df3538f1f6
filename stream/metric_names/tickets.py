"""What happened to tickets in a window."""

from __future__ import annotations

from stream.metric_names.metric import DIMENSIONS, Metric

SERVICE_LEVEL_CONTACTS = Metric(
    "deskpulse_service_level_contacts",
    "gauge",
    "Contacts with a target in the window: answered, abandoned, of these within the target, abandoned at once (short).",
    ("window", "contact", DIMENSIONS),
)
RESOLVED_TICKETS = Metric(
    "deskpulse_resolved_tickets",
    "gauge",
    "Tickets first resolved in the window, of these with one public reply (one_touch), and reopened since (quality).",
    ("window", "quality", DIMENSIONS),
)
CONTACT_AVOIDANCE_TICKETS = Metric(
    "deskpulse_contact_avoidance_tickets",
    "gauge",
    "Resolved tickets whose days were over (matured) in the window, and those without a new contact by then (avoided).",
    ("window", "days", "outcome", DIMENSIONS),
)
CONTACT_AVOIDANCE_IMMATURE = Metric(
    "deskpulse_contact_avoidance_immature_tickets",
    "gauge",
    "Resolved tickets whose days are not over yet, now.",
    ("days", DIMENSIONS),
)
