"""Deskpulse itself: whether to believe its numbers, which part is in trouble, and what it costs.

The first screen answers the first two; the rest is for those who look for the reason.
"""

from __future__ import annotations

from grafana.believe import READY, fresh, invariant, lag, newest
from grafana.cost import cost, labels
from grafana.frame import dashboard, place
from grafana.heatmaps import heatmap
from grafana.intake import intake
from grafana.links import RULE, linked, outside
from grafana.notify import notify
from grafana.panels import Json, Query, Style, lines, section, stat
from grafana.pipeline import partitions, records
from grafana.rates import AGE_STEPS, COUNT, NO_FAULT, NO_WORKER, quantile
from grafana.shared import shared
from grafana.tables import table
from grafana.trust import ALERTS, NO_ALERT, alerts, policies

_HELD = "count by (partition) (deskpulse_partition_owned == 1)"
# What the workers say; for an hour also when none is left to say it.
_ALL = 'max(last_over_time(deskpulse_definition{name="partitions"}[1h]))'
_EVENTLESS = "no event yet"
_AGES = {
    "newest event": "time() - max(deskpulse_newest_event_timestamp_seconds)",
    "watermark": "time() - min(deskpulse_watermark_timestamp_seconds)",
    "final before": "time() - min(deskpulse_final_until_timestamp_seconds)",
    "snapshot": "time() - min(deskpulse_snapshot_timestamp_seconds)",
}


def at_a_glance() -> list[Json]:
    """Return the first screen."""
    held = Query(f"count({_HELD})", instant=True)
    missing = Query(f"{_ALL} - (count({_HELD}) or 0 * {_ALL})", instant=True)
    twice = Query(f"sum({_HELD} > bool 1)", instant=True)
    up = Query('sum(up{job="deskpulse"})', instant=True)
    ready = Query('sum(deskpulse_ready) / count(up{job="deskpulse"})', instant=True)
    age = Style("s", NO_WORKER, AGE_STEPS, 0)
    event = Style("s", _EVENTLESS, decimals=0)
    share = Style("percentunit", NO_WORKER, ((None, "red"), (1, "green")), decimals=0, maximum=1)
    return [
        *place(
            4,
            (4, stat("Workers up", "Those that answer Prometheus.", READY, up)),
            (4, stat("Workers ready, of all", "Ready: recovered, and showing numbers.", share, ready)),
            (4, stat("Partitions held", "Each is counted by one worker.", READY, held)),
            (4, stat("Partitions missing", "Of those that the desk has; nobody holds them now.", NO_FAULT, missing)),
            (4, stat("Partitions held twice", "Their tickets would count twice.", NO_FAULT, twice)),
            (4, invariant()),
        ),
        *place(
            4,
            (4, fresh()),
            (4, stat("Age of the numbers", "Of the oldest snapshot shown.", age, Query(_AGES["snapshot"]))),
            (4, lag()),
            (4, newest()),
            (
                4,
                stat(
                    "Behind the watermark",
                    "Numbers older than this, and the grace period, are final.",
                    event,
                    Query(_AGES["watermark"]),
                ),
            ),
            (4, stat("Final before", "Numbers older than this are final.", event, Query(_AGES["final before"]))),
        ),
        *place(8, (10, _firing()), (14, _workers())),
    ]


def _firing() -> Json:
    firing = f"max by (alertname, channel, instance, partition, priority, severity) ({ALERTS})"
    names = ("alertname", "severity", "channel", "priority", "instance", "partition")
    return linked(
        table(
            "Alerts that fire",
            "Each leads to its rule, where the link to the runbook says what to do.",
            Style("none", NO_ALERT, decimals=0),
            {"firing": Query(firing)},
            labels={label: label for label in names},
            units={},
            hidden=("firing",),
            widths={"alertname": 220},
        ),
        outside(RULE, "The rule and its runbook"),
    )


def _workers() -> Json:
    return table(
        "Workers",
        "Each holds whole partitions. Not ready: it recovers, and its partitions are missing from every number.",
        Style("short", NO_WORKER, decimals=0),
        {
            "ready": Query("max by (instance) (deskpulse_ready)"),
            "partitions": Query("sum by (instance) (deskpulse_partition_owned)"),
            "tickets held": Query("sum by (instance) (deskpulse_tickets_held)"),
            "age": Query("time() - max by (instance) (deskpulse_snapshot_timestamp_seconds)"),
            "up for": Query('time() - max by (instance) (process_start_time_seconds{job="deskpulse"})'),
            "phase since start": Query("max by (instance, phase) (deskpulse_up_phase == 1)"),
            "build": Query("max by (instance, version) (deskpulse_build_info)"),
            "policy file": Query("max by (instance, digest) (deskpulse_policy_info)"),
        },
        labels={"instance": "worker", "phase": "phase", "version": "version", "digest": "policy"},
        units={"age": "s", "up for": "dtdurations", "ready": "bool_yes_no"},
        hidden=("phase since start", "build", "policy file"),
        widths={"worker": 150},
    )


def freshness() -> list[Json]:
    """Return how old the numbers are, and how long events take to become numbers."""
    metric = "deskpulse_freshness_seconds"
    return [
        *place(1, (24, section("Freshness"))),
        *place(
            8,
            (
                8,
                lines(
                    "Event to number",
                    "From what happened to the snapshot that shows it; over 30 s for 5 minutes warns.",
                    Style("s", "no event for 5 min", AGE_STEPS),
                    *(Query(quantile(q, metric), name) for name, q in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))),
                ),
            ),
            (
                8,
                heatmap(
                    "Event to number, all of it",
                    "Chunks of records a second, by how old their newest event was when it was shown.",
                    Style("cps", "no event"),
                    Query(f"sum by (le) (rate({metric}_bucket[1m]))", "{{le}}"),
                    of="s",
                ),
            ),
            (
                8,
                lines(
                    "How far behind",
                    "Now less the newest event, the watermark, what is final, and the snapshot.",
                    Style("s", _EVENTLESS, decimals=0),
                    *(Query(expr, name) for name, expr in _AGES.items()),
                ),
            ),
        ),
    ]


def phases() -> list[Json]:
    """Return what the workers did, and when."""
    by_phase = Query("sum by (phase) (deskpulse_up_phase)", "{{phase}}")
    owned = Query("sum by (instance) (deskpulse_partition_owned)", "{{instance}}")
    return [
        *place(1, (24, section("Workers and partitions"))),
        *place(
            7,
            (6, lines("Workers by phase", "Only one that is ready shows numbers.", COUNT, by_phase, stacked=True)),
            (6, lines("Partitions by worker", "They move when a worker comes or goes.", COUNT, owned, stacked=True)),
            *partitions(),
        ),
    ]


def deskpulse_itself() -> Json:
    """Return the whole dashboard."""
    return dashboard(
        uid="deskpulse-itself",
        title="Deskpulse itself",
        description="Whether to believe the numbers, which part of Deskpulse is in trouble, and what it costs.",
        parts=[
            at_a_glance(),
            freshness(),
            phases(),
            records(),
            intake(),
            shared(),
            alerts(),
            notify(),
            policies(),
            cost(),
            labels(),
        ],
    )
