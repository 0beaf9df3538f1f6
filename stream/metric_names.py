"""Every metric that Deskpulse exposes: name, type, labels, help. Docs, dashboards and rules are checked against it.

`DIMENSIONS` among the labels stands for the dimensions that the settings make labels (channel, priority, queue).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DIMENSIONS = "<dimensions>"

Kind = Literal["gauge", "counter", "histogram", "gaugehistogram"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric family. The name of a counter is without the `_total` that its samples have."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()

    @property
    def series(self) -> tuple[str, ...]:
        """Return the names its samples have in an exposition."""
        if self.kind == "counter":
            return (f"{self.name}_total",)
        if self.kind == "histogram":
            return tuple(f"{self.name}_{part}" for part in ("bucket", "count", "sum"))
        if self.kind == "gaugehistogram":
            return tuple(f"{self.name}_{part}" for part in ("bucket", "gcount", "gsum"))
        return (self.name,)


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
NPS_ANSWERS = Metric(
    "deskpulse_nps_answers",
    "gauge",
    "Scored NPS answers in the window, by group: promoter (9, 10), passive (7, 8), detractor (0 to 6).",
    ("window", "attribute_to", "group", DIMENSIONS),
)
NPS_UNSCORED = Metric(
    "deskpulse_nps_unscored",
    "gauge",
    "NPS answers without a score in the window; they count nowhere else.",
    ("window", "attribute_to", DIMENSIONS),
)
VARIANT_INFO = Metric(
    "deskpulse_variant_info",
    "gauge",
    "Always 1; the labels say which variant of each definition is in force.",
    ("responder", "agent_opened", "nps_min_n", "labels", "today"),
)
BUILD_INFO = Metric("deskpulse_build_info", "gauge", "Always 1; the labels say which software runs.", ("version",))

UP_PHASE = Metric("deskpulse_up_phase", "gauge", "1 for the phase the worker is in, 0 for the others.", ("phase",))
READY = Metric("deskpulse_ready", "gauge", "1 when the worker has recovered its partitions and shows their numbers.")
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
CONSUMER_LAG = Metric(
    "deskpulse_consumer_lag_records",
    "gauge",
    "Records of a source partition not yet processed.",
    ("topic", "partition"),
)
WATERMARK = Metric(
    "deskpulse_watermark_timestamp_seconds",
    "gauge",
    "Event time up to which most likely everything was seen, of the slowest partition; absent before any event.",
)
NEWEST_EVENT = Metric(
    "deskpulse_newest_event_timestamp_seconds", "gauge", "Newest event time seen; absent before any event."
)
SNAPSHOT_TIMESTAMP = Metric(
    "deskpulse_snapshot_timestamp_seconds", "gauge", "The instant the numbers of this scrape are as of."
)
SNAPSHOT_SECONDS = Metric("deskpulse_snapshot_seconds", "gauge", "What it took to make the last snapshot.")
FRESHNESS = Metric(
    "deskpulse_freshness_seconds",
    "histogram",
    "Event time to metric: age of the newest event of each chunk when the snapshot that shows it is taken.",
)
CHUNK_SECONDS = Metric("deskpulse_chunk_seconds", "histogram", "Time to decode and apply one chunk of records.")
RECORDS = Metric("deskpulse_records", "counter", "Records read.", ("topic",))
EVENTS_APPLIED = Metric("deskpulse_events_applied", "counter", "Events that changed the state of a ticket.")
DUPLICATES = Metric("deskpulse_duplicates", "counter", "Events that were known already and changed nothing.")
LATE = Metric(
    "deskpulse_late",
    "counter",
    "Events for a pane that was final: applied if the ticket is held, else its ticket may be forgotten.",
    ("applied",),
)
CORRECTIONS = Metric(
    "deskpulse_corrections",
    "counter",
    "Numbers already counted that a later event changed, in panes still provisional or already final.",
    ("pane",),
)
REJECTED = Metric("deskpulse_rejected", "counter", "Records that are no event, by reason.", ("topic", "reason"))
REKEYED = Metric(
    "deskpulse_rekeyed", "counter", "Records sent to the repartition topic for their key or partition.", ("topic",)
)
DEAD_LETTERS = Metric("deskpulse_dead_letters", "counter", "Rejected records that the dead-letter topic acknowledged.")
DEAD_LETTERS_TRUNCATED = Metric(
    "deskpulse_dead_letters_truncated", "counter", "Dead letters that the broker would not take whole."
)
CHANGELOG_RECORDS = Metric("deskpulse_changelog_records", "counter", "Records the changelog acknowledged.")
CHANGELOG_BYTES = Metric("deskpulse_changelog_bytes", "counter", "Key and value bytes of those.")
FOREIGN_CHANGELOG_WRITES = Metric(
    "deskpulse_foreign_changelog_writes",
    "counter",
    "Changelog records that a worker wrote which no longer owned the partition; merged and written anew.",
)
EVICTED = Metric("deskpulse_tickets_evicted", "counter", "Closed tickets forgotten after the retention.")
RECOVERY_RECORDS = Metric("deskpulse_recovery_records", "counter", "Changelog records read while recovering.")
RECOVERY_SECONDS = Metric("deskpulse_recovery_seconds", "counter", "Time spent recovering.")
LABEL_OVERFLOW = Metric(
    "deskpulse_label_overflow", "counter", "Times a label value over the limit was counted as other.", ("label",)
)

METRICS: tuple[Metric, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Metric))
