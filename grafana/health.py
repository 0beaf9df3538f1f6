"""The last part of the live desk: whether to believe the numbers above, and which alerts are firing."""

from __future__ import annotations

from grafana.frame import place
from grafana.panels import Json, Query, Style, bars, lines, section, stat, table
from grafana.trust import NO_WORKER, RATE, rate, trust

COUNT = Style("short", "no data", decimals=0)
BYTES = Style("bytes", NO_WORKER)


def _p95(histogram: str) -> str:
    return f"histogram_quantile(0.95, sum by (le) (rate({histogram}_bucket[5m]))) >= 0"


def health() -> list[Json]:
    """Return the rows of panels."""
    return [
        *place(1, (24, section("Freshness and health"))),
        *_at_a_glance(),
        *_workers(),
        *trust(),
        *_flow(),
        *_cost(),
    ]


def _at_a_glance() -> list[Json]:
    late = ((None, "green"), (10, "orange"), (30, "red"))
    ready = Query("sum(deskpulse_ready)", instant=True)
    age = Query("time() - min(deskpulse_snapshot_timestamp_seconds)", instant=True)
    newest = Query("time() - max(deskpulse_newest_event_timestamp_seconds)", instant=True)
    watermark = Query("time() - min(deskpulse_watermark_timestamp_seconds)", instant=True)
    lag = Query("sum(deskpulse_consumer_lag_records)", instant=True)
    steps = ((None, "green"), (1_000, "orange"), (100_000, "red"))
    fresh = Query(_p95("deskpulse_freshness_seconds"))
    none_ready = Style("short", NO_WORKER, steps=((None, "red"), (1, "green")), decimals=0)
    return place(
        4,
        (4, stat("Workers ready", "Workers that show their partitions' numbers.", none_ready, ready)),
        (4, stat("Age of the numbers", "Of the oldest snapshot shown.", Style("s", NO_WORKER, late, 0), age)),
        (4, stat("Event to number, p95", "Of the last 5 minutes.", Style("s", "no event for 5 min", late, 1), fresh)),
        (4, stat("Newest event", "How long ago it happened.", Style("s", "no event yet", decimals=0), newest)),
        (
            4,
            stat(
                "Behind the watermark",
                "Numbers older than this, and the grace period, are final.",
                Style("s", "no event yet", decimals=0),
                watermark,
            ),
        ),
        (4, stat("Records to read", "Lag of all topics.", Style("short", "no data", steps, 0), lag)),
    )


def _workers() -> list[Json]:
    firing = 'max by (alertname, channel, instance, partition, severity) (ALERTS{alertstate="firing"})'
    labels = ("alertname", "severity", "channel", "instance", "partition")
    workers = {
        "ready": Query("max by (instance) (deskpulse_ready)"),
        "partitions": Query("sum by (instance) (deskpulse_partition_owned)"),
        "tickets held": Query("sum by (instance) (deskpulse_tickets_held)"),
        "age": Query("time() - max by (instance) (deskpulse_snapshot_timestamp_seconds)"),
        "phase since start": Query("max by (instance, phase) (deskpulse_up_phase == 1)"),
        "build": Query("max by (instance, version) (deskpulse_build_info)"),
    }
    return place(
        7,
        (
            10,
            table(
                "Alerts that fire",
                "The runbook says what to do.",
                Style("none", "none", decimals=0),
                {"firing": Query(firing)},
                labels={label: label for label in labels},
                units={},
                hidden=("firing",),
            ),
        ),
        (
            14,
            table(
                "Workers",
                "Each holds whole partitions.",
                Style("short", NO_WORKER, decimals=0),
                workers,
                labels={"instance": "worker", "phase": "phase", "version": "version"},
                units={"age": "s", "ready": "bool_yes_no"},
                hidden=("phase since start", "build"),
            ),
        ),
    )


