"""What became of the records that were read, and what is kept of them."""

from __future__ import annotations

from grafana.frame import place
from grafana.panels import Json, Query, Style, bars, lines, section
from grafana.rates import COUNT, NO_WORKER, RATE, rate


def partitions() -> tuple[tuple[int, Json], ...]:
    """Return what taking a partition over takes, and what is written for the next to do so."""
    share = Style("percentunit", NO_WORKER, decimals=0)
    return (
        (
            6,
            lines(
                "Recovery",
                "Share of its time that a worker spent recovering.",
                share,
                Query("rate(deskpulse_recovery_seconds_total[5m])", "{{instance}}"),
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
    )


def records() -> list[Json]:
    """Return the way of a record: read, and applied, known already, late, re-keyed or refused."""
    outcomes = [
        rate("deskpulse_events_applied_total", "", "applied"),
        rate("deskpulse_duplicates_total", "", "duplicate"),
        rate("deskpulse_dead_letters_total", "", "dead letter"),
        rate("deskpulse_rekeyed_total", "", "re-keyed"),
        rate("deskpulse_event_ids_reused_total", "", "event id reused"),
    ]
    unclear = Query("sum by (field) (deskpulse_values_not_understood_total)", "{{field}}", instant=True)
    values = Style("short", "no worker", ((None, "green"), (1, "orange")), decimals=0)
    # Not increase(): a reason's counter appears with its first record.
    rejected = Query("sum by (topic, reason) (deskpulse_rejected_total)", "{{topic}}: {{reason}}", instant=True)
    reasons = Style("short", "nothing refused, or no worker", ((None, "orange"),), decimals=0)
    lag = Query("topic:deskpulse_consumer_lag_records:sum", "{{topic}}")
    slowest = Query("topk(5, sum by (topic, partition) (deskpulse_consumer_lag_records))", "{{topic}} {{partition}}")
    waiting = Style("short", NO_WORKER, ((None, "green"), (1_000, "orange")), decimals=0)
    return [
        *place(1, (24, section("Records"))),
        *place(
            7,
            (6, lines("Records read", "By topic.", RATE, rate("deskpulse_records_total", "topic", "{{topic}}"))),
            (
                6,
                lines(
                    "What became of them",
                    "A duplicate was known already; a dead letter refused; a reused id had other content.",
                    RATE,
                    *outcomes,
                ),
            ),
            (6, lines("Records to read by topic", "Lag; growing over 1,000 for 5 minutes warns.", waiting, lag)),
            (6, lines("The five slowest partitions", "Records to read, by topic and partition.", waiting, slowest)),
        ),
        *place(
            7,
            *((5, panel) for panel in _exceptions()),
            (4, bars("Refused since start", "They are in the dead-letter topic, with the reason.", reasons, rejected)),
            (5, bars("Values not understood", "Since start; `deskpulse check` lists them.", values, unclear)),
        ),
        *place(7, *((8, panel) for panel in _losses())),
        *place(7, *((6, panel) for panel in _checks())),
    ]


def _losses() -> list[Json]:
    """Return what should not happen between Kafka and the numbers, on the way in and on the way out."""
    failing = Style("s", NO_WORKER, ((None, "green"), (120, "red")))
    unsaved = Style("short", NO_WORKER, ((None, "green"), (1, "red")), decimals=0)
    return [
        lines(
            "Lost on the way in",
            "Records read again or deleted unread, logs that were cut back, and committed offsets that were moved.",
            RATE,
            rate("deskpulse_records_read_again_total", "topic", "read again: {{topic}}"),
            rate("deskpulse_records_deleted_unread_total", "topic", "deleted unread: {{topic}}"),
            rate("deskpulse_topic_cut_backs_total", "topic", "cut back: {{topic}}"),
            rate("deskpulse_offsets_moved_total", "topic", "moved: {{topic}}"),
        ),
        lines(
            "Writes that fail",
            "For how long, by what is written; two minutes are critical.",
            failing,
            Query("max by (work) (deskpulse_send_failing_seconds)", "{{work}}"),
        ),
        lines(
            "States too large to be saved",
            "They count; but no offset of their partitions is committed.",
            unsaved,
            Query("sum by (instance) (deskpulse_unsaved_states)", "{{instance}}"),
        ),
    ]


def _checks() -> list[Json]:
    """Return what workers check besides the records: partitions, changelogs, clocks, and each other."""
    none = Style("short", NO_WORKER, ((None, "green"), (1, "red")), decimals=0)
    seconds = Style("s", NO_WORKER)
    return [
        lines(
            "Source partitions that are misplaced",
            "Grown, without a worker, deleted unread, committed beyond the end; and looks at the group that failed.",
            none,
            Query("max by (topic, problem) (deskpulse_partitions_misplaced)", "{{topic}}: {{problem}}"),
            rate('deskpulse_group_looks_total{result="failed"}', "", "failed looks"),
        ),
        lines(
            "Changelog faults",
            "Changelogs that were lost and are rebuilt, and records that cannot be read.",
            none,
            Query("sum(deskpulse_changelog_lost_total)", "lost"),
            Query("sum by (partition) (deskpulse_changelog_bad_records)", "bad records of partition {{partition}}"),
        ),
        lines(
            "Partitions that cannot be added up",
            "Other workers count them by other settings, or another version of what numbers mean.",
            none,
            Query("max by (reason) (deskpulse_partitions_not_comparable)", "{{reason}}"),
        ),
        lines(
            "Clocks",
            "How far each worker's clock is ahead of the broker's, and workers whose clock is wrong or not compared.",
            seconds,
            Query("deskpulse_clock_offset_seconds", "{{instance}}"),
            Query("sum(deskpulse_clock_wrong)", "wrong clocks"),
            Query("count(deskpulse_clock_compared == 0)", "clocks not compared"),
        ),
    ]


def _exceptions() -> list[Json]:
    written = [
        rate("deskpulse_dead_letters_total", "", "acknowledged"),
        rate("deskpulse_dead_letters_truncated_total", "", "cut short"),
    ]
    return [
        lines("Dead letters", "Refused records that the dead-letter topic has.", RATE, *written),
        lines(
            "Late",
            "Events of a time that was final: applied if their ticket is held, else left out.",
            RATE,
            rate("deskpulse_late_total", "applied", "applied: {{applied}}"),
        ),
        lines(
            "Corrections",
            "Numbers already counted that a later event changed: provisional ones may, final ones hardly.",
            RATE,
            rate("deskpulse_corrections_total", "pane", "{{pane}}"),
        ),
    ]


def tickets() -> Json:
    """Return what is held of tickets."""
    return lines(
        "Tickets",
        "Over all time: opened, retracted (merged, spam, deleted), and those whose opening never came.",
        COUNT,
        Query("sum(deskpulse_tickets_held)", "held in memory"),
        Query("sum(deskpulse_tickets_opened)", "opened"),
        Query("sum(deskpulse_tickets_retracted)", "retracted"),
        Query("sum(deskpulse_tickets_without_opening)", "without an opening"),
    )
