"""The rules and alerts: what promtool says of them, and what it does not look at."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from grafana import metric_table
from stream.core.definitions import SERVICE_LEVELS
from stream.core.policy import DEFAULT_WINDOWS
from stream.core.windows import ALL
from tests.rules.conftest import Tool
from tests.rules.monitoring_files import (
    DASHBOARDS,
    LEVELS,
    PROMETHEUS,
    RULE_FILES,
    RULE_TESTS,
    RUNBOOK,
    SERIES,
    Expression,
    allowed_labels,
    annotation_expressions,
    exported,
    groups,
    matched_labels,
    recorded,
    rule_expressions,
    rules,
)

ALERTS = rules("alert")
RECORDS = rules("record")
HEARTBEAT = "DeskpulseHeartbeat"
# Who answers for what an alert is about.
TEAM = {"response": "support", "satisfaction": "support", "pipeline": "platform"}
# An example is quiet at most so long before the alert fires; two scrapes of the slowest of them.
JUST_BEFORE_SECONDS = 120
EVERY_ALERT = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
EVERY_EXPRESSION = pytest.mark.parametrize("expression", rule_expressions(), ids=lambda e: e.where)


def test_prometheus_accepts_its_configuration_and_every_rule_file_in_it(promtool: Tool) -> None:
    output = promtool("check", "config", PROMETHEUS)
    for path in RULE_FILES:
        assert path.name in output


@pytest.mark.parametrize("path", RULE_TESTS, ids=lambda path: path.name.removesuffix(".test.yml"))
def test_rules_compute_and_fire_as_their_examples_say(promtool: Tool, path: Path) -> None:
    promtool("test", "rules", path)


def _seconds(time: str) -> int:
    """Return the seconds of a promtool duration such as 1h30m."""
    return sum(int(n) * {"s": 1, "m": 60, "h": 3600}[unit] for n, unit in re.findall(r"(\d+)([smh])", time))


@cache
def _courses() -> tuple[tuple[dict[str, Any], ...], ...]:
    """Return what each example expects of alerts, in the order of time."""
    return tuple(
        tuple(sorted(example.get("alert_rule_test", []), key=lambda expected: _seconds(expected["eval_time"])))
        for path in RULE_TESTS
        for example in yaml.safe_load(path.read_text())["tests"]
    )


def _told_from_quiet_to_quiet(course: list[dict[str, Any]]) -> bool:
    """Tell whether an alert fires within two minutes of being quiet, and is quiet again later."""
    fires = [i for i, expected in enumerate(course) if expected.get("exp_alerts")]
    return any(
        i > 0
        and not course[i - 1].get("exp_alerts")
        and _seconds(course[i]["eval_time"]) - _seconds(course[i - 1]["eval_time"]) <= JUST_BEFORE_SECONDS
        and any(not later.get("exp_alerts") for later in course[i + 1 :])
        for i in fires
    )


@EVERY_ALERT
def test_every_alert_has_an_example_in_which_it_is_quiet_just_before_fires_with_exact_texts_and_is_quiet_again(
    alert: dict[str, Any],
) -> None:
    courses = [[expected for expected in course if expected["alertname"] == alert["alert"]] for course in _courses()]
    assert any(_told_from_quiet_to_quiet(course) for course in courses)
    firing = [fired for course in courses for expected in course for fired in expected.get("exp_alerts", [])]
    assert all(set(fired["exp_annotations"]) == set(alert["annotations"]) for fired in firing)


def test_an_example_that_does_not_look_just_before_or_after_is_not_enough() -> None:
    quiet, fires = {"eval_time": "1m"}, {"eval_time": "2m", "exp_alerts": [{}]}
    assert _told_from_quiet_to_quiet([quiet, fires, {"eval_time": "9m"}])
    assert not _told_from_quiet_to_quiet([quiet, fires])
    assert not _told_from_quiet_to_quiet([fires, {"eval_time": "9m"}])
    assert not _told_from_quiet_to_quiet([quiet, {"eval_time": "1h2m", "exp_alerts": [{}]}, {"eval_time": "2h"}])


@EVERY_ALERT
def test_every_alert_says_how_bad_it_is_what_happened_and_what_to_do(alert: dict[str, Any]) -> None:
    assert re.fullmatch(r"Deskpulse([A-Z][a-z]+)+", alert["alert"])
    severities = {"none"} if alert["alert"] == HEARTBEAT else {"critical", "warning"}
    assert alert["labels"]["severity"] in severities
    assert TEAM[alert["labels"]["part"]] == alert["labels"]["team"]
    assert set(alert["annotations"]) == {"summary", "description", "runbook_url"}
    assert alert["annotations"]["runbook_url"].endswith(f"#{alert['alert'].lower()}")
    assert len(re.sub(r"\{\{.*?\}\}", "", alert["annotations"]["summary"])) <= 70


@EVERY_ALERT
def test_every_alert_has_an_entry_in_the_runbook_with_meaning_causes_and_actions(alert: dict[str, Any]) -> None:
    entries = re.split(r"^## ", RUNBOOK.read_text(), flags=re.MULTILINE)[1:]
    (entry,) = [entry for entry in entries if entry.splitlines()[0] == alert["alert"]]
    for part in ("**Means**", "**Look**", "**Do**"):
        assert part in entry
    assert f"\n\nSeverity: {alert['labels']['severity']}. Team: {alert['labels']['team']}. Fires" in entry


def test_the_runbook_names_panels_and_sections_that_there_are() -> None:
    boards = [json.loads(path.read_text()) for path in DASHBOARDS]
    panels = [panel["title"].partition(" · ")[0] for board in boards for panel in board["panels"]]
    named = set(re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", RUNBOOK.read_text()))
    menus = {name for name in named if name.startswith("Status → ")}
    assert len(named) > 20
    assert named - menus <= {*panels, *(board["title"] for board in boards)}


def test_the_runbook_has_no_entry_for_an_alert_that_does_not_exist() -> None:
    entries = re.findall(r"^## (Deskpulse\w+)", RUNBOOK.read_text(), flags=re.MULTILINE)
    assert sorted(entries) == sorted(alert["alert"] for alert in ALERTS)


def test_no_name_is_used_twice() -> None:
    names = [alert["alert"] for alert in ALERTS]
    assert len(set(names)) == len(names)
    group_names = [group["name"] for group in groups()]
    assert len(set(group_names)) == len(group_names)


@pytest.mark.parametrize("name", sorted({rule["record"] for rule in RECORDS}))
def test_recording_rules_are_named_level_metric_operation(name: str) -> None:
    assert re.fullmatch(rf"{LEVELS}:deskpulse_[a-z0-9_]+:[a-z0-9_]+", name)


@pytest.mark.parametrize("rule", RECORDS, ids=lambda rule: rule["record"])
def test_no_recording_rule_averages_what_workers_computed(rule: dict[str, Any]) -> None:
    # Over what is recorded for the whole desk, hour by hour, a median is no average of workers.
    if exported(rule["expr"]) or not re.fullmatch(r"desk:deskpulse_baseline:\w+", rule["record"]):
        assert not re.search(r"\bavg\b|\bquantile\b|avg_over_time", rule["expr"])


@EVERY_EXPRESSION
def test_rules_use_only_series_that_deskpulse_exports_and_rules_that_are_recorded(expression: Expression) -> None:
    assert exported(expression.text) <= set(SERIES)
    assert recorded(expression.text) <= {rule["record"] for rule in RECORDS}


@EVERY_EXPRESSION
def test_rules_match_only_on_labels_that_the_series_have(expression: Expression) -> None:
    for series, labels in matched_labels(expression.text):
        assert labels <= allowed_labels(series), series


def test_the_texts_of_alerts_hold_numbers_that_are_queried() -> None:
    # Guards the tests above: they see the queries inside the texts.
    assert len(annotation_expressions()) > 10


def test_every_variant_of_the_service_level_is_recorded_for_the_desk_and_for_each_channel() -> None:
    for level in ("desk", "channel"):
        named = [
            rule["labels"]["variant"]
            for rule in RECORDS
            if rule["record"] == f"{level}:deskpulse_service_level:percent"
        ]
        assert sorted(named) == sorted(SERVICE_LEVELS)


def test_waits_are_counted_in_every_window_that_comes_with_deskpulse() -> None:
    (rule,) = [r for r in RECORDS if r["record"] == "channel:deskpulse_first_response_or_wait_seconds_bucket:sum"]
    assert set(re.findall(r'"window", "(\w+)"', rule["expr"])) == {*DEFAULT_WINDOWS, ALL}


def test_the_page_on_monitoring_lists_every_metric_as_the_list_does() -> None:
    assert metric_table.page(metric_table.PAGE.read_text()) == metric_table.PAGE.read_text(), (
        "run `python -m grafana.metric_table`"
    )


def test_a_page_without_the_place_for_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="metrics: begin"):
        metric_table.page("# Monitoring\n")
