"""The policy file as a person and as a program meets it: the command, replay --policy, and the setting."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from stream.cli.main import app
from stream.core.definitions import Definitions
from stream.policy_file import default_text, load
from stream.settings import WrongSettingError, load_settings
from tests.events import opened, responded

RUNNER = CliRunner()
POLICY = """\
schedules:
  default:
    zone: Europe/Berlin
    hours: {mon-thu: [09:00-12:00, 13:00-17:00], fri: 09:00-15:00}
    changes:
      - {from: 2026-07-01, hours: {mon-fri: 08:00-20:00}}
    holidays: {country: DE, subdivision: BE, dates: [2026-12-24]}
  always: {hours: {mon-sun: 00:00-24:00}}
queues: {emergency: always}
targets:
  - {within: 90m, priorities: [urgent], queues: emergency}
  - {within: 2d, clock: business, from: 2026-07-01T00:00:00Z}
csat: {scale: 4}
"""
WRONG = "nps_low: 11\n\ntargets: [{within: soon}]\n"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY)
    return file


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    file = tmp_path / "wrong.yaml"
    file.write_text(WRONG)
    return file


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """A ticket of Monday 2026-03-02 12:00 UTC, answered after 7 hours, and one that waits."""
    file = tmp_path / "events.jsonl"
    written = [opened("T1", 0, channel="email"), responded("T1", 7 * 3600), opened("T2", 7 * 3600, channel="email")]
    file.write_bytes(b"\n".join(orjson.dumps(event) for event in written))
    return file


def _run(*arguments: str | Path) -> Result:
    return RUNNER.invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "120"})


def test_without_a_file_the_annotated_default_is_printed_and_can_be_used_as_it_is(tmp_path):
    printed = _run("policy").stdout
    assert printed == default_text()
    file = tmp_path / "policy.yaml"
    file.write_text(printed)
    assert load(file) == Definitions()
    assert json.loads(_run("policy", file, "--json").stdout) == json.loads(_run("policy", "--json").stdout)


def test_a_file_is_shown_as_what_it_puts_in_force(policy):
    done = _run("policy", policy)
    assert done.exit_code == 0, done.output
    rows = [" ".join(line.replace("│", " ").split()) for line in done.stdout.splitlines()]
    assert "default all others Europe/Berlin mon-thu 09:00-12:00, 13:00-17:00 public, DE-BE" in rows
    assert "fri 09:00-15:00 2026-12-24" in rows
    assert "2026-07-01 mon-fri 08:00-20:00" in rows
    assert "always emergency UTC mon-sun 00:00-24:00 none" in rows
    assert "90m urgent and emergency any time calendar" in rows
    assert "2d all tickets from 2026-07-01T00:00:00Z business" in rows
    assert "csat.scale 4" in rows
    assert "short_abandon 5s" in rows


def test_every_threshold_in_force_is_shown(policy):
    shown = _run("policy", policy).stdout
    for key, value in load(policy).document.items():
        if key not in ("version", "schedules", "queues", "targets"):
            for name in [f"{key}.{part}" for part in value] if isinstance(value, dict) else [key]:
                assert name.removesuffix("_seconds") in shown, name


def test_a_policy_that_promises_nothing_and_never_opens_is_shown_too(tmp_path):
    file = tmp_path / "policy.yaml"
    file.write_text("targets: []\nschedules: {default: {hours: {mon: []}}}\ncsat: {low: {}}\n")
    shown = _run("policy", file).stdout
    assert "no targets: nothing is promised" in shown
    rows = [" ".join(line.replace("│", " ").split()) for line in shown.splitlines()]
    assert "default all others UTC none none" in rows
    assert "csat.low none" in rows


def test_a_program_gets_the_document_of_the_snapshot(policy, events):
    document = json.loads(_run("policy", policy, "--json").stdout)
    assert document == load(policy).document
    snapshot = json.loads(_run("replay", events, "--policy", policy, "--json").stdout)
    assert snapshot["policy"] == document


@pytest.mark.parametrize("arguments", [["policy"], ["policy", "--json"], ["replay", "events.jsonl", "--policy"]])
def test_a_wrong_file_is_said_line_by_line_with_status_2(wrong, events, monkeypatch, arguments):
    monkeypatch.chdir(events.parent)
    done = _run(*arguments, wrong)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        f"wrong policy {wrong}:1: nps_low: got '11'; accepts a whole number from 0 to 10",
        f"wrong policy {wrong}:3: targets[1].within: got 'soon'; accepts 1s to 366d, such as 240s, 4m, 24h or 2d",
    ]


def test_a_file_that_is_not_there_is_said(tmp_path):
    done = _run("policy", tmp_path / "none.yaml")
    assert done.exit_code == 2
    assert done.stderr == f"wrong policy {tmp_path}/none.yaml: cannot be read: No such file or directory\n"


def test_replay_says_what_the_numbers_would_have_been(events, policy):
    def numbers(*more: str | Path) -> tuple[object, ...]:
        snapshot = json.loads(_run("replay", events, "--json", *more).stdout)

        def total(section: str, **where: str) -> dict[str, object]:
            rows = [row for row in snapshot[section] if not row["labels"] and where.items() <= row.items()]
            assert len(rows) == 1, rows
            return dict(rows[0])

        calendar, business = (
            total(section, window="all", attribute_to="response")["sum_seconds"]
            for section in ("first_response", "first_response_business")
        )
        level, promised = total("service_level", window="all"), total("sla")
        return calendar, business, level["answered"], level["answered_within"], promised["without_target"]

    # Monday 2026-03-02, 12:00 UTC to 19:00. By default 12-17 count, and 24 hours are promised for e-mail.
    assert numbers() == (7 * 3600, 5 * 3600, 1, 1, 0)
    # In Berlin it is 13:00, so that 13-17 count; nothing was promised before July.
    assert numbers("--policy", policy) == (7 * 3600, 4 * 3600, 0, 0, 1)


def test_replay_shows_business_time_and_promises_to_a_person(events, policy):
    rows = [
        " ".join(line.replace("│", " ").split())
        for line in _run("replay", events, "--policy", policy).stdout.splitlines()
    ]
    assert "of those who wait for a first response 0 on time, 0 at risk, 0 breached, 1 without a target" in rows
    assert "all time 1 4.0 h 4.0 h 4.0 h 4.0 h 4.0 h" in rows
    assert "service level A/(N+B-s)" in rows
    rows = [" ".join(line.replace("│", " ").split()) for line in _run("replay", events).stdout.splitlines()]
    assert "all time 1 1 0 100.0 %" in rows


def test_the_setting_puts_the_file_in_force(policy, monkeypatch):
    assert load_settings().policy().definitions == Definitions()
    monkeypatch.setenv("DESKPULSE_POLICY_FILE", str(policy))
    assert load_settings().policy().definitions == load(policy)


def test_a_wrong_file_is_a_wrong_setting_that_names_each_line(wrong, tmp_path):
    with pytest.raises(WrongSettingError) as raised:
        load_settings(policy_file=wrong).policy()
    first, second = str(raised.value).splitlines()
    assert (
        first
        == f"policy_file (DESKPULSE_POLICY_FILE): {wrong}:1: nps_low: got '11'; accepts a whole number from 0 to 10"
    )
    assert second.startswith(f"policy_file (DESKPULSE_POLICY_FILE): {wrong}:3: targets[1].within: got 'soon'")
    with pytest.raises(
        WrongSettingError, match=r"^policy_file \(DESKPULSE_POLICY_FILE\): .*/none.yaml: cannot be read"
    ):
        load_settings(policy_file=tmp_path / "none.yaml").policy()


@pytest.mark.parametrize("command", ["worker", "check", "replay"])
def test_no_command_goes_on_with_a_wrong_file(command, wrong, events):
    done = subprocess.run(
        [sys.executable, "-m", "stream.cli.main", command, *([str(events)] if command == "replay" else [])],
        env={**os.environ, "DESKPULSE_POLICY_FILE": str(wrong), "DESKPULSE_BROKER": "127.0.0.1:1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode in (1, 2)
    said = [line for line in (done.stdout + done.stderr).splitlines() if "policy_file (DESKPULSE_POLICY_FILE)" in line]
    assert [line.partition(f"{wrong}:")[2][:2] for line in said] == ["1:", "3:"]
    assert "Traceback" not in done.stderr
