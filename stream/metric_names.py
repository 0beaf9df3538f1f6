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
    """One metric family. The name of a counter is without the `_total` that its samples have.

    summed: whether a gauge histogram knows the sum of what it counts.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    summed: bool = True

    @property
    def series(self) -> tuple[str, ...]:
        """Return the names its samples have in an exposition."""
        if self.kind == "counter":
            return (f"{self.name}_total",)
        if self.kind == "histogram":
            return tuple(f"{self.name}_{part}" for part in ("bucket", "count", "sum"))
        if self.kind == "gaugehistogram":
            parts = ("bucket", "gcount", "gsum") if self.summed else ("bucket",)
            return tuple(f"{self.name}_{part}" for part in parts)
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
FLOW_TICKETS = Metric(
    "deskpulse_flow_tickets",
    "gauge",
    "Tickets opened, reopened, resolved, abandoned or retracted (flow) in the window.",
    ("window", "flow", DIMENSIONS),
)
INVARIANT_ERROR = Metric(
    "deskpulse_invariant_error_tickets",
    "gauge",
    "Open tickets now, less opened + reopened - resolved - abandoned over all time. Anything but 0 is a fault.",
)
SERVICE_LEVEL_CONTACTS = Metric(
    "deskpulse_service_level_contacts",
    "gauge",
    "Contacts with a target in the window: answered, abandoned, of these within the target, abandoned at once (short).",
    ("window", "contact", DIMENSIONS),
)
HANDLING_TICKETS = Metric(
    "deskpulse_handling_tickets",
    "gauge",
    "Tickets opened in the window, of these transferred, escalated, offered, given_up; and their transfers.",
    ("window", "handling", DIMENSIONS),
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
ENPS_ANSWERS = Metric(
    "deskpulse_enps_answers",
    "gauge",
    "Scored answers of employees in the window, by group as for NPS.",
    ("window", "attribute_to", "group", DIMENSIONS),
)
ENPS_UNSCORED = Metric(
    "deskpulse_enps_unscored",
    "gauge",
    "Answers of employees without a score in the window; they count nowhere else.",
    ("window", "attribute_to", DIMENSIONS),
)
CSAT_ANSWERS = Metric(
    "deskpulse_csat_answers",
    "gauge",
    "CSAT answers in the window: satisfied, other, unscored, or unscaled (on a scale that the policy does not know).",
    ("window", "group", DIMENSIONS),
)
CES_ANSWERS = Metric(
    "deskpulse_ces_answers",
    "gauge",
    "Scored customer effort answers in the window: low_effort or other, by the top of their scale.",
    ("window", "scale", "group", DIMENSIONS),
)
CES_SCORE = Metric(
    "deskpulse_ces_score",
    "gauge",
    "Sum of the customer effort scores in the window, in points of the scale.",
    ("window", "scale", DIMENSIONS),
)
SATISFACTION_ANSWERS = Metric(
    "deskpulse_satisfaction_answers",
    "gauge",
    "Judged answers to NPS, CSAT and customer effort in the window: satisfied or other, by touchpoint.",
    ("window", "touchpoint", "group", DIMENSIONS),
)
SURVEYS = Metric(
    "deskpulse_surveys",
    "gauge",
    "Surveys whose time to be answered was over in the window (sent), and those answered in that time.",
    ("window", "outcome", DIMENSIONS),
)
SURVEYS_IMMATURE = Metric(
    "deskpulse_surveys_immature", "gauge", "Surveys sent whose time to be answered is not over yet, now.", (DIMENSIONS,)
)
SURVEYS_BY = Metric(
    "deskpulse_surveys_by",
    "gauge",
    "Surveys as in deskpulse_surveys, by each channel and each segment (by, value).",
    ("window", "by", "value", "outcome"),
)
BAD_COMMENTS = Metric(
    "deskpulse_bad_comments", "gauge", "Low scores with a comment in the window.", ("window", DIMENSIONS)
)
DRIVER_ANSWERS = Metric(
    "deskpulse_driver_answers",
    "gauge",
    "NPS and CSAT answers about tickets in the window, low or other, by what is known of the ticket (factor, value).",
    ("window", "factor", "value", "group"),
)
CUSTOMERS = Metric("deskpulse_customers", "gauge", "Customers now.")
CUSTOMER_CHANGES = Metric(
    "deskpulse_customer_changes", "gauge", "Customers acquired and lost in the window.", ("window", "change")
)
CUSTOMER_TENURE_CUSTOMERS = Metric(
    "deskpulse_customer_tenure_customers", "gauge", "Customers now, by how long they have been customers.", ("age",)
)
CUSTOMER_TENURE_YEARS = Metric(
    "deskpulse_customer_tenure_years",
    "gauge",
    "Sum of how long the customers of now have been customers, in years of 365.25 days.",
)
LONG_TENURE_CUSTOMERS = Metric(
    "deskpulse_long_tenure_customers",
    "gauge",
    "Customers of long tenure now: all, those whose last NPS answer had a score (scored), and promoters.",
    ("group",),
)
CUSTOMER_LIFESPANS = Metric("deskpulse_customer_lifespans", "gauge", "Times that somebody became a customer, ever.")
CUSTOMER_LIFESPAN_YEARS = Metric(
    "deskpulse_customer_lifespan_years",
    "gauge",
    "Sum of how long these lasted, or have lasted so far, in years of 365.25 days.",
)
PURCHASES = Metric(
    "deskpulse_purchases",
    "gauge",
    "In the window: purchases, those of them with an amount (priced), and customers whose latest purchase it was.",
    ("window", "purchase"),
)
PURCHASE_REVENUE = Metric(
    "deskpulse_purchase_revenue",
    "gauge",
    "Sum of the amounts of the purchases in the window, in the currency of the events.",
    ("window",),
)
CUSTOMER_SIGNALS = Metric(
    "deskpulse_customer_signals", "gauge", "Signals of effort in the window.", ("window", "signal")
)
SIGNAL_CUSTOMERS = Metric(
    "deskpulse_signal_customers",
    "gauge",
    "Customers whose latest signal of the kind lies in the window.",
    ("window", "signal"),
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
WINDOW_SECONDS = Metric("deskpulse_window_seconds", "gauge", "Length of each window now; today grows.", ("window",))
VARIANT_INFO = Metric(
    "deskpulse_variant_info",
    "gauge",
    "Always 1; the labels say which variant of each definition is in force.",
    ("responder", "agent_opened", "nps_min_n", "labels", "today", "service_level"),
)
POLICY_INFO = Metric("deskpulse_policy_info", "gauge", "Always 1; the digest tells policies apart.", ("digest",))
BUILD_INFO = Metric("deskpulse_build_info", "gauge", "Always 1; the labels say which software runs.", ("version",))

UP_PHASE = Metric("deskpulse_up_phase", "gauge", "1 for the phase the worker is in, 0 for the others.", ("phase",))
DEFINITION = Metric("deskpulse_definition", "gauge", "A number of the definitions in force, by its name.", ("name",))
PARTITIONS_SILENT = Metric(
    "deskpulse_partitions_silent", "gauge", "Partitions of the desk that this worker neither shows nor hears of."
)
STREAMS = Metric("deskpulse_streams", "gauge", "Wallboards that listen to this worker now.")
STREAMS_DROPPED = Metric("deskpulse_streams_dropped", "counter", "Wallboards dropped because they took no message.")
STREAMS_REFUSED = Metric("deskpulse_streams_refused", "counter", "Wallboards turned away because there are too many.")
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
FINAL_UNTIL = Metric(
    "deskpulse_final_until_timestamp_seconds",
    "gauge",
    "Event time before which numbers are final, of the slowest partition; absent before any event.",
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
NOTICES = Metric(
    "deskpulse_notices",
    "counter",
    "What customers of other partitions were told of their tickets and answers.",
    ("kind",),
)
NOTICES_REFUSED = Metric("deskpulse_notices_refused", "counter", "Of these, what the broker did not take for its size.")
ALERTS = Metric("deskpulse_alerts", "counter", "Alerts that the alerts topic acknowledged, by kind.", ("kind",))
ALERTS_SKIPPED = Metric(
    "deskpulse_alerts_skipped", "counter", "Alerts not sent because they were noticed too long after the fact."
)
POLICY_RELOADS = Metric(
    "deskpulse_policy_reloads",
    "counter",
    "Times the policy file was read again, by result: ok, or failed, which keeps the old one.",
    ("result",),
)
LIVE_COUNTS = Metric(
    "deskpulse_live_counts",
    "counter",
    "Records of live counts: written, refused by the broker for their size, unreadable ones of other workers (result).",
    ("result",),
)
LIVE_COUNTS_BYTES = Metric("deskpulse_live_counts_bytes", "counter", "Bytes of those written, before compression.")
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
