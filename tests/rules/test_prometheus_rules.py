"""The rules and alerts: what promtool says of them, and what it does not look at."""

from __future__ import annotations

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
EVERY_ALERT = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
EVERY_EXPRESSION = pytest.mark.parametrize("expression", rule_expressions(), ids=lambda e: e.where)


def test_prometheus_accepts_its_configuration_and_every_rule_file_in_it(promtool: Tool) -> None:
    output = promtool("check", "config", PROMETHEUS)
    for path in RULE_FILES:
        assert path.name in output


@pytest.mark.parametrize("path", RULE_TESTS, ids=lambda path: path.name.removesuffix(".test.yml"))
def test_rules_compute_and_fire_as_their_examples_say(promtool: Tool, path: Path) -> None:
    promtool("test", "rules", path)


@cache
def _examples() -> tuple[dict[str, Any], ...]:
    return tuple(
        example
        for path in RULE_TESTS
        for group in yaml.safe_load(path.read_text())["tests"]
        for example in group.get("alert_rule_test", [])
    )


@EVERY_ALERT
def test_every_alert_has_an_example_that_fires_with_exact_texts_and_one_that_stays_quiet(alert: dict[str, Any]) -> None:
    examples = [example for example in _examples() if example["alertname"] == alert["alert"]]
    firing = [fired for example in examples for fired in example.get("exp_alerts", [])]
    assert firing, "no example in which it fires"
    assert all(set(fired["exp_annotations"]) == set(alert["annotations"]) for fired in firing)
    assert any(not example.get("exp_alerts") for example in examples), "no example in which it stays quiet"


@EVERY_ALERT
def test_every_alert_says_how_bad_it_is_what_happened_and_what_to_do(alert: dict[str, Any]) -> None:
    assert re.fullmatch(r"Deskpulse([A-Z][a-z]+)+", alert["alert"])
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert alert["labels"]["part"] in {"response", "pipeline"}
    assert set(alert["annotations"]) == {"summary", "description", "runbook_url"}
    assert alert["annotations"]["runbook_url"].endswith(f"#{alert['alert'].lower()}")
    assert len(alert["annotations"]["summary"]) <= 80


@EVERY_ALERT
def test_every_alert_has_an_entry_in_the_runbook_with_meaning_causes_and_actions(alert: dict[str, Any]) -> None:
    entries = re.split(r"^## ", RUNBOOK.read_text(), flags=re.MULTILINE)[1:]
    (entry,) = [entry for entry in entries if entry.splitlines()[0] == alert["alert"]]
    for part in ("**Means**", "**Look**", "**Do**"):
        assert part in entry
    assert f"Severity: {alert['labels']['severity']}." in entry


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
    assert re.fullmatch(r"(desk|channel|topic):deskpulse_[a-z_]+:[a-z0-9_]+", name)


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


def test_no_target_is_repeated_outside_the_policy_file() -> None:
    # The oldest wait without any promise is the one bound that the rules set on waiting.
    assert not [rule["record"] for rule in RECORDS if re.fullmatch(r"vector\([\d.]+\)", rule["expr"])]
    bounds = {
        rule["alert"]: re.findall(r"(?:wait|response)\w*_seconds\S*\s*[<>]=?\s*(\d+)", rule["expr"]) for rule in ALERTS
    }
    assert {name: found for name, found in bounds.items() if found} == {"DeskpulseWaitWithoutTarget": ["86400"]}


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
