"""Who is told what, and what holds back what. amtool before 0.26 does not know `url_file`; it sees an address there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from grafana.build_alertmanager import ALERTMANAGER, HEARTBEAT, RECEIVERS, config, rendered
from grafana.receivers import SEVERITIES, TEAMS, read
from tests.rules.conftest import Tool
from tests.rules.live import posting_to
from tests.rules.monitoring_files import rules

EXAMPLE = RECEIVERS.with_name("receivers.example.yaml")
CONFIG: dict[str, Any] = config(read(RECEIVERS))
NAMES = {rule["alert"] for rule in rules("alert")}
PARTS = {rule["labels"]["part"]: rule["labels"]["team"] for rule in rules("alert")}
EVERY_FILE = pytest.mark.parametrize("receivers", [RECEIVERS, EXAMPLE], ids=lambda path: path.stem)
ALL_KINDS = [(part, team, severity) for part, team in sorted(PARTS.items()) for severity in SEVERITIES]


def as_any_version_reads_it(receivers: Path, folder: Path) -> Path:
    """Write a configuration as any version of amtool can read it, with the templates beside it."""
    (folder / "templates").symlink_to(ALERTMANAGER.parent / "templates")
    path = folder / "alertmanager.yml"
    path.write_text(yaml.safe_dump(posting_to(config(read(receivers)), "http://127.0.0.1:9")))
    return path


def _told(amtool: Tool, path: Path, *labels: str) -> str:
    """Return the receiver of an alert; a line of stderr about the address of Alertmanager follows it."""
    return amtool("config", "routes", "test", f"--config.file={path}", *labels).splitlines()[0]


def test_the_configuration_is_what_the_script_makes_of_the_receivers() -> None:
    assert rendered() == ALERTMANAGER.read_text(), "run: python -m grafana.build_alertmanager"


@EVERY_FILE
def test_alertmanager_accepts_the_configuration_and_the_templates(
    amtool: Tool, tmp_path: Path, receivers: Path
) -> None:
    said = amtool("check-config", as_any_version_reads_it(receivers, tmp_path))
    assert "5 receivers" in said
    assert "1 templates" in said


@EVERY_FILE
@pytest.mark.parametrize(("part", "team", "severity"), ALL_KINDS)
def test_every_severity_of_every_part_goes_to_its_team_and_to_nobody_else(
    amtool: Tool, tmp_path: Path, receivers: Path, part: str, team: str, severity: str
) -> None:
    path = as_any_version_reads_it(receivers, tmp_path)
    labels = (f"severity={severity}", f"part={part}", f"team={team}", "alertname=Any", "channel=chat")
    assert _told(amtool, path, *labels) == f"{team}-{severity}"


@pytest.mark.parametrize("rule", rules("alert"), ids=lambda rule: rule["alert"])
def test_every_alert_goes_where_its_labels_say(amtool: Tool, tmp_path: Path, rule: dict[str, Any]) -> None:
    path = as_any_version_reads_it(EXAMPLE, tmp_path)
    labels = [f"{name}={value}" for name, value in rule["labels"].items()]
    told = _told(amtool, path, f"alertname={rule['alert']}", *labels)
    kind = f"{rule['labels']['team']}-{rule['labels']['severity']}"
    assert told == ("heartbeat" if rule["alert"] == HEARTBEAT else kind)


def test_the_heartbeat_is_delivered_to_nobody_until_somebody_wants_it_and_then_every_minute() -> None:
    for receivers, name, ways in ((RECEIVERS, "nobody", set()), (EXAMPLE, "heartbeat", {"webhook_configs"})):
        made = config(read(receivers))
        assert made["route"]["routes"][0]["receiver"] == name
        assert made["route"]["routes"][0]["repeat_interval"] == "1m"
        (receiver,) = [each for each in made["receivers"] if each["name"] == name]
        assert set(receiver) - {"name"} == ways


def test_an_alert_without_a_team_is_told_too(amtool: Tool, tmp_path: Path) -> None:
    path = as_any_version_reads_it(RECEIVERS, tmp_path)
    assert _told(amtool, path, "alertname=Theirs") == "platform-warning"


def test_a_desk_that_is_closed_mutes_its_silence_and_nothing_else() -> None:
    muted = [route for route in config(read(EXAMPLE))["route"]["routes"] if "mute_time_intervals" in route]
    assert [route["matchers"] for route in muted] == [['alertname="DeskpulseEventsStopped"']]
    assert not [route for route in CONFIG["route"]["routes"] if "mute_time_intervals" in route]


@EVERY_FILE
def test_every_secret_is_read_from_a_file_and_everybody_hears_that_it_is_over(receivers: Path) -> None:
    made = config(read(receivers))
    ways = [to for receiver in made["receivers"] for key in receiver if key != "name" for to in receiver[key]]
    assert ways
    assert all(to["send_resolved"] is True for to in ways)
    text = yaml.safe_dump(made)
    assert not re.findall(r"(?<!_)\burl: |api_url: |password: |https?://", text)
    assert all(path.startswith("/run/secrets/") for path in re.findall(r"_file: (\S+)", text))


def test_inhibition_names_only_alerts_that_exist() -> None:
    named = re.findall(r"Deskpulse\w+", str(CONFIG["inhibit_rules"]))
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


def test_a_breach_holds_back_the_warning_of_its_own_channel_and_priority_only() -> None:
    breach = _alert("DeskpulseFirstResponseBreached", channel="chat", priority="high")
    assert _held_back(_alert("DeskpulseFirstResponseAtRisk", channel="chat", priority="high"), breach)
    assert not _held_back(_alert("DeskpulseFirstResponseAtRisk", channel="chat", priority="low"), breach)
    assert not _held_back(_alert("DeskpulseFirstResponseAtRisk", channel="phone", priority="high"), breach)


def test_what_burns_fast_holds_back_that_it_burns_slowly() -> None:
    fast = _alert("DeskpulseServiceLevelBurnFast", channel="chat", window="1h")
    assert _held_back(_alert("DeskpulseServiceLevelBurnSlow", channel="chat", window="24h"), fast)
    assert not _held_back(_alert("DeskpulseServiceLevelBurnSlow", channel="phone", window="24h"), fast)


@pytest.mark.parametrize("source", sorted(NAMES))
def test_nothing_holds_back_a_breach_or_mute_alerting(source: str) -> None:
    for name in (
        *("DeskpulseFirstResponseBreached", "DeskpulseServiceLevelBurnFast"),
        *("DeskpulseRulesFailing", "DeskpulseNotificationsFailing"),
    ):
        assert not _held_back(_alert(name, channel="chat"), _alert(source, channel="chat"))


@pytest.mark.parametrize("source", ["DeskpulseDataStale", "DeskpulseConsumerLagGrowing", "DeskpulseInvariantBroken"])
def test_wrong_numbers_hold_back_every_warning_about_the_desk_and_no_other(source: str) -> None:
    about = {"channel": "chat", "instance": "b:6066"}
    held = {name for name in NAMES if _held_back(_alert(name, **about), _alert(source, instance="a:6066"))}
    assert held == {
        rule["alert"]
        for rule in rules("alert")
        if (rule["labels"]["team"], rule["labels"]["severity"]) == ("support", "warning")
    }


def test_no_alert_holds_back_itself() -> None:
    for name in NAMES:
        alert = _alert(name, channel="chat", instance="a")
        assert not _held_back(alert, alert)


def test_the_teams_of_the_rules_are_those_that_can_be_told() -> None:
    assert {rule["labels"]["team"] for rule in rules("alert")} == set(TEAMS)
