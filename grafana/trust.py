"""Who was told what, and by which definitions the workers count."""

from __future__ import annotations

from grafana.frame import place
from grafana.links import linked, to
from grafana.panels import NONE_WANTED, Json, Query, Style, bars, lines, section, stat
from grafana.rates import AGE_STEPS, NO_FAULT, NO_WORKER, RATE, quantile, rate
from grafana.tables import table

# All but the heartbeat, which always fires so that its end is noticed.
ALERTS = 'ALERTS{alertstate="firing", severity!="none"}'
# Without the rules none fires either.
NO_ALERT = "no alert fires, or no rule is loaded"
_BLUE = ((None, "blue"),)


def alerts() -> list[Json]:
    """Return which alerts went to the alerts topic, to customers' other partitions, and to people."""
    # Not increase(): few alerts are sent, and a worker that has just started has sent none.
    sent = Query("sum by (kind) (deskpulse_alerts_total)", "{{kind}}", instant=True)
    delay = "deskpulse_alert_delay_seconds"
    late = [Query(quantile(q, delay), name) for name, q in (("p50", 0.5), ("p95", 0.95))]
    skipped = Query("sum(deskpulse_alerts_skipped_total)", instant=True)
    firing = Query(f"count by (severity) ({ALERTS})", "{{severity}}")
    severities = Style("short", NO_ALERT, decimals=0, colors={"critical": "red", "warning": "orange"})
    delivered = Query("sum by (integration) (rate(alertmanager_notifications_total[5m])) > 0", "{{integration}}")
    failed = Query("sum(rate(alertmanager_notifications_failed_total[5m]))", "failed")
    return [
        *place(1, (24, section("Alerts"))),
        *place(
            7,
            (
                5,
                linked(
                    bars(
                        "Alerts since start",
                        "On the alerts topic: one for each ticket at risk or breached, and each bad comment.",
                        Style("short", NO_WORKER, _BLUE, decimals=0),
                        sent,
                    ),
                    to("response-times-and-sla", "What was promised: Response times and SLA"),
                ),
            ),
            (3, stat("Never sent", "Alerts noticed too long after the fact.", NO_FAULT, skipped)),
            (
                4,
                lines(
                    "Alert delay",
                    "From the breach to its alert; over 30 s for 5 minutes warns.",
                    Style("s", "no worker, or no alert for 5 min", AGE_STEPS),
                    *late,
                ),
            ),
            (4, lines("Alerts that fired", "By severity.", severities, firing, stacked=True)),
            (
                4,
                lines(
                    "Told to people",
                    "What Alertmanager sent and could not send, a second.",
                    Style("cps", "Alertmanager sent nothing"),
                    delivered,
                    failed,
                ),
            ),
            (
                4,
                lines(
                    "Told across partitions",
                    "What customers are told of their tickets and answers, which live in other partitions.",
                    RATE,
                    rate("deskpulse_notices_total", "kind", "{{kind}}"),
                    rate("deskpulse_notices_refused_total", "", "too large for the broker"),
                ),
            ),
        ),
    ]


def policies() -> list[Json]:
    """Return which definitions, policy files and versions are in force, and on how many workers."""
    reloads = {
        "read again": Query('sum by (instance) (deskpulse_policy_reloads_total{result="ok"})'),
        "failed": Query('sum by (instance) (deskpulse_policy_reloads_total{result="failed"})'),
        "policy": Query("max by (instance, digest) (deskpulse_policy_info)"),
    }
    definitions = "responder, agent_opened, nps_min_n, labels, today, service_level"
    wrong = Style("short", NO_WORKER, NONE_WANTED, decimals=0)
    workers = Style("short", NO_WORKER, decimals=0)
    versions = Query("count by (version) (deskpulse_build_info)")
    return [
        *place(1, (24, section("Definitions, policy files and versions"))),
        *place(
            6,
            (
                6,
                table(
                    "Policy files",
                    "A digest names a policy: workers of one desk have the same.",
                    wrong,
                    reloads,
                    labels={"instance": "worker", "digest": "digest"},
                    units={},
                    graded=("failed",),
                    hidden=("policy",),
                ),
            ),
            (
                10,
                table(
                    "Definitions in force",
                    "One row: more than one means that workers count by different definitions.",
                    workers,
                    {"workers": Query(f"count by ({definitions}) (deskpulse_variant_info)")},
                    labels={name: name.replace("_", " ") for name in definitions.split(", ")},
                    units={},
                ),
            ),
            (
                5,
                table(
                    "Numbers of the definitions",
                    "Of the policy file and the settings; two rows of a name mean that workers differ.",
                    Style("short", NO_WORKER, minimum=None),
                    {"number": Query("max by (name) (deskpulse_definition)")},
                    labels={"name": "name"},
                    units={},
                ),
            ),
            (
                3,
                table(
                    "Versions",
                    "Two at a time only while a new one is rolled out.",
                    workers,
                    {"workers": versions},
                    labels={"version": "version"},
                    units={},
                ),
            ),
        ),
    ]
