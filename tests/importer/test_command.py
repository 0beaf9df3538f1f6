"""`deskpulse import` as a person or a script uses it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from schemas.codec import Limits, decode
from schemas.rejected import Rejected
from stream.cli.import_file import import_file
from stream.mapping.mapping_file import bundled

T = "2026-03-02T12:00:00"
MAPPING = """
version: 1
title: "A test"
rows: events
ticket: "{Id}"
at: "{When}"
time: {zone: Europe/Rome}
rules:
  - emit: opened
"""

app = typer.Typer()
app.command()(import_file)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my.yaml").write_text(MAPPING)
    Path("good.csv").write_text(f"Id,When\n1,{T}\n2,{T}\n")
    Path("mixed.csv").write_text(f"Id,When\n1,{T}\n2,soon\n")
    Path("bad.csv").write_text("Id,When\n1,soon\n2,later\n")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_events_go_to_a_file_that_the_decoder_accepts_and_the_last_line_counts() -> None:
    result = run("good.csv", "--mapping", "my.yaml", "--to", "events.jsonl")
    assert result.exit_code == 0
    lines = Path("events.jsonl").read_bytes().splitlines()
    decoded = decode(lines, limits=Limits(), now_us=2_000_000_000_000_000)
    assert len(decoded) == 2
    assert not any(isinstance(outcome, Rejected) for outcome in decoded)
    last = result.stdout.splitlines()[-1]
    assert last.startswith(
        "imported: 2 rows read, 0 rejected, 0 skipped; 2 events of 2 opened tickets sent to events.jsonl; "
    )
    assert not Path("good.csv.rejected.jsonl").exists()


def test_importing_twice_writes_the_same_bytes() -> None:
    written = []
    for _ in range(2):
        assert run("good.csv", "--mapping", "my.yaml", "--to", "events.jsonl").exit_code == 0
        written.append(Path("events.jsonl").read_bytes())
    assert written[0] == written[1]


def test_standard_output_has_events_alone() -> None:
    result = run("mixed.csv", "--mapping", "my.yaml", "--to", "-")
    assert [json.loads(line)["ticket_id"] for line in result.stdout.splitlines()] == ["1"]
    assert result.stderr.splitlines()[-1].startswith("imported: 2 rows read, 1 rejected")


def test_rejected_rows_are_kept_beside_the_file_and_the_import_succeeds() -> None:
    result = run("mixed.csv", "--mapping", "my.yaml", "--to", "events.jsonl")
    assert result.exit_code == 0
    (record,) = [json.loads(line) for line in Path("mixed.csv.rejected.jsonl").read_text().splitlines()]
    assert (record["line"], record["reason"], record["row"]) == (3, "time", {"Id": "2", "When": "soon"})
    assert "rejected 1 for time, such as line 3: got 'soon'; accepts a time as iso" in result.stdout
    assert "rejected rows are kept in mixed.csv.rejected.jsonl" in result.stdout


def test_the_place_of_the_rejects_can_be_chosen() -> None:
    run("mixed.csv", "--mapping", "my.yaml", "--to", "events.jsonl", "--rejected", "no.jsonl")
    assert Path("no.jsonl").exists()
    assert not Path("mixed.csv.rejected.jsonl").exists()


def test_strict_makes_a_rejected_row_a_failure() -> None:
    assert run("mixed.csv", "--mapping", "my.yaml", "--to", "e.jsonl", "--strict").exit_code == 1
    assert run("good.csv", "--mapping", "my.yaml", "--to", "e.jsonl", "--strict").exit_code == 0


def test_an_import_of_nothing_is_a_failure() -> None:
    result = run("bad.csv", "--mapping", "my.yaml", "--to", "events.jsonl")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "nothing imported: 2 rows read, 2 rejected, 0 skipped"


def test_a_dry_run_shows_first_events_and_counts_and_writes_nothing() -> None:
    before = set(Path().iterdir())
    result = run("mixed.csv", "--mapping", "my.yaml", "--dry-run")
    assert result.exit_code == 0
    assert "2026-03-02T11:00:00Z" in result.stdout
    assert "events: opened 1" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("dry run: 2 rows read, 1 rejected, 0 skipped; 1 events of 1")
    assert set(Path().iterdir()) == before


def test_a_limit_reads_so_many_rows() -> None:
    result = run("good.csv", "--mapping", "my.yaml", "--dry-run", "--limit", "1")
    assert result.stdout.splitlines()[-1].startswith("dry run: 1 rows read")


def test_the_zone_of_the_mapping_can_be_replaced() -> None:
    result = run("good.csv", "--mapping", "my.yaml", "--to", "-", "--zone", "Asia/Tokyo")
    assert json.loads(result.stdout.splitlines()[0])["occurred_at"] == "2026-03-02T03:00:00Z"


def test_the_result_can_be_read_by_a_machine() -> None:
    result = run("mixed.csv", "--mapping", "my.yaml", "--to", "events.jsonl", "--json")
    record = json.loads(result.stdout)
    assert record.pop("seconds") >= 0
    assert record == {
        "rows": 2,
        "rejected": 1,
        "rejected_by": {"time": 1},
        "rejects_file": "mixed.csv.rejected.jsonl",
        "skipped": 0,
        "events": 1,
        "events_by": {"opened": 1},
        "sent": 1,
        "sent_to": "events.jsonl",
        "repeated_hour": 0,
        "skipped_hour": 0,
        "interrupted": False,
    }


def test_times_in_an_hour_in_which_clocks_were_moved_are_told() -> None:
    Path("dst.csv").write_text("Id,When\n1,2026-10-25T02:30:00\n2,2026-03-29T02:30:00\n")
    result = run("dst.csv", "--mapping", "my.yaml", "--dry-run")
    assert "1 times lie in an hour that came twice (time.repeated_hour)" in result.stdout
    assert "1 times lie in an hour that clocks skipped (time.skipped_hour)" in result.stdout


def test_the_bundled_mappings_are_listed_with_their_titles() -> None:
    result = run("--list-mappings")
    assert result.exit_code == 0
    assert "zendesk-tickets" in result.stdout
    titles = json.loads(run("--list-mappings", "--json").stdout)
    assert set(titles) == set(bundled())
    assert all(titles.values())


@pytest.mark.parametrize(
    ("arguments", "status", "expected"),
    [
        (["good.csv"], 2, "--mapping is missing"),
        (["--mapping", "my.yaml"], 2, "FILE is missing"),
        (["good.csv", "--mapping", "my.yaml", "--to", "x", "--kafka"], 2, "--to and --kafka exclude each other"),
        (["good.csv", "--mapping", "my.yaml", "--to", "x", "--dry-run"], 2, "--to and --dry-run exclude each other"),
        (["good.csv", "--mapping", "my.yaml", "--to", "good.csv"], 2, "are the same file"),
        (["good.csv", "--mapping", "my.yaml", "--to", "x", "--rejected", "x"], 2, "are the same file"),
        (
            ["good.csv", "--mapping", "your.yaml", "--to", "x"],
            2,
            "your.yaml: cannot be read: No such file or directory",
        ),
        (["good.csv", "--mapping", "zendeks", "--to", "x"], 2, "--mapping: got 'zendeks'; accepts amazon-connect,"),
        (["good.csv", "--mapping", "my.yaml", "--to", "x", "--zone", "Mars"], 2, "--zone: got 'Mars'; accepts an IANA"),
        (["good.csv", "--mapping", "zendesk-tickets", "--to", "x"], 1, "good.csv:1: the mapping reads the column"),
        (["none.csv", "--mapping", "my.yaml", "--to", "x"], 1, "none.csv: cannot be read: No such file or directory"),
        (["good.csv", "--mapping", "my.yaml", "--to", "none/x"], 1, "none/x: No such file or directory"),
        (["mixed.csv", "--mapping", "my.yaml", "--to", "x", "--rejected", "none/x"], 1, "none/x: cannot be written"),
    ],
)
def test_what_is_wrong_is_said_in_a_line_without_a_traceback(arguments: list[str], status: int, expected: str) -> None:
    result = run(*arguments)
    assert result.exit_code == status
    assert isinstance(result.exception, SystemExit)
    assert expected in " ".join(result.stderr.replace("│", " ").split())


def test_a_broker_that_is_away_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKPULSE_BROKER", "127.0.0.1:1")
    result = run("good.csv", "--mapping", "my.yaml")
    assert result.exit_code == 1
    assert "127.0.0.1:1: nothing listens there" in result.stderr


def test_ctrl_c_ends_an_import_at_once_with_a_last_line() -> None:
    """The export is a pipe that stays open, so that the import is surely reading when the signal comes."""
    os.mkfifo("pipe.csv")
    code = "import typer; from stream.cli.import_file import import_file as f; a = typer.Typer(); a.command()(f); a()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "pipe.csv", "--mapping", "my.yaml", "--to", "events.jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        with Path("pipe.csv").open("w") as pipe:
            pipe.write("Id,When\n" + f"1,{T}\n" * 20_000)  # more than the pipe holds: it returns while all is read
            pipe.flush()
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert "Traceback" not in stderr
    assert stdout.splitlines()[-1].startswith("interrupted: ")
    assert stdout.splitlines()[-1].endswith("0 events sent to events.jsonl; importing again repeats none of them")
