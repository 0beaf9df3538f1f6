"""Where the monitoring lives, and what its expressions mention."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from stream.core.policy import DIMENSIONS
from stream.metric_names import DIMENSIONS as ANY_DIMENSION
from stream.metric_names import METRICS

ROOT = Path(__file__).resolve().parents[2]
GRAFANA = ROOT / "grafana"
PROMETHEUS = GRAFANA / "prometheus" / "prometheus.yml"
ALERTMANAGER = GRAFANA / "alertmanager" / "alertmanager.yml"
RUNBOOK = GRAFANA / "runbook.md"
RULE_FILES = sorted((GRAFANA / "prometheus" / "rules").glob("*.yml"))
RULE_TESTS = sorted(Path(__file__).parent.glob("*.test.yml"))
DASHBOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))

# Who a recording rule is about, and what alerts compare with: the first part of its name.
LEVELS = r"\b(?:desk|channel|topic|threshold)"

# Labels that Prometheus itself adds to what it scrapes.
SCRAPED = {"job", "instance"}
SERIES = {series: metric for metric in METRICS for series in metric.series}


@dataclass(frozen=True, slots=True)
class Expression:
    """One PromQL expression and where it stands."""

    where: str
    text: str


@cache
def groups() -> tuple[dict[str, Any], ...]:
    """Return every group of rules."""
    return tuple(group for path in RULE_FILES for group in yaml.safe_load(path.read_text())["groups"])


def rules(kind: str) -> list[dict[str, Any]]:
    """Return the rules that have `kind`: alert or record."""
    return [rule for group in groups() for rule in group["rules"] if kind in rule]


def panels(path: Path) -> list[dict[str, Any]]:
    """Return a dashboard's panels without the headings of its sections."""
    return [panel for panel in json.loads(path.read_text())["panels"] if panel["type"] != "row"]


@cache
def dashboard_expressions() -> tuple[Expression, ...]:
    """Return every query of every dashboard, as written, with variables."""
    return tuple(
        Expression(f"{path.name}: {panel['title']} {target['refId']}", target["expr"])
        for path in DASHBOARDS
        for panel in panels(path)
        for target in panel["targets"]
    )


def annotation_expressions() -> list[Expression]:
    """Return the queries in the texts of the alerts."""
    quoted = re.compile(r'(?:query|printf) "([^"]+)"')
    return [
        Expression(f"{rule['alert']}: {name}", query.replace("%s", "x"))
        for rule in rules("alert")
        for name, text in rule["annotations"].items()
        for query in quoted.findall(text)
        if any(sign in query for sign in "({:")
    ]


@cache
def rule_expressions() -> tuple[Expression, ...]:
    """Return the expressions of all rules and of the alerts' texts."""
    own = [
        Expression(rule.get("alert") or rule["record"], rule["expr"]) for group in groups() for rule in group["rules"]
    ]
    return (*own, *annotation_expressions())


# What the dashboards' variables may be filled with: all, and one value of each.
FILLED = {
    "all": {"channel": ".*", "priority": ".*", "queue": ".*"},
    "one": {"channel": "chat|phone", "priority": "high", "queue": "q1"},
}
CHOSEN = {"window": "1h", "attribute_to": "response", "survey_window": "30d", "customer_window": "30d", "brand": ".*"}


def fill(expression: str, variables: dict[str, str]) -> str:
    """Put values in place of a dashboard's variables. Raises KeyError for one that has none."""
    return re.sub(r"\$(\w+)", lambda match: (CHOSEN | variables)[match[1]], expression)


def recorded(expression: str) -> set[str]:
    """Return the recording rules that an expression uses."""
    return set(re.findall(rf"{LEVELS}:\w+:\w+", expression))


def exported(expression: str) -> set[str]:
    """Return the series of Deskpulse that an expression uses by themselves, not inside a rule's name."""
    bare = re.sub(rf"{LEVELS}:\w+:\w+", "", expression)
    return set(re.findall(r"\bdeskpulse_\w+", re.sub(r'"[^"]*"', '""', bare)))


def allowed_labels(series: str) -> set[str]:
    """Return the labels that samples of a series can have."""
    own = set(SERIES[series].labels)
    if ANY_DIMENSION in own:
        own |= set(DIMENSIONS)
    if series.endswith("_bucket"):
        own.add("le")
    return own | SCRAPED


def matched_labels(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Yield each selector's series and the labels that it matches on."""
    for series, conditions in re.findall(r"\b(deskpulse_\w+)\{([^}]*)\}", expression):
        yield series, set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", re.sub(r"[\"'][^\"']*[\"']", "", conditions)))
