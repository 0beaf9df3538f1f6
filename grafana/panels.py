"""Grafana's panel types as plain dictionaries, each with a unit and a text for "no data"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

GRAFANA_VERSION = "12.4.0"  # the image in docker-compose.yml
DATASOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS = 24
PLAIN = ((None, "text"),)  # a number that is neither good nor bad
IN_TIME = ((None, "red"), (80, "orange"), (90, "green"))  # percent within the target
# None is not green: whether that is well depends on whether events arrive, which the panel beside it says.
NONE_WANTED = ((None, "text"), (1, "red"))

Steps = Sequence[tuple[float | None, str]]


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression and the name of what it gives. `instant` asks for the newest value only."""

    expr: str
    legend: str = ""
    instant: bool = False


@dataclass(frozen=True, slots=True)
class Style:
    """How values are written and coloured. `steps` are (from value, colour), the first from None."""

    unit: str
    no_value: str
    steps: Steps = PLAIN
    decimals: int | None = None
    minimum: float | None = 0
    maximum: float | None = None
    colors: Mapping[str, str] = field(default_factory=dict)  # series name -> colour


def targets(queries: Sequence[Query], result_format: str) -> list[Json]:
    """Return the queries as Grafana has them, from A on."""
    written = []
    for index, query in enumerate(queries):
        target: Json = {
            "refId": chr(ord("A") + index),
            "datasource": DATASOURCE,
            "editorMode": "code",
            "expr": query.expr,
            "format": result_format,
            "instant": query.instant,
            "range": not query.instant,
        }
        if query.legend:
            target["legendFormat"] = query.legend
        written.append(target)
    return written


def override(name: str, **properties: Any) -> Json:
    """Give one field, by its name, properties of its own."""
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [{"id": key, "value": value} for key, value in properties.items()],
    }


def base(kind: str, title: str, description: str, style: Style, queries: list[Json]) -> Json:
    """Return what panels of all kinds have."""
    defaults: Json = {
        "unit": style.unit,
        "noValue": style.no_value,
        "color": {"mode": "thresholds"},
        "thresholds": {
            "mode": "absolute",
            "steps": [{"color": color, "value": value} for value, color in style.steps],
        },
        "mappings": [],
    }
    bounds = {"decimals": style.decimals, "min": style.minimum, "max": style.maximum}
    defaults |= {key: value for key, value in bounds.items() if value is not None}
    overrides = [override(name, color={"mode": "fixed", "fixedColor": color}) for name, color in style.colors.items()]
    return {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": DATASOURCE,
        "pluginVersion": GRAFANA_VERSION,
        "targets": queries,
        "fieldConfig": {"defaults": defaults, "overrides": overrides},
        "options": {},
    }


LAST: Json = {"calcs": ["lastNotNull"], "fields": "", "values": False}


def stat(title: str, description: str, style: Style, *queries: Query, name_only: bool = False) -> Json:
    """One number in large type; `name_only` shows the series' names instead of their values."""
    panel = base("stat", title, description, style, targets(queries, "time_series"))
    panel["options"] = {
        "colorMode": "value",
        "graphMode": "none" if name_only or all(query.instant for query in queries) else "area",
        "justifyMode": "auto",
        "orientation": "auto",
        "percentChangeColorMode": "standard",
        "reduceOptions": LAST,
        "showPercentChange": False,
        "textMode": "name" if name_only else "auto",
        "wideLayout": True,
    }
    return panel


def bars(title: str, description: str, style: Style, *queries: Query) -> Json:
    """Horizontal bars, one a series, coloured by the style's steps."""
    panel = base("bargauge", title, description, style, targets(queries, "time_series"))
    panel["options"] = {
        "displayMode": "basic",
        "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": False},
        "maxVizHeight": 300,
        "minVizHeight": 16,
        "minVizWidth": 8,
        "namePlacement": "auto",
        "orientation": "horizontal",
        "reduceOptions": LAST,
        "showUnfilled": True,
        "sizing": "auto",
        "valueMode": "color",
    }
    return panel


def lines(
    title: str,
    description: str,
    style: Style,
    *queries: Query,
    stacked: bool = False,
    band: tuple[str, str] | None = None,
) -> Json:
    """Draw series over time; `stacked` adds them up; `band` fills from the first named series to the second."""
    panel = base("timeseries", title, description, style, targets(queries, "time_series"))
    panel["fieldConfig"]["defaults"]["color"] = {"mode": "palette-classic"}
    panel["fieldConfig"]["defaults"]["custom"] = {
        "drawStyle": "line",
        "fillOpacity": 25 if stacked else 5,
        "lineInterpolation": "stepAfter",
        "lineWidth": 2,
        "showPoints": "never",
        # A minute without a sample is a gap that should be seen, a missed scrape is not.
        "spanNulls": 30_000,
        "stacking": {"group": "A", "mode": "normal" if stacked else "none"},
        # A limit worth a colour is worth a line to see how near it is.
        "thresholdsStyle": {"mode": "off" if style.steps == PLAIN else "dashed"},
    }
    if band:
        low, high = band
        quiet = {"custom.lineWidth": 0, "custom.fillOpacity": 0}
        panel["fieldConfig"]["overrides"] += [
            override(low, **quiet),
            override(high, **quiet | {"custom.fillBelowTo": low, "custom.fillOpacity": 20}),
        ]
    panel["options"] = {
        "legend": {"calcs": ["lastNotNull"], "displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"hideZeros": False, "mode": "multi", "sort": "desc"},
    }
    return panel


def section(title: str) -> Json:
    """Start a new part of the dashboard."""
    return {"type": "row", "title": title, "collapsed": False, "panels": []}
