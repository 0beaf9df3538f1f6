"""Alerts on their way to receivers: what was accepted, what was not and why, and how long it takes."""

from __future__ import annotations

from grafana.frame import place
from grafana.panels import Json, Query, Style, lines, section, stat
from grafana.rates import quantile

_NO_SERVICE = "no notify runs"
_RATE = Style("cps", _NO_SERVICE, decimals=2)
_DELIVERY = "deskpulse_notify_delivery_seconds"
# As DeskpulseNotifyLate has it: five minutes is too long.
_WAIT_STEPS = ((None, "green"), (60, "orange"), (300, "red"))


def _rates(counter: str, by: str = "") -> Query:
    labels, legend = ("receiver, " + by, "{{receiver}}: {{" + by + "}}") if by else ("receiver", "{{receiver}}")
    return Query(f"sum by ({labels}) (rate({counter}[5m]))", legend)


def notify() -> list[Json]:
    """Return the rows of panels."""
    oldest = Query("max by (receiver) (deskpulse_notify_oldest_unsent_seconds)", "{{receiver}}")
    lag = Query("sum by (receiver) (deskpulse_notify_lag_records)", "{{receiver}}")
    again = Query("sum by (receiver) (rate(deskpulse_notify_retried_total[5m]))", "{{receiver}}: tried again")
    copies = Query("sum by (receiver) (rate(deskpulse_notify_duplicates_total[5m]))", "{{receiver}}: copies left out")
    given_up = Query("sum by (receiver, reason) (deskpulse_notify_dead_letters_total)", "{{receiver}}: {{reason}}")
    deleted = Query("sum by (receiver) (deskpulse_notify_deleted_unsent_total)", "{{receiver}}: deleted unsent")
    reloads = Query('sum by (instance) (increase(deskpulse_notify_reloads_total{result="failed"}[1h]))', "{{instance}}")
    slow = [Query(quantile(q, _DELIVERY), name) for name, q in (("p50", 0.5), ("p95", 0.95))]
    waits, count = Style("s", _NO_SERVICE, _WAIT_STEPS), Style("short", _NO_SERVICE, decimals=0)
    wanted = Style("short", _NO_SERVICE, ((None, "green"), (1, "red")), decimals=0)
    return [
        *place(1, (24, section("Alerts to receivers"))),
        *place(
            7,
            (8, lines("Alerts accepted", "By receivers, a second.", _RATE, _rates("deskpulse_notify_sent_total"))),
            (
                8,
                lines(
                    "Alerts not accepted",
                    "Attempts that failed, by receiver and why, a second.",
                    _RATE,
                    _rates("deskpulse_notify_failed_total", "reason"),
                ),
            ),
            (8, lines("Attempts after the first", "And copies that were not posted, a second.", _RATE, again, copies)),
        ),
        *place(
            7,
            (5, lines("Oldest alert not accepted", "Over 5 minutes warns.", waits, oldest)),
            (5, lines("Alerts to send", "Records that are not done with for a receiver.", count, lag)),
            (
                5,
                lines(
                    "From alert to receiver",
                    "Until a receiver accepted it.",
                    Style("s", "no notify runs, or no alert for 5 min"),
                    *slow,
                ),
            ),
            (
                5,
                stat(
                    "Alerts given up",
                    "In the dead-letter topic, or deleted before they were sent.",
                    wanted,
                    given_up,
                    deleted,
                ),
            ),
            (
                4,
                stat(
                    "Receiver reloads failed",
                    "Times in the last hour that a changed file of receivers was wrong; the one from before stays.",
                    wanted,
                    reloads,
                ),
            ),
        ),
    ]
