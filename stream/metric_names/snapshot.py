"""What the numbers of one scrape are made of, and of when they are."""

from __future__ import annotations

from stream.metric_names.metric import Metric

INVARIANT_ERROR = Metric(
    "deskpulse_invariant_error_tickets",
    "gauge",
    "Open tickets now, less opened + reopened - resolved - abandoned over all time. Anything but 0 is a fault.",
)
WINDOW_SECONDS = Metric("deskpulse_window_seconds", "gauge", "Length of each window now; today grows.", ("window",))
PARTITION_OWNED = Metric(
    "deskpulse_partition_owned", "gauge", "1 for each partition whose numbers this worker shows.", ("partition",)
)
TICKETS_HELD = Metric("deskpulse_tickets_held", "gauge", "Tickets whose state is held in memory.")
TICKETS_OPENED = Metric(
    "deskpulse_tickets_opened", "gauge", "Tickets with an opening that are not retracted, over all time."
)
TICKETS_WITHOUT_OPENING = Metric(
    "deskpulse_tickets_without_opening",
    "gauge",
    "Tickets of which events came but no opening; they count nowhere until it comes.",
)
TICKETS_RETRACTED = Metric("deskpulse_tickets_retracted", "gauge", "Tickets that are merged, spam or deleted.")
WATERMARK = Metric(
    "deskpulse_watermark_timestamp_seconds",
    "gauge",
    "Event time up to which most likely everything was seen, of the slowest partition; absent before any event.",
)
FINAL_UNTIL = Metric(
    "deskpulse_final_until_timestamp_seconds",
    "gauge",
    "Event time before which numbers are final, of the slowest partition; absent before any event.",
)
SNAPSHOT_TIMESTAMP = Metric(
    "deskpulse_snapshot_timestamp_seconds", "gauge", "The instant the numbers of this scrape are as of."
)
