"""The numbers on the first screen of Deskpulse itself: right when all is well, and when it is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from grafana.links import connect, linked, to
from tests.rules.conftest import Tool
from tests.rules.monitoring_files import dashboard_expressions

SHOWN = {
    expression.where.removeprefix("itself.json: ").removesuffix(" A"): expression.text
    for expression in dashboard_expressions()
    if expression.where.startswith("itself.json: ")
}
OWNED = 'deskpulse_partition_owned{instance="%s", partition="%d"}'


def _held(*by_worker: tuple[str, int, str], partitions: str) -> dict[str, str]:
    told = {'deskpulse_definition{instance="a", name="partitions"}': partitions}
    return told | {OWNED % (worker, partition): values for worker, partition, values in by_worker}


# What is held over a minute, and the partitions held, missing and held twice at its end; None where nothing is known.
CASES: dict[str, tuple[dict[str, str], tuple[int | None, int | None, int | None]]] = {
    "two workers share three partitions": (
        _held(("a", 0, "1x6"), ("a", 1, "1x6"), ("b", 2, "1x6"), partitions="3x6"),
        (3, 0, 0),
    ),
    "a worker is gone": (
        _held(("a", 0, "1x6"), ("b", 1, "1 1 1 stale"), ("b", 2, "1 1 1 stale"), partitions="3x6"),
        (1, 2, 0),
    ),
    "a partition moved": (
        _held(("a", 0, "1x6"), ("a", 1, "1 1 stale"), ("b", 1, "_ _ 1 1 1 1 1"), partitions="2x6"),
        (2, 0, 0),
    ),
    "two workers count the same": (
        _held(("a", 0, "1x6"), ("b", 0, "1x6"), ("b", 1, "1x6"), partitions="2x6"),
        (2, 0, 1),
    ),
    "all workers are gone": (
        _held(("a", 0, "1 1 stale"), ("b", 1, "1 1 stale"), partitions="2 2 stale"),
        (None, 2, None),
    ),
    "two partitions were never held": (_held(("a", 0, "1x6"), partitions="3x6"), (1, 2, 0)),
    "no worker is ready": (_held(partitions="3x6"), (None, 3, None)),
    "no worker ever was": ({}, (None, None, None)),
}


def _expected(expression: str, value: float | None) -> dict[str, Any]:
    samples = [] if value is None else [{"labels": "{}", "value": value}]
    return {"expr": expression, "eval_time": "1m", "exp_samples": samples}


def _evaluated(promtool: Tool, folder: Path, series: dict[str, str], cases: list[dict[str, Any]]) -> None:
    example = {
        "interval": "10s",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": cases,
    }
    path = folder / "itself.test.yml"
    path.write_text(yaml.safe_dump({"rule_files": [], "tests": [example]}))
    promtool("test", "rules", path)


@pytest.mark.parametrize("case", CASES)
def test_partitions_are_held_missing_or_held_twice(promtool: Tool, tmp_path: Path, case: str) -> None:
    series, numbers = CASES[case]
    titles = ("Partitions held", "Partitions missing", "Partitions held twice")
    cases = [_expected(SHOWN[title], number) for title, number in zip(titles, numbers, strict=True)]
    _evaluated(promtool, tmp_path, series, cases)


def test_a_worker_that_does_not_answer_is_not_ready(promtool: Tool, tmp_path: Path) -> None:
    series = {
        'up{job="deskpulse", instance="a"}': "1x6",
        'up{job="deskpulse", instance="b"}': "1 1 0 0 0 0 0",
        'up{job="other", instance="c"}': "1x6",
        'deskpulse_ready{job="deskpulse", instance="a"}': "1x6",
        'deskpulse_ready{job="deskpulse", instance="b"}': "1 1 stale",
    }
    cases = [_expected(SHOWN["Workers up"], 1), _expected(SHOWN["Workers ready, of all"], 0.5)]
    _evaluated(promtool, tmp_path, series, cases)


def test_the_heartbeat_is_no_alert_that_fires(promtool: Tool, tmp_path: Path) -> None:
    series = {
        'ALERTS{alertname="DeskpulseHeartbeat", alertstate="firing", severity="none"}': "1x6",
        'ALERTS{alertname="DeskpulseDataStale", alertstate="pending", severity="critical"}': "1x6",
        'ALERTS{alertname="DeskpulseEventsStopped", alertstate="firing", severity="warning"}': "1x6",
    }
    firing = {"labels": '{alertname="DeskpulseEventsStopped", severity="warning"}', "value": 1}
    cases = [{"expr": SHOWN["Alerts that fire"], "eval_time": "1m", "exp_samples": [firing]}]
    _evaluated(promtool, tmp_path, series, cases)


def test_a_link_that_sets_a_variable_that_is_not_there_is_refused() -> None:
    panel = linked({"fieldConfig": {"defaults": {}}}, to("itself", "What now?", window="1h"))
    boards = [
        {"uid": f"deskpulse-{name}", "templating": {"list": [{"name": "channel"}]}, "panels": panels}
        for name, panels in (("desk", [panel]), ("itself", []))
    ]
    with pytest.raises(ValueError, match="What now\\?: deskpulse-itself has no variable window"):
        connect(boards)
