"""Who is told what. amtool before 0.26 does not know `url_file`, so it sees a plain address there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.rules.conftest import Tool
from tests.rules.monitoring_files import ALERTMANAGER, rules

CONFIG: dict[str, Any] = yaml.safe_load(ALERTMANAGER.read_text())
NAMES = {rule["alert"] for rule in rules("alert")}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write the configuration as any version of amtool can read it."""
    path = tmp_path / "alertmanager.yml"
    path.write_text(re.sub(r"url_file: \S+", "url: http://127.0.0.1:9/", ALERTMANAGER.read_text()))
    return path


def test_alertmanager_accepts_its_configuration(amtool: Tool, config: Path) -> None:
    assert "2 receivers" in amtool("check-config", config)


@pytest.mark.parametrize(("severity", "receiver"), [("critical", "page"), ("warning", "notice")])
def test_critical_alerts_page_and_warnings_are_notices(
    amtool: Tool, config: Path, severity: str, receiver: str
) -> None:
    routed = amtool("config", "routes", "test", f"--config.file={config}", f"severity={severity}", "channel=chat")
    assert routed.startswith(receiver)


def test_addresses_are_read_from_files_and_stand_in_none_of_ours() -> None:
    for receiver in CONFIG["receivers"]:
        (webhook,) = receiver["webhook_configs"]
        assert webhook["url_file"].startswith("/run/secrets/")
        assert webhook["send_resolved"] is True
    assert "http" not in ALERTMANAGER.read_text().partition("route:")[2]


def test_inhibition_names_only_alerts_that_exist() -> None:
    named = re.findall(r"Deskpulse\w+", ALERTMANAGER.read_text().partition("inhibit_rules:")[2])
    assert named
    assert set(named) <= NAMES


def _matches(matchers: list[str], labels: dict[str, str]) -> bool:
    for matcher in matchers:
        name, operator, value = re.fullmatch(r'(\w+)(=~|!~|!=|=)"([^"]*)"', matcher).groups()  # type: ignore[union-attr]
        actual = labels.get(name, "")
        hit = bool(re.fullmatch(value, actual)) if operator in {"=~", "!~"} else actual == value
        if hit == operator.startswith("!"):
            return False
    return True


def _held_back(target: dict[str, str], source: dict[str, str]) -> bool:
    return any(
        _matches(rule["source_matchers"], source)
        and _matches(rule["target_matchers"], target)
        and all(source.get(label) == target.get(label) for label in rule.get("equal", []))
        for rule in CONFIG["inhibit_rules"]
    )


def _alert(name: str, **labels: str) -> dict[str, str]:
    (rule,) = [rule for rule in rules("alert") if rule["alert"] == name]
    own: dict[str, str] = rule["labels"]
    return {"alertname": name} | own | labels


def test_a_breach_holds_back_the_warning_of_its_own_channel_only() -> None:
    breach = _alert("DeskpulseFirstResponseBreached", channel="chat")
    assert _held_back(_alert("DeskpulseFirstResponseAtRisk", channel="chat"), breach)
    assert _held_back(_alert("DeskpulseFirstResponseSlow", channel="chat"), breach)
    assert not _held_back(_alert("DeskpulseFirstResponseAtRisk", channel="phone"), breach)


@pytest.mark.parametrize("source", sorted(NAMES))
def test_nothing_holds_back_a_breach_or_mute_alerting(source: str) -> None:
    for name in ("DeskpulseFirstResponseBreached", "DeskpulseRulesFailing", "DeskpulseNotificationsFailing"):
        assert not _held_back(_alert(name, channel="chat"), _alert(source, channel="chat"))


@pytest.mark.parametrize("source", ["DeskpulseDataStale", "DeskpulseConsumerLagGrowing"])
def test_late_numbers_hold_back_warnings_about_the_desk(source: str) -> None:
    assert _held_back(_alert("DeskpulseFirstResponseAtRisk", channel="chat"), _alert(source))


def test_no_alert_holds_back_itself() -> None:
    for name in NAMES:
        alert = _alert(name, channel="chat", instance="a")
        assert not _held_back(alert, alert)
