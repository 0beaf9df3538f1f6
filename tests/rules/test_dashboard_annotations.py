"""What is marked on the graphs: once for each change, and for nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from grafana.annotations import marks
from tests.rules.conftest import Tool
from tests.rules.monitoring_files import DASHBOARDS, RULE_FILES, fill, groups, rules

MARKED: dict[str, str] = {each["name"]: each["target"]["expr"] for each in marks()["list"]}
STEP_SECONDS = 10
CHANNELS = {"channel": "chat|phone"}
WORKER = 'job="deskpulse", instance='
# One worker is restarted after 30 s; after 60 s a second one comes, of another version and with another policy.
SERIES = {
    f'process_start_time_seconds{{{WORKER}"a"}}': "5 5 5 25 25 25 25 25 25 25",
    f'process_start_time_seconds{{{WORKER}"b"}}': "_ _ _ _ _ _ 55 55 55 55",
    f'deskpulse_build_info{{{WORKER}"a", version="1"}}': "1x9",
    f'deskpulse_build_info{{{WORKER}"b", version="2"}}': "_ _ _ _ _ _ 1 1 1 1",
    f'deskpulse_policy_info{{{WORKER}"a", digest="old"}}': "1x9",
    f'deskpulse_policy_info{{{WORKER}"b", digest="new"}}': "_ _ _ _ _ _ 1 1 1 1",
    'ALERTS{alertname="DeskpulseFirstResponseBreached", alertstate="firing", channel="chat"}': "_ _ 1 1 stale",
    'ALERTS{alertname="DeskpulseFirstResponseBreached", alertstate="firing", channel="email"}': "1x9",
    'ALERTS{alertname="DeskpulseDataStale", alertstate="firing", part="pipeline", severity="critical"}': "_ 1 stale",
    'ALERTS{alertname="DeskpulseFreshnessSlow", alertstate="firing", part="pipeline", severity="warning"}': "1x9",
}
# The points, in steps, at which each is marked.
EXPECTED = {
    "Breached": [2, 3],
    "Numbers in doubt": [1],
    # The first point has none before it: nobody can tell since when the worker has been there.
    "Worker started": [0, 3, 6],
    "New version": [6],
    "New policy": [6],
}


def _asked(expression: str, step: int) -> str:
    interval = expression.replace("$__interval_ms", str(step * 1000)).replace("$__interval", f"{step}s")
    return fill(interval, CHANNELS)


def _evaluated(promtool: Tool, folder: Path, series: dict[str, str], cases: list[dict[str, Any]]) -> None:
    path = folder / "annotations.test.yml"
    example = {
        "interval": f"{STEP_SECONDS}s",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": cases,
    }
    path.write_text(yaml.safe_dump({"rule_files": [], "tests": [example]}))
    promtool("test", "rules", path)


def _case(expression: str, at: int, marked: bool) -> dict[str, Any]:
    samples = [{"labels": "{}", "value": 1}] if marked else []
    return {"expr": f"count({expression}) > bool 0", "eval_time": f"{at}s", "exp_samples": samples}


@pytest.mark.parametrize("name", MARKED)
def test_a_mark_is_where_something_changed_and_nowhere_else(promtool: Tool, tmp_path: Path, name: str) -> None:
    asked = _asked(MARKED[name], STEP_SECONDS)
    # Between two scrapes, where Grafana's points mostly lie.
    cases = [_case(asked, point * STEP_SECONDS + 5, point in EXPECTED[name]) for point in range(10)]
    _evaluated(promtool, tmp_path, SERIES, cases)


@pytest.mark.parametrize("name", ["Breached", "Numbers in doubt", "Worker started", "New version", "New policy"])
def test_what_lies_between_two_points_of_a_long_range_is_marked_at_the_second(
    promtool: Tool, tmp_path: Path, name: str
) -> None:
    step = 90 if name != "Numbers in doubt" else 60
    _evaluated(promtool, tmp_path, SERIES, [_case(_asked(MARKED[name], step), step, True)])


def test_a_worker_that_could_not_be_scraped_for_a_while_was_not_started(promtool: Tool, tmp_path: Path) -> None:
    name = f'process_start_time_seconds{{{WORKER}"a"}}'
    series = {name: " ".join(["5"] * 20 + ["stale"] + ["_"] * 5 + ["5"] * 4)}
    cases = [_case(_asked(MARKED["Worker started"], STEP_SECONDS), 260, False)]
    _evaluated(promtool, tmp_path, series, cases)


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.name)
def test_every_dashboard_marks_breaches_doubts_starts_versions_and_policies(path: Path) -> None:
    listed = json.loads(path.read_text())["annotations"]["list"]
    assert {each["name"]: each["target"]["expr"] for each in listed} == MARKED
    assert EXPECTED.keys() == MARKED.keys()


def test_what_is_marked_names_alerts_and_labels_that_there_are() -> None:
    assert RULE_FILES
    assert groups()
    labels = {rule["alert"]: rule["labels"] for rule in rules("alert")}
    assert set(re.findall(r'alertname="(\w+)"', " ".join(MARKED.values()))) <= labels.keys()
    assert [each for each in labels.values() if (each["part"], each["severity"]) == ("pipeline", "critical")]
