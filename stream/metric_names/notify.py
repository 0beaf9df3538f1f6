"""What `deskpulse notify` exposes: alerts on their way to receivers."""

from __future__ import annotations

from stream.metric_names.metric import Metric

SENT = Metric("deskpulse_notify_sent", "counter", "Alerts that a receiver accepted.", ("receiver",))
FAILED = Metric(
    "deskpulse_notify_failed",
    "counter",
    "Attempts to post an alert that failed: connection, timeout, redirect, rate_limited, refused, gone, server_error.",
    ("receiver", "reason"),
)
RETRIED = Metric("deskpulse_notify_retried", "counter", "Attempts after the first of an alert.", ("receiver",))
DEAD_LETTERS = Metric(
    "deskpulse_notify_dead_letters",
    "counter",
    "Alerts that went to the dead-letter topic instead: attempts, too_old, gone, not_an_alert.",
    ("receiver", "reason"),
)
DUPLICATES = Metric(
    "deskpulse_notify_duplicates",
    "counter",
    "Copies of alerts that the receiver had accepted before, and that were not posted.",
    ("receiver",),
)
DELETED_UNSENT = Metric(
    "deskpulse_notify_deleted_unsent",
    "counter",
    "Alerts that the broker deleted before they were sent; no receiver has them.",
    ("receiver",),
)
RELOADS = Metric(
    "deskpulse_notify_reloads",
    "counter",
    "Times the file of receivers was read again, by result: ok, or failed, which keeps the receivers from before.",
    ("result",),
)
LAG = Metric(
    "deskpulse_notify_lag_records",
    "gauge",
    "Records of the alerts topic that are not done with for a receiver; absent while that is not known.",
    ("receiver",),
)
OLDEST_UNSENT = Metric(
    "deskpulse_notify_oldest_unsent_seconds",
    "gauge",
    "Age of the oldest alert in hand that a receiver does not have; 0 if there is none.",
    ("receiver",),
)
DELIVERY = Metric(
    "deskpulse_notify_delivery_seconds",
    "histogram",
    "From the moment the worker noticed an alert until a receiver accepted it.",
    ("receiver",),
)
