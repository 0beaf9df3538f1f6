"""What alerts compare with stands in one file, and a number that is missing there is told."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from stream.core.policy import DEFAULT_SURVEY_WINDOWS, DEFAULT_WINDOWS
from stream.core.standing import AGES_US
from stream.serve.metrics.collector import metrics
from tests.rules.monitoring_files import PROMETHEUS, RULE_FILES, groups, rules
from tests.served import seen

FILE = PROMETHEUS.parent / "rules" / "thresholds.yml"
GROUPS = yaml.safe_load(FILE.read_text())["groups"]
THRESHOLDS: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]
NAMES = {rule["record"] for rule in THRESHOLDS}
EVERY_ALERT = pytest.mark.parametrize("alert", rules("alert"), ids=lambda alert: alert["alert"])
SETTINGS_OF_WORKERS = {f'max(deskpulse_definition{{name="{name}"}})' for name in ("nps_min_n", "blind_spot_min_sent")}
# Says "none" or "is so": no size that a desk might want to change.
NO_SIZE = {"0", "1"}


def _numbers(expression: str) -> list[str]:
    """Return the numbers of an expression that are no part of a name, a text or a duration."""
    bare = re.sub(r"""#.*|"[^"]*"|'[^']*'|\[[^\]]*\]""", "", expression)
    return re.findall(r"(?<![\w:.])\d+(?:\.\d+)?(?:e-?\d+)?(?![\w:])", bare)


def _value(name: str) -> float:
    (rule,) = [rule for rule in THRESHOLDS if rule["record"] == name]
    return float(rule["expr"].removeprefix("vector(").removesuffix(")"))


@EVERY_ALERT
def test_no_alert_holds_a_number_that_it_compares_with(alert: dict[str, Any]) -> None:
    assert set(_numbers(alert["expr"])) <= NO_SIZE


@EVERY_ALERT
def test_no_text_of_an_alert_repeats_a_threshold(alert: dict[str, Any]) -> None:
    # What is said of a threshold is asked of it, so that a change of the file changes the text.
    text = " ".join(alert["annotations"].values())
    said = re.sub(r"\{\{.*?\}\}", "", text)
    assert not re.findall(r"\d+ %(?! interval)|\d[\d.]* times", said)


def test_numbers_are_found_where_they_are_and_nowhere_else() -> None:
    assert _numbers('a:b_5m:sum{window="1h"} > 30 and rate(x[5m]) >= 0.5 * y_99 # 7') == ["30", "0.5"]


def test_every_threshold_is_a_plain_number_with_a_name_that_says_of_what() -> None:
    assert len(GROUPS) == 1
    for rule in THRESHOLDS:
        assert re.fullmatch(r"threshold:deskpulse_[a-z0-9_]+:(min|max|percent|ratio|rate|info)", rule["record"])
        plain = re.fullmatch(r"vector\(\d+(\.\d+)?\)", rule["expr"])
        assert plain or rule["expr"] in SETTINGS_OF_WORKERS


def test_every_threshold_is_used_and_no_rule_uses_one_that_is_not_there() -> None:
    used = {
        name
        for group in groups()
        for rule in group["rules"]
        if rule.get("alert") != "DeskpulseThresholdsMissing" and rule.get("record") not in NAMES
        for name in re.findall(r"\bthreshold:\w+:\w+", rule["expr"])
    }
    assert used == NAMES


def test_every_threshold_is_told_when_it_is_missing_by_its_name() -> None:
    (alert,) = [rule for rule in rules("alert") if rule["alert"] == "DeskpulseThresholdsMissing"]
    told = re.findall(r'absent\(([\w:]+)\), "threshold", "([\w:]+)", "", ""\)', alert["expr"])
    assert {absent for absent, _ in told} == NAMES
    assert all(absent == name for absent, name in told)


def test_no_other_file_records_a_plain_number() -> None:
    others = [path for path in RULE_FILES if path != FILE]
    assert not [path.name for path in others if re.search(r"expr: vector\(", path.read_text())]


def test_what_is_a_setting_of_the_workers_is_read_from_them() -> None:
    assert {rule["expr"] for rule in THRESHOLDS} >= SETTINGS_OF_WORKERS
    exported = re.findall(
        r'^deskpulse_definition\{name="(\w+)"\}', metrics(seen(), openmetrics=False).decode(), re.MULTILINE
    )  # type: ignore[arg-type]  # View has what is read of a WorkerView
    assert {f'max(deskpulse_definition{{name="{name}"}})' for name in exported} >= SETTINGS_OF_WORKERS


def test_old_is_an_age_that_the_workers_export() -> None:
    old = {rule["labels"]["age"] for rule in THRESHOLDS if rule["record"] == "threshold:deskpulse_old_backlog_age:info"}
    assert old
    assert old <= {name for name, _, _ in AGES_US}


def test_the_windows_that_alerts_look_at_come_with_deskpulse_and_are_told_when_they_do_not() -> None:
    recorded = {rule["record"]: rule["expr"] for rule in rules("record")}
    looked_at: set[str] = set()
    for alert in rules("alert"):
        standing_on = [recorded.get(name, "") for name in re.findall(r"\b\w+:\w+:\w+", alert["expr"])]
        for expression in (alert["expr"], *standing_on):
            looked_at |= set(re.findall(r'window="(\w+)"', expression))
    (missing,) = [rule for rule in rules("alert") if rule["alert"] == "DeskpulseWindowsMissing"]
    assert set(re.findall(r'"window", "(\w+)"', missing["expr"])) == looked_at
    assert looked_at <= {*DEFAULT_WINDOWS, *DEFAULT_SURVEY_WINDOWS}


def test_the_objective_can_be_missed_so_fast_that_the_alerts_fire() -> None:
    # Everything late burns 100 / (100 - objective) times; a factor above that could never be reached.
    most = 100 / (100 - _value("threshold:deskpulse_slo:percent"))
    slow, fast = (_value(f"threshold:deskpulse_slo_{speed}_burn:rate") for speed in ("slow", "fast"))
    assert 1 < slow < fast < most
