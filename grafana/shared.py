"""What workers tell each other and show on walls: live counts, wallboards that listen, and HTTP connections."""

from __future__ import annotations

from grafana.frame import place
from grafana.panels import Json, Query, Style, lines, section, stat
from grafana.rates import COUNT, NO_FAULT, NO_WORKER, RATE, rate


def shared() -> list[Json]:
    """Return the row of panels."""
    silent = Query("max(deskpulse_partitions_silent)")
    listening = Query("sum by (instance) (deskpulse_streams)", "{{instance}}")
    turned_away = [
        rate("deskpulse_streams_dropped_total", "", "dropped: took no message"),
        rate("deskpulse_streams_refused_total", "", "refused: too many"),
    ]
    connections = Query("sum by (doing) (deskpulse_http_connections)", "{{doing}}")
    ended = rate("deskpulse_http_connections_ended_total", "reason", "{{reason}}")
    counts = rate("deskpulse_live_counts_total", "result", "{{result}}")
    size = rate("deskpulse_live_counts_bytes_total", "", "written")
    return [
        *place(1, (24, section("Wallboards and live counts"))),
        *place(
            6,
            (4, stat("Partitions unheard of", "Neither shown by a worker nor heard of by it.", NO_FAULT, silent)),
            (5, lines("Live counts", "Records that tell all workers of a partition.", RATE, counts)),
            (5, lines("Live counts, bytes", "Before compression, a second.", Style("Bps", NO_WORKER), size)),
            (5, lines("Wallboards", "That listen, by worker.", COUNT, listening, stacked=True)),
            (5, lines("Wallboards sent away", "Dropped or refused, a second.", RATE, *turned_away)),
        ),
        *place(
            6,
            (12, lines("HTTP connections", "Open ones, by what they do.", COUNT, connections, stacked=True)),
            (12, lines("HTTP connections ended", "By the worker, for a reason, a second.", RATE, ended)),
        ),
    ]
