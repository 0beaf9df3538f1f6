"""What a worker does and has done: records, changelog, alerts, recoveries, wallboards."""

from __future__ import annotations

from stream.metric_names.metric import Metric

UP_PHASE = Metric("deskpulse_up_phase", "gauge", "1 for the phase the worker is in, 0 for the others.", ("phase",))
PARTITIONS_SILENT = Metric(
    "deskpulse_partitions_silent", "gauge", "Partitions of the desk that this worker neither shows nor hears of."
)
STREAMS = Metric("deskpulse_streams", "gauge", "Wallboards that listen to this worker now.")
STREAMS_DROPPED = Metric("deskpulse_streams_dropped", "counter", "Wallboards dropped because they took no message.")
STREAMS_REFUSED = Metric("deskpulse_streams_refused", "counter", "Wallboards turned away because there are too many.")
HTTP_CONNECTIONS = Metric(
    "deskpulse_http_connections",
    "gauge",
    "Open HTTP connections by what they do: idle, reading a request, answering, streaming (doing).",
    ("doing",),
)
HTTP_CONNECTIONS_ENDED = Metric(
    "deskpulse_http_connections_ended",
    "counter",
    "HTTP connections that the worker ended: slow_request, slow_reader, malformed, too_many, too_many_of_address.",
    ("reason",),
)
READY = Metric(
    "deskpulse_ready",
    "gauge",
    "1 when the worker has recovered its partitions, shows their numbers, and its clock is right.",
)
CLOCK_OFFSET = Metric(
    "deskpulse_clock_offset_seconds",
    "gauge",
    "How far the worker's clock is ahead of the broker's; absent while that is not known.",
)
CLOCK_COMPARED = Metric(
    "deskpulse_clock_compared", "gauge", "1 when the broker said within the last minute what time it is."
)
CLOCK_WRONG = Metric(
    "deskpulse_clock_wrong",
    "gauge",
    "1 when the worker's clock and the broker's differ by more than the setting allows.",
)
PARTITIONS_MISPLACED = Metric(
    "deskpulse_partitions_misplaced",
    "gauge",
    "Source partitions that are not read as they should be (problem: grown, unowned, deleted, beyond); by one worker.",
    ("topic", "problem"),
)
GROUP_LOOKS = Metric(
    "deskpulse_group_looks",
    "counter",
    "Times this worker looked at the consumer group on behalf of all, by result: ok or failed.",
    ("result",),
)
CONSUMER_LAG = Metric(
    "deskpulse_consumer_lag_records",
    "gauge",
    "Records of a source partition not yet processed.",
    ("topic", "partition"),
)
NEWEST_EVENT = Metric(
    "deskpulse_newest_event_timestamp_seconds", "gauge", "Newest event time seen or recovered; absent before any event."
)
SNAPSHOT_SECONDS = Metric("deskpulse_snapshot_seconds", "gauge", "What it took to make the last snapshot.")
FRESHNESS = Metric(
    "deskpulse_freshness_seconds",
    "histogram",
    "Event time to metric: age of the newest event of each chunk when the snapshot that shows it is taken.",
)
CHUNK_SECONDS = Metric("deskpulse_chunk_seconds", "histogram", "Time to decode and apply one chunk of records.")
RECORDS = Metric("deskpulse_records", "counter", "Records read.", ("topic",))
RECORDS_READ_AGAIN = Metric(
    "deskpulse_records_read_again",
    "counter",
    "Records that were fetched, got lost inside the worker and were read again.",
    ("topic",),
)
RECORDS_DELETED_UNREAD = Metric(
    "deskpulse_records_deleted_unread",
    "counter",
    "Offsets that the broker deleted before they were read; no number has their events.",
    ("topic",),
)
TOPIC_CUT_BACKS = Metric(
    "deskpulse_topic_cut_backs",
    "counter",
    "Partitions whose log was truncated, lost or created again behind a committed offset, so that they were read again "
    "from their beginning.",
    ("topic",),
)
OFFSETS_MOVED = Metric(
    "deskpulse_offsets_moved",
    "counter",
    "Partitions that were taken over with a committed offset that no worker had committed.",
    ("topic",),
)
EVENTS_APPLIED = Metric("deskpulse_events_applied", "counter", "Events that changed the state of a ticket.")
DUPLICATES = Metric("deskpulse_duplicates", "counter", "Events that were known already and changed nothing.")
EVENT_IDS_REUSED = Metric(
    "deskpulse_event_ids_reused",
    "counter",
    "Events whose id was already known with other content; one of the two counts.",
    ("topic",),
)
VALUES_NOT_UNDERSTOOD = Metric(
    "deskpulse_values_not_understood",
    "counter",
    "Events with a value that is not known and that the policy does not map; it counts as other, or as none.",
    ("field",),
)
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
    "deskpulse_dead_letters_truncated", "counter", "Dead letters that hold only the beginning of the original."
)
SEND_FAILING = Metric(
    "deskpulse_send_failing_seconds",
    "gauge",
    "For how long the oldest send that is tried again has failed by now; 0 while sending works.",
    ("work",),
)
UNSAVED_STATES = Metric(
    "deskpulse_unsaved_states",
    "gauge",
    "States that are larger than the changelog topic takes; no offset of their partitions is committed meanwhile.",
)
NOTICES = Metric(
    "deskpulse_notices",
    "counter",
    "What customers of other partitions were told of their tickets and answers.",
    ("kind",),
)
NOTICES_REFUSED = Metric("deskpulse_notices_refused", "counter", "Of these, what was larger than the topic takes.")
ALERTS = Metric("deskpulse_alerts", "counter", "Alerts that the alerts topic acknowledged, by kind.", ("kind",))
ALERT_DELAY = Metric(
    "deskpulse_alert_delay_seconds",
    "histogram",
    "From the moment a ticket is at risk or breached until the alerts topic has acknowledged it.",
)
ALERTS_SKIPPED = Metric(
    "deskpulse_alerts_skipped", "counter", "Alerts not sent because they were noticed too long after the fact."
)
RELOAD_RESULTS = ("ok", "failed")
"""What becomes of a file that a process reads again: the values of `result`, here and of the other services."""
POLICY_RELOADS = Metric(
    "deskpulse_policy_reloads",
    "counter",
    "Times the policy file was read again, by result: ok, or failed, which keeps the old one.",
    ("result",),
)
LIVE_COUNTS = Metric(
    "deskpulse_live_counts",
    "counter",
    "Records of live counts: written, refused by the broker for their size; of others, unreadable and forged (result).",
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
CHANGELOG_BAD_RECORDS = Metric(
    "deskpulse_changelog_bad_records",
    "gauge",
    "Changelog records of a partition that cannot be read and are set aside until they are repaired.",
    ("partition",),
)
CHANGELOG_LOST = Metric(
    "deskpulse_changelog_lost",
    "counter",
    "Changelog partitions that did not hold what the committed offsets imply, and are rebuilt from the sources.",
)
PARTITIONS_NOT_COMPARABLE = Metric(
    "deskpulse_partitions_not_comparable",
    "gauge",
    "Partitions that other workers count in another way, by why: another version of what numbers mean, or settings.",
    ("reason",),
)
EVICTED = Metric("deskpulse_tickets_evicted", "counter", "Closed tickets forgotten after the retention.")
RECOVERY_RECORDS = Metric("deskpulse_recovery_records", "counter", "Changelog records read while recovering.")
RECOVERY_SECONDS = Metric(
    "deskpulse_recovery_seconds",
    "counter",
    "Time without numbers: from giving them up, or the start, to showing them again.",
)
LABEL_OVERFLOW = Metric(
    "deskpulse_label_overflow", "counter", "Times a label value over the limit was counted as other.", ("label",)
)