def _flow() -> list[Json]:
    lag = Query("topic:deskpulse_consumer_lag_records:sum", "{{topic}}")
    outcomes = [
        rate("deskpulse_events_applied_total", "", "applied"),
        rate("deskpulse_duplicates_total", "", "duplicate"),
        rate("deskpulse_late_total", "applied", "late, applied: {{applied}}"),
        rate("deskpulse_rekeyed_total", "", "re-keyed"),
        rate("deskpulse_dead_letters_total", "", "dead letter"),
        rate("deskpulse_dead_letters_truncated_total", "", "dead letter, cut short"),
    ]
    # Not increase(): a reason's counter appears with its first record.
    rejected = Query("sum by (topic, reason) (deskpulse_rejected_total)", "{{topic}}: {{reason}}", instant=True)
    reasons = Style("short", "nothing refused", ((None, "orange"),), decimals=0)
    corrections = rate("deskpulse_corrections_total", "pane", "{{pane}}")
    return [
        *place(
            7,
            (6, lines("Records read", "By topic.", RATE, rate("deskpulse_records_total", "topic", "{{topic}}"))),
            (6, lines("What became of them", "", RATE, *outcomes)),
            (6, lines("Records to read by topic", "Lag.", COUNT, lag)),
            (6, bars("Refused since start", "They are in the dead-letter topic, with the reason.", reasons, rejected)),
        ),
        *place(
            6,
            (
                6,
                lines(
                    "Corrections",
                    "Numbers already counted that a later event changed: provisional ones may, final ones hardly.",
                    RATE,
                    corrections,
                ),
            ),
            (
                6,
                lines(
                    "Tickets",
                    "Over all time: opened, retracted (merged, spam, deleted), and those whose opening never came.",
                    COUNT,
                    Query("sum(deskpulse_tickets_held)", "held in memory"),
                    Query("sum(deskpulse_tickets_opened)", "opened"),
                    Query("sum(deskpulse_tickets_retracted)", "retracted"),
                    Query("sum(deskpulse_tickets_without_opening)", "without an opening"),
                ),
            ),
            (
                6,
                lines(
                    "Forgotten and overflowing",
                    "Closed tickets forgotten after the retention; label values counted as other.",
                    RATE,
                    rate("deskpulse_tickets_evicted_total", "", "tickets forgotten"),
                    rate("deskpulse_label_overflow_total", "label", "{{label}} over the limit"),
                ),
            ),
            (
                6,
                lines(
                    "Changelog",
                    "Records acknowledged, written by a worker that had lost the partition, and read in recovery.",
                    RATE,
                    rate("deskpulse_changelog_records_total", "", "written"),
                    rate("deskpulse_foreign_changelog_writes_total", "", "foreign"),
                    rate("deskpulse_recovery_records_total", "", "recovered"),
                ),
            ),
        ),
    ]


def _cost() -> list[Json]:
    seconds = Style("s", NO_WORKER)
    share = Style("percentunit", NO_WORKER, decimals=0)
    chunk = Query(_p95("deskpulse_chunk_seconds"), "one chunk, p95")
    return place(
        6,
        (
            6,
            lines(
                "Time spent",
                "A snapshot is made every second.",
                seconds,
                Query("max(deskpulse_snapshot_seconds)", "the last snapshot"),
                chunk,
            ),
        ),
        (
            6,
            lines(
                "Recovery",
                "Share of the time that a worker spent recovering.",
                share,
                Query("rate(deskpulse_recovery_seconds_total[5m])", "{{instance}}"),
            ),
        ),
        (
            6,
            lines(
                "Changelog bytes",
                "Acknowledged, a second.",
                Style("Bps", NO_WORKER),
                rate("deskpulse_changelog_bytes_total", "", "bytes"),
            ),
        ),
        (
            6,
            lines(
                "Memory of the workers",
                "Resident.",
                BYTES,
                Query('process_resident_memory_bytes{job="deskpulse"}', "{{instance}}"),
            ),
        ),
    )
