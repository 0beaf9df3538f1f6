"""What the service that takes webhooks does and has done."""

from __future__ import annotations

from stream.metric_names.metric import Metric

DELIVERIES = Metric(
    "deskpulse_intake_deliveries",
    "counter",
    "Deliveries of a source by what became of them: accepted, ignored, dead_letter, handshake, refused, too_large, "
    "too_many, unreadable, unavailable, failed (outcome).",
    ("source", "outcome"),
)
REFUSED = Metric(
    "deskpulse_intake_refused",
    "counter",
    "Deliveries that were not believed, by why: unsigned, malformed, wrong, outdated (doubt).",
    ("source", "doubt"),
)
EVENTS = Metric("deskpulse_intake_events", "counter", "Events of deliveries that Kafka acknowledged.", ("source",))
DEAD_LETTERS = Metric(
    "deskpulse_intake_dead_letters",
    "counter",
    "Deliveries that the dead-letter topic acknowledged, as no rule of the mapping understood them.",
    ("source",),
)
LAST_ACCEPTED = Metric(
    "deskpulse_intake_last_accepted_timestamp_seconds",
    "gauge",
    "When the last delivery of a source became events; absent before the first.",
    ("source",),
)
RELOADS = Metric(
    "deskpulse_intake_reloads",
    "counter",
    "Times the file of sources was read again, by result: ok, or failed, which keeps the sources from before.",
    ("result",),
)
FAILING = Metric(
    "deskpulse_intake_failing_seconds",
    "gauge",
    "For how long Kafka has acknowledged nothing of what it was given; 0 while it does.",
)
ANSWER = Metric(
    "deskpulse_intake_answer_seconds", "histogram", "From the headers of a delivery to its answer, with Kafka's."
)
