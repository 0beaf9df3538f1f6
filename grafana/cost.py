"""What Deskpulse costs: time, memory, series; and what its label values cost."""

from __future__ import annotations

from grafana import pipeline
from grafana import queries as q
from grafana.frame import DIMENSIONS, place
from grafana.panels import Json, Query, Style, bars, lines, section, stat
from grafana.rates import BYTES, COUNT, NO_WORKER, RATE, quantile, rate

_SECONDS = Style("s", NO_WORKER)
_WORKERS = '{job="deskpulse"}'
_TICKETS = "deskpulse_backlog_tickets"


def cost() -> list[Json]:
    """Return what a worker spends."""
    chunk = "deskpulse_chunk_seconds"
    chunks = [Query(quantile(value, chunk), name) for name, value in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))]
    changelog = rate("deskpulse_changelog_bytes_total", "", "bytes")
    cores = Query(f"rate(process_cpu_seconds_total{_WORKERS}[5m])", "{{instance}}")
    memory = Query(f"process_resident_memory_bytes{_WORKERS}", "{{instance}}")
    scrape = Query(f"scrape_duration_seconds{_WORKERS}", "{{instance}}")
    # A snapshot a second: what takes longer falls behind.
    snapshot = Style("s", NO_WORKER, ((None, "green"), (0.5, "orange"), (1, "red")))
    # Prometheus gives up after 8 s.
    scraped = Style("s", NO_WORKER, ((None, "green"), (4, "orange"), (8, "red")))
    files = Query(f"process_open_fds{_WORKERS} / process_max_fds{_WORKERS}", "{{instance}}")
    share = Style("percentunit", NO_WORKER, ((None, "green"), (0.8, "red")), decimals=1)
    return [
        *place(1, (24, section("Time, memory and space"))),
        *place(
            7,
            (6, lines("One chunk", "To decode and apply the records of one read.", _SECONDS, *chunks)),
            (
                6,
                lines(
                    "One snapshot",
                    "A worker makes one every second.",
                    snapshot,
                    Query("max by (instance) (deskpulse_snapshot_seconds)", "{{instance}}"),
                ),
            ),
            (6, lines("Processor", "Cores in use, by worker.", Style("none", NO_WORKER, decimals=2), cores)),
            (6, lines("Memory of the workers", "Resident.", BYTES, memory)),
        ),
        *place(
            7,
            (6, lines("Changelog bytes", "Acknowledged, a second.", Style("Bps", NO_WORKER), changelog)),
            (6, lines("One scrape", "Prometheus gives up after 8 s.", scraped, scrape)),
            (6, pipeline.tickets()),
            (6, lines("Open files", "Of those that the process may have.", share, files)),
        ),
    ]


def labels() -> list[Json]:
    """Return how many label values and series there are, under the variables above."""
    known = ", ".join(DIMENSIONS)
    values = []
    for name in DIMENSIONS:
        tickets = q.select(_TICKETS, f'{name}!=""')  # a dimension that is no label has no value
        values.append(Query(f"count(count by ({name}) ({tickets}))", name, instant=True))
    combined = Query(f"count(count by ({known}) ({q.select(_TICKETS)}))", instant=True)
    overflow = Query("sum by (label) (deskpulse_label_overflow_total)", "{{label}}", instant=True)
    over = Style("short", "no value is over the limit, or no worker", ((None, "green"), (1, "orange")), decimals=0)
    series = Query(f"scrape_samples_scraped{_WORKERS}", "{{instance}}")
    blue = Style("short", "no ticket", ((None, "blue"),), decimals=0)
    forgotten = rate("deskpulse_tickets_evicted_total", "", "tickets")
    return [
        *place(1, (24, section("Labels and series"))),
        *place(
            7,
            (5, bars("Values of labels", "Among the tickets that the variables above choose.", blue, *values)),
            (4, stat("Combinations", "Each costs up to 1,000 series a worker.", COUNT, combined)),
            (5, bars("Over the limit", "Values counted as “other”, since start.", over, overflow)),
            (5, lines("Series by worker", "What one scrape of it has.", COUNT, series)),
            (5, lines("Forgotten", "Closed tickets after the retention.", RATE, forgotten)),
        ),
    ]
