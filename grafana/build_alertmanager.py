"""Write Alertmanager's configuration: `python -m grafana.build_alertmanager` in the project's root.

It reads grafana/alertmanager/receivers.yaml, where a team says who is told, and writes alertmanager.yml beside it. Two
paths as arguments read and write other files. Alertmanager expands no variables, so what is secret stands in files that
are named here.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from grafana.receivers import Receivers, WrongReceiversError, read

FOLDER = Path(__file__).parent / "alertmanager"
RECEIVERS, ALERTMANAGER = FOLDER / "receivers.yaml", FOLDER / "alertmanager.yml"

HEARTBEAT = "DeskpulseHeartbeat"
# How long alerts of a group are gathered, how often more of them are told, and how often one that lasts.
_TIMING = {
    "critical": {"group_wait": "5s", "group_interval": "1m", "repeat_interval": "1h"},
    "warning": {"group_wait": "30s", "group_interval": "5m", "repeat_interval": "12h"},
}
# Who hears of an alert that says no team.
_FALLBACK = "platform-warning"
_NOBODY = "nobody"
_CLOSED = "desk-closed"

_NUMBERS_WRONG = (
    *("DeskpulseConsumerLagGrowing", "DeskpulseDataStale", "DeskpulseInvariantBroken"),
    *("DeskpulsePartitionOwnedTwice", "DeskpulsePartitionUnowned"),
)

_INHIBIT = [
    # A ticket that is breached is no longer at risk; of another priority it may be.
    {
        "source_matchers": ['alertname="DeskpulseFirstResponseBreached"'],
        "target_matchers": ['alertname="DeskpulseFirstResponseAtRisk"'],
        "equal": ["channel", "priority"],
    },
    {
        "source_matchers": ['alertname="DeskpulseReplyBreached"'],
        "target_matchers": ['alertname="DeskpulseReplyAtRisk"'],
        "equal": ["channel", "priority"],
    },
    # What burns fast burns slowly too.
    {
        "source_matchers": ['alertname="DeskpulseServiceLevelBurnFast"'],
        "target_matchers": ['alertname="DeskpulseServiceLevelBurnSlow"'],
        "equal": ["channel"],
    },
    # Without a worker every other alert about Deskpulse is a consequence.
    {
        "source_matchers": ['alertname="DeskpulseNoWorker"'],
        "target_matchers": [
            'part="pipeline"',
            'alertname!~"DeskpulseNoWorker|DeskpulseRulesFailing|DeskpulseNotificationsFailing"',
        ],
    },
    # A worker that does not answer cannot be ready, export or take snapshots either.
    {
        "source_matchers": ['alertname="DeskpulseWorkerDown"'],
        "target_matchers": [
            'alertname=~"DeskpulseMetricsAbsent|DeskpulseDeskNumbersAbsent|DeskpulseWorkerNotReady|DeskpulseDataStale"'
        ],
        "equal": ["instance"],
    },
    # What nobody holds nobody can hear of.
    {
        "source_matchers": ['alertname="DeskpulsePartitionUnowned"'],
        "target_matchers": ['alertname="DeskpulseDeskPartial"'],
    },
    # While the numbers are late, wrong or not all there, a warning about the desk would cry wolf. What is critical
    # about the desk is never held back.
    {
        "source_matchers": [
            f'alertname=~"{"|".join(_NUMBERS_WRONG)}"',
        ],
        "target_matchers": ['team="support"', 'severity="warning"'],
    },
]


def config(receivers: Receivers) -> dict[str, Any]:
    """Return Alertmanager's configuration."""
    heartbeat = "heartbeat" if receivers.heartbeat else _NOBODY
    routes: list[dict[str, Any]] = [
        {
            "receiver": heartbeat,
            "matchers": [f'alertname="{HEARTBEAT}"'],
            # Again and again, so that its absence is soon noticed.
            "group_wait": "0s",
            "group_interval": "1m",
            "repeat_interval": "1m",
        }
    ]
    if receivers.desk_closed:
        routes.append(
            {
                "receiver": _FALLBACK,
                "matchers": ['alertname="DeskpulseEventsStopped"'],
                "mute_time_intervals": [_CLOSED],
                **_TIMING["warning"],
            }
        )
    routes += [
        {"receiver": f"{team}-{level}", "matchers": [f'team="{team}"', f'severity="{level}"'], **_TIMING[level]}
        for team, level, _ in receivers.each()
    ]
    told = [receiver.written(f"{team}-{level}") for team, level, receiver in receivers.each()]
    beat = {"webhook_configs": [receivers.heartbeat.written()]} if receivers.heartbeat else {}
    return (
        ({"global": receivers.email.written()} if receivers.email else {})
        | {"templates": ["templates/*.tmpl"]}
        # One notification for all that is wrong in the same way on one channel.
        | {
            "route": {
                "receiver": _FALLBACK,
                "group_by": ["alertname", "channel"],
                **_TIMING["warning"],
                "routes": routes,
            }
        }
        | (
            {
                "time_intervals": [
                    {"name": _CLOSED, "time_intervals": [each.written() for each in receivers.desk_closed]}
                ]
            }
            if receivers.desk_closed
            else {}
        )
        | {"inhibit_rules": _INHIBIT, "receivers": [*told, {"name": heartbeat} | beat]}
    )


def rendered(path: Path = RECEIVERS) -> str:
    """Return the text of alertmanager.yml; raises WrongReceiversError."""
    return (
        f"# Written by `python -m grafana.build_alertmanager` from {path.name}: change that file, not this one.\n"
        + yaml.safe_dump(config(read(path)), sort_keys=False, allow_unicode=True, width=1_000_000)
    )


def main(arguments: list[str]) -> int:
    """Write the configuration; returns the exit status: 2 for wrong arguments, 78 for a file that is wrong."""
    if len(arguments) not in {0, 2}:
        sys.stderr.write("python -m grafana.build_alertmanager [RECEIVERS ALERTMANAGER]: both files, or neither\n")
        return 2
    source, target = map(Path, arguments) if arguments else (RECEIVERS, ALERTMANAGER)
    try:
        target.write_text(rendered(source), "utf-8")
    except (OSError, WrongReceiversError) as error:
        sys.stderr.write(f"{error}\n")
        return 78
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
