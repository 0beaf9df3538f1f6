"""The layout file as a person meets it: the command, and the setting."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from stream.board.reading import default_text
from stream.cli.main import app

RUNNER = CliRunner()
WRONG = "boards:\n  - name: one\n    pages: [{tiles: [{metric: waitin}]}]\n  - {name: two, pages: []}\n"


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    file = tmp_path / "wrong.yaml"
    file.write_text(WRONG)
    return file


def _run(*arguments: str | Path) -> Result:
    return RUNNER.invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "160"})


def test_without_a_file_the_annotated_default_is_printed_and_can_be_used_as_it_is(tmp_path: Path) -> None:
    printed = _run("layout").stdout
    assert printed == default_text()
    file = tmp_path / "layout.yaml"
    file.write_text(printed)
    assert _run("layout", "--check", file).exit_code == 0


def test_a_file_is_shown_as_its_wallboards_and_what_is_on_them() -> None:
    done = _run("layout", "--check", "examples/layouts/three-tiles.yaml")
    assert done.exit_code == 0, done.output
    rows = [" ".join(line.replace("│", " ").split()) for line in done.stdout.splitlines()]
    assert "/wallboard/floor 1 3 x 1 waiting by channel, service_level today, nps 30d" in rows


def test_a_wrong_file_is_said_line_by_line_with_status_2(wrong: Path, tmp_path: Path) -> None:
    done = _run("layout", "--check", wrong)
    assert (done.exit_code, done.stdout) == (2, "")
    first, second = done.stderr.splitlines()
    assert first.startswith(f"wrong layout {wrong}:3: boards[1].pages[1].tiles[1].metric: got 'waitin' (did you mean")
    assert second.startswith(f"wrong layout {wrong}:4: boards[2].pages: got an empty list; accepts at least one")
    missing = _run("layout", "--check", tmp_path / "none.yaml")
    assert missing.stderr == f"wrong layout {tmp_path}/none.yaml: cannot be read: No such file or directory\n"


def test_a_file_is_checked_against_the_windows_and_labels_that_are_set(tmp_path: Path) -> None:
    file = tmp_path / "layout.yaml"
    file.write_text("boards: [{name: one, pages: [{tiles: [{metric: frt_p90, window: 2h}]}]}]\n")
    assert _run("layout", "--check", file).exit_code == 2
    checked = RUNNER.invoke(app, ["layout", "--check", str(file)], env={"DESKPULSE_WINDOWS": "2h,24h"})
    assert checked.exit_code == 0, checked.output


@pytest.mark.parametrize(("command", "status"), [("worker", 2), ("check", 1)])
def test_no_command_goes_on_with_a_wrong_file(wrong: Path, command: str, status: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stream.cli.main", command],
        env={**os.environ, "DESKPULSE_LAYOUT_FILE": str(wrong), "DESKPULSE_BROKER": "127.0.0.1:1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == status
    said = [line for line in (done.stdout + done.stderr).splitlines() if "layout_file (DESKPULSE_LAYOUT_FILE)" in line]
    assert [line.partition(f"{wrong}:")[2][:2] for line in said] == ["3:", "4:"]
    assert "Traceback" not in done.stderr
