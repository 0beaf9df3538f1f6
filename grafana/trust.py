"""Whether the numbers agree with each other, until when they are final, and who was told what."""

from __future__ import annotations

from grafana.frame import place
from grafana.panels import NONE_WANTED, Json, Query, Style, bars, lines, stat, table

NO_WORKER = "no worker"
RATE = Style("cps", "no data", decimals=1)


def rate(counter: str, by: str, legend: str) -> Query:
    """Return how fast a counter grows, by a label or in all."""
    return Query(f"sum by ({by}) (rate({counter}[5m]))" if by else f"sum(rate({counter}[5m]))", legend)


def trust() -> list[Json]:
    """Return the row of panels."""
    final = Query("time() - min(deskpulse_final_until_timestamp_seconds)", instant=True)
    error = Query("max(abs(deskpulse_invariant_error_tickets))", instant=True)
    # Not increase(): few alerts are sent, and a worker that has just started has sent none.
    alerts = Query("sum by (kind) (deskpulse_alerts_total)", "{{kind}}", instant=True)
    skipped = Query("sum(deskpulse_alerts_skipped_total)", "too late to be sent", instant=True)
    policies = {
        "read again": Query('sum by (instance) (deskpulse_policy_reloads_total{result="ok"})'),
        "failed": Query('sum by (instance) (deskpulse_policy_reloads_total{result="failed"})'),
        "policy": Query("max by (instance, digest) (deskpulse_policy_info)"),
    }
    wrong = Style("short", NO_WORKER, NONE_WANTED, decimals=0)
    return place(
        6,
        (4, stat("Backlog less flow", "Counted in two ways; anything but 0 is a fault.", wrong, error)),
        (4, stat("Final before", "Numbers older than this are final.", Style("s", "no event yet", decimals=0), final)),
        (
            6,
            bars(
                "Alerts since start",
                "On the alerts topic: one for each ticket at risk or breached, and each bad comment.",
                Style("short", NO_WORKER, ((None, "blue"),), decimals=0),
                alerts,
                skipped,
            ),
        ),
        (
            5,
            table(
                "Policy files",
                "A digest names a policy: workers of one desk have the same.",
                wrong,
                policies,
                labels={"instance": "worker", "digest": "digest"},
                units={},
                graded=("failed",),
                hidden=("policy",),
            ),
        ),
        (
            5,
            lines(
                "Told across partitions",
                "What customers are told of their tickets and answers, which live in other partitions.",
                RATE,
                rate("deskpulse_notices_total", "kind", "{{kind}}"),
                rate("deskpulse_notices_refused_total", "", "too large for the broker"),
            ),
        ),
    )
