"""What is marked on every graph: breaches, trouble with Deskpulse itself, and what was changed and when.

Grafana asks for about 100 points whatever the time range, so that what lasts a moment falls between two of them.
Hence `$__interval`, the distance of two points: a change is what was not so one point ago.
"""

from __future__ import annotations

from grafana.panels import DATASOURCE, Json

_BREACH = 'ALERTS{alertname=~"Deskpulse(FirstResponse|Reply)Breached", alertstate="firing", channel=~"$channel"}'
_TROUBLE = 'ALERTS{part="pipeline", severity="critical", alertstate="firing"}'
_STARTED = 'process_start_time_seconds{job="deskpulse"}'
# A worker that could not be scraped for a while comes back without having been started.
_YOUNG = f"time() - {_STARTED} < 120 + $__interval_ms / 1000"


def _lasting(alerts: str) -> str:
    return f"{alerts} or max_over_time({alerts}[$__interval])"


def _new(metric: str, label: str) -> str:
    """Return what a label has become since the last point; nothing where nothing was known then."""
    before = f"{metric} offset $__interval"
    return f"count by ({label}) ({metric}) unless on ({label}) ({before}) and on () count({before})"


def _marked(name: str, color: str, expr: str, title: str, text: str) -> Json:
    return {
        "name": name,
        "datasource": DATASOURCE,
        "enable": True,
        "hide": False,
        "iconColor": color,
        # With the variables there is no room for five switches above a laptop's dashboard.
        "placement": "inControlsMenu",
        "target": {"refId": "Anno", "expr": expr, "interval": "10s"},
        "titleFormat": title,
        "textFormat": text,
    }


def marks() -> Json:
    """Return what every dashboard marks."""
    started = f"{_STARTED} unless ({_STARTED} == {_STARTED} offset $__interval) and ({_YOUNG})"
    version, digest = _new("deskpulse_build_info", "version"), _new("deskpulse_policy_info", "digest")
    return {
        "list": [
            _marked("Breached", "red", _lasting(_BREACH), "Over the target", "{{channel}} {{priority}}"),
            _marked("Numbers in doubt", "orange", _lasting(_TROUBLE), "{{alertname}}", "{{instance}} {{partition}}"),
            _marked("Worker started", "blue", started, "Worker started", "{{instance}}"),
            _marked("New version", "purple", version, "New version", "{{version}}"),
            _marked("New policy", "green", digest, "Other policy file", "{{digest}}"),
        ]
    }
