"""What surrounds the panels of a dashboard: the grid, the variables, the annotations, the JSON envelope."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from grafana.annotations import marks
from grafana.panels import COLUMNS, DATASOURCE, Json

# Where a variable is: above the dashboard, or in the menu of controls, for what is chosen once.
SHOWN, IN_MENU = 0, 3
SCHEMA_VERSION = 42  # the last one of Grafana's classic dashboard JSON
FRESH_SECONDS = 10  # the scrape interval: refreshing faster shows nothing new
TICKET_WINDOWS = ("5m", "30m", "1h", "24h", "today", "all")
SURVEY_WINDOWS = ("24h", "today", "7d", "30d", "90d", "all")
CUSTOMER_WINDOWS = ("24h", "today", "7d", "30d", "90d")  # over all time there is no start to compare with
# What every dashboard can be filtered by. One that the settings make no label has no values but "all".
DIMENSIONS = ("channel", "priority", "queue", "brand")
# Any of these knows a dimension's values: a desk may have surveys without tickets and the other way round.
KNOWS_DIMENSIONS = '{__name__=~"deskpulse_first_responses|deskpulse_backlog_tickets|deskpulse_nps_answers"}'


def place(height: int, *panels: tuple[int, Json]) -> list[Json]:
    """Put panels side by side: (width in columns, panel). Raises ValueError if they do not fill the row."""
    if (width := sum(columns for columns, _ in panels)) != COLUMNS:
        raise ValueError(f"a row of panels is {width} columns wide; it must be {COLUMNS}")
    row, x = [], 0
    for columns, panel in panels:
        row.append(panel | {"gridPos": {"h": height, "w": columns, "x": x, "y": 0}})
        x += columns
    return row


def _stacked(parts: Sequence[Sequence[Json]]) -> list[Json]:
    """Number the panels and set every row under the one before."""
    panels: list[Json] = []
    y = 0
    for number, panel in enumerate((panel for part in parts for panel in part), start=1):
        position = panel["gridPos"] | {"y": y}
        panels.append({"id": number} | panel | {"gridPos": position})
        if position["x"] + position["w"] == COLUMNS:
            y += position["h"]
    return panels


def _choice(name: str, label: str, values: Sequence[str], chosen: str, hide: int = SHOWN) -> Json:
    options = [{"selected": value == chosen, "text": value, "value": value} for value in values]
    return {
        "name": name,
        "label": label,
        "type": "custom",
        "query": ",".join(values),
        "options": options,
        "current": {"selected": True, "text": chosen, "value": chosen},
        "multi": False,
        "includeAll": False,
        "hide": hide,
        "skipUrlSync": False,
    }


def _dimension(name: str) -> Json:
    query = f"label_values({KNOWS_DIMENSIONS}, {name})"
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": DATASOURCE,
        "query": {"qryType": 1, "query": query, "refId": f"values of {name}"},
        "refresh": 2,
        "regex": "",
        "sort": 1,
        "multi": True,
        "includeAll": True,
        # Not the list of values: this also takes series in which the dimension is no label.
        "allValue": ".*",
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "options": [],
        "hide": SHOWN,
        "skipUrlSync": False,
    }


def _variables() -> list[Json]:
    return [
        {
            "name": "datasource",
            "label": "Prometheus",
            "type": "datasource",
            "query": "prometheus",
            "regex": "",
            "refresh": 1,
            "current": {"selected": True, "text": "Deskpulse Prometheus", "value": "deskpulse-prometheus"},
            "multi": False,
            "includeAll": False,
            "options": [],
            "hide": IN_MENU,
            "skipUrlSync": False,
        },
        _choice("window", "Window", TICKET_WINDOWS, "1h"),
        _choice("attribute_to", "Responses by time of", ("response", "opened"), "response", IN_MENU),
        _choice("survey_window", "Survey window", SURVEY_WINDOWS, "30d"),
        _choice("customer_window", "Window", CUSTOMER_WINDOWS, "30d"),
        *(_dimension(name) for name in DIMENSIONS),
    ]


def dashboard(*, uid: str, title: str, description: str, parts: Sequence[Sequence[Json]]) -> Json:
    """Return Grafana's JSON of a dashboard, with those of the variables that its panels use."""
    panels = _stacked(parts)
    text = json.dumps(panels)
    variables = [
        each for each in _variables() if each["name"] == "datasource" or re.search(rf"\${each['name']}\b", text)
    ]
    return {
        "id": None,
        "uid": uid,
        "title": title,
        "description": description,
        "tags": ["deskpulse"],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": False,
        "fiscalYearStartMonth": 0,
        "graphTooltip": 1,
        "liveNow": False,
        "preload": False,
        "timezone": "browser",
        "weekStart": "",
        "time": {"from": "now-3h", "to": "now"},
        "timepicker": {},
        "refresh": f"{FRESH_SECONDS}s",
        "templating": {"list": variables},
        "annotations": marks(),
        "links": [
            {
                "type": "dashboards",
                "title": "Dashboards",
                "icon": "external link",
                "tooltip": "",
                "tags": ["deskpulse"],
                "asDropdown": True,
                "includeVars": True,
                "keepTime": True,
                "targetBlank": False,
            },
            {
                "type": "link",
                "title": "TV",
                "icon": "dashboard",
                "tooltip": "Only the panels, for a screen on the wall",
                "url": f"/d/{uid}?kiosk&refresh={FRESH_SECONDS}s",
                "tags": [],
                "asDropdown": False,
                "includeVars": True,
                "keepTime": True,
                "targetBlank": False,
            },
        ],
        "panels": panels,
    }
