"""Webhooks: what came of them, whether they are believed, and how long their senders wait for an answer."""

from __future__ import annotations

from grafana.frame import place
from grafana.panels import Json, Query, Style, lines, section, stat
from grafana.rates import quantile

_NO_INTAKE = "no intake runs"
_RATE = Style("cps", _NO_INTAKE, decimals=1)
_ANSWER = "deskpulse_intake_answer_seconds"


def intake() -> list[Json]:
    """Return the rows of panels."""
    failing = Style("s", _NO_INTAKE, ((None, "green"), (1, "red")), 0)
    silent = Style("s", "nothing accepted yet, or no intake", decimals=0)
    outcomes = Query(
        "sum by (source, outcome) (rate(deskpulse_intake_deliveries_total[5m])) > 0", "{{source}}: {{outcome}}"
    )
    refused = Query("sum by (source, doubt) (rate(deskpulse_intake_refused_total[5m])) > 0", "{{source}}: {{doubt}}")
    events = Query("sum by (source) (rate(deskpulse_intake_events_total[5m]))", "{{source}}")
    letters = Query("sum by (source) (rate(deskpulse_intake_dead_letters_total[5m]))", "{{source}}: dead letters")
    reloads = Query('sum by (instance) (increase(deskpulse_intake_reloads_total{result="failed"}[1h]))', "{{instance}}")
    wrong = Style("short", _NO_INTAKE, ((None, "green"), (1, "red")), decimals=0)
    last = Query("time() - max by (source) (deskpulse_intake_last_accepted_timestamp_seconds)", "{{source}}")
    return [
        *place(1, (24, section("Webhooks"))),
        *place(
            7,
            (
                4,
                stat(
                    "Not acknowledged for",
                    "How long Kafka has acknowledged nothing; senders are answered 503 meanwhile.",
                    failing,
                    Query("max(deskpulse_intake_failing_seconds)"),
                ),
            ),
            (10, lines("What became of webhooks", "Deliveries by sender and what became of them.", _RATE, outcomes)),
            (10, lines("Webhooks refused", "Deliveries that were not believed, by sender and why.", _RATE, refused)),
        ),
        *place(
            7,
            (
                4,
                stat(
                    "Webhook reloads failed",
                    "Times in the last hour that a changed file of senders was wrong; the one from before stays.",
                    wrong,
                    reloads,
                ),
            ),
            (7, lines("Events of webhooks", "Acknowledged by Kafka; and dead letters.", _RATE, events, letters)),
            (7, lines("Since the last webhook", "That became events, by sender.", silent, last)),
            (
                6,
                lines(
                    "Answers to webhooks",
                    "From the headers of a delivery to its answer, with Kafka's acknowledgement.",
                    Style("s", "no webhook for 5 min"),
                    *(Query(quantile(q, _ANSWER), name) for name, q in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))),
                ),
            ),
        ),
    ]
