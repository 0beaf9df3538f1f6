"""The command line as a person and as a program meets it."""

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
from tests.events import answered, opened, responded

RUNNER = CliRunner()
EVENTS = [
    *(opened("T1", 0, channel="chat"), responded("T1", 90), opened("T2", 30)),
    *(answered(f"S{i}", 60, 9) for i in range(5)),
]


@pytest.fixture
def events(tmp_path: Path) -> Path:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n".join(orjson.dumps(event) for event in EVENTS) + b"\n\nnot json\n")
    return file


def _run(*arguments: str | Path) -> Result:
    return RUNNER.invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "100"})


def test_replay_shows_the_numbers_and_which_lines_are_no_event(events):
    done = _run("replay", events)
    assert done.exit_code == 0, done.output
    assert "2 tickets of 8 events, as of 2026-03-02T12:01:30.000000Z" in done.stdout
    assert "1 wait for a first response, longest 60.0 s" in done.stdout
    assert "+100.0" in done.stdout
    assert f"{events}:10: not_json" in done.stderr.replace("\n", "")


def test_replay_says_why_all_business_times_of_a_weekend_are_zero(events, tmp_path):
    says = "no wait lay in the hours that the policy names"
    assert says not in _run("replay", events).stdout
    sunday = tmp_path / "sunday.jsonl"
    story = [opened("T1", -86_400, channel="chat"), responded("T1", -86_000)]
    sunday.write_bytes(b"\n".join(orjson.dumps(event) for event in story))
    assert says in _run("replay", sunday).stdout


def test_replay_gives_a_program_the_whole_snapshot(events):
    snapshot = json.loads(_run("replay", events, "--json").stdout)
    assert snapshot["version"] == 1
    assert snapshot["tickets"]["opened"] == 2


def test_replay_looks_at_an_instant_and_leaves_out_what_had_not_happened(events):
    snapshot = json.loads(_run("replay", events, "--json", "--as-of", "2026-03-02T13:00:20+01:00").stdout)
    assert snapshot["as_of"] == "2026-03-02T12:00:20.000000Z"
    assert snapshot["tickets"]["opened"] == 1
    assert snapshot["backlog"][0]["unanswered"] == 1


@pytest.mark.parametrize(("text", "says"), [("yesterday", "accepts RFC 3339"), ("2026-03-02T12:00:00", "has no zone")])
def test_a_wrong_instant_is_said_with_what_is_accepted(events, text, says):
    done = _run("replay", events, "--as-of", text)
    assert done.exit_code == 2
    assert says in done.stderr
    assert text in done.stderr


def test_a_file_that_is_not_there_is_said(tmp_path):
    done = _run("replay", tmp_path / "none.jsonl")
    assert done.exit_code == 2
    assert "none.jsonl" in done.stderr.replace("\n", "")


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "it is empty"), (b"\n\n", "it is empty"), (b"not json\n{}\n", "2 lines are no event")]
)
def test_a_replay_without_one_event_is_an_error_that_names_the_file(tmp_path, content, why):
    file = tmp_path / "wrong.jsonl"
    file.write_bytes(content)
    done = _run("replay", file, "--json")
    assert done.exit_code == 2
    assert not done.stdout
    assert f"not one event in {file}: {why}" in done.stderr


def test_a_replay_says_which_of_several_files_has_no_event(events, tmp_path):
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    done = _run("replay", events, empty)
    assert done.exit_code == 0
    assert f"{empty}: not one event in it" in done.stderr
    assert f"{events}: not" not in done.stderr


@pytest.mark.parametrize(("form", "key"), [("jsonschema", "$schema"), ("alerts", "$schema"), ("asyncapi", "asyncapi")])
def test_schemas_are_printed_as_json(form, key):
    assert key in json.loads(_run("schema", form).stdout)


def test_the_version_is_told():
    done = _run("--version")
    assert (done.exit_code, done.stdout) == (0, "deskpulse 0.1.0\n")


@pytest.mark.parametrize(
    "command",
    ["demo", "worker", "topics", "simulate", "import", "intake", "replay", "verify", "policy", "schema", "check"],
)
def test_every_command_has_a_help_that_teaches(command):
    done = _run(command, "--help")
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) > 5


def test_a_wrong_setting_is_said_in_one_line_without_a_traceback(events):
    done = subprocess.run(
        [sys.executable, "-m", "stream.cli.main", "replay", str(events)],
        env={**os.environ, "DESKPULSE_RESPONDER": "parrot"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("wrong setting responder (DESKPULSE_RESPONDER): got 'parrot'")
