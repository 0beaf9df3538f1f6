"""`deskpulse simulate` as people run it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

START = "2026-11-16T00:00:00Z"
# The command alone, so that these tests need nothing of the others.
PROGRAM = "import typer; from stream.cli.simulate import simulate; app = typer.Typer(); app.command()(simulate); app()"


def command(*options: str) -> list[str]:
    return [sys.executable, "-c", PROGRAM, *options]


def simulate(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*options),
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "COLUMNS": "200", **environment},
    )


def test_a_file_gets_exactly_the_tickets_asked_for_and_the_last_line_says_so(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    done = simulate("--tickets", "300", "--start", START, "--to", str(path))
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    events = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    assert sum(event["type"] == "ticket.opened" for event in events) == 300
    [line] = done.stderr.splitlines()
    assert line.startswith(f"sent {len(events):,} events (300 openings) in ")
    assert line.endswith(f"to {path}; seed 1, start 2026-11-16T00:00:00+00:00")


def test_the_same_options_give_the_same_bytes_disorder_included() -> None:
    options = ("--tickets", "200", "--start", START, "--shuffle", "40", "--duplicates", "0.1", "--to", "-")
    first, second, other = simulate(*options), simulate(*options), simulate(*options, "--seed", "2")
    assert first.stdout == second.stdout
    assert first.stdout != other.stdout
    lines = first.stdout.splitlines()
    assert len(set(lines)) < len(lines), "nothing came twice"
    times = [orjson.loads(line)["occurred_at"] for line in lines]
    assert times != sorted(times), "nothing came late"


def test_without_a_start_the_simulated_day_ends_now() -> None:
    done = simulate("--tickets", "500", "--to", "-")
    events = [orjson.loads(line) for line in done.stdout.splitlines()]
    times = [datetime.fromisoformat(event["occurred_at"]) for event in events if event["type"] != "customer.acquired"]
    now = datetime.now(UTC)
    assert now - timedelta(hours=25) < times[0] <= times[-1] < now
    assert times[-1] > now - timedelta(hours=2)


def test_five_weeks_have_the_same_hour_of_each_week(tmp_path: Path) -> None:
    path = tmp_path / "weeks.jsonl"
    done = simulate("--days", "36", "--tickets-per-day", "300", "--start", START, "--to", str(path))
    assert done.returncode == 0, done.stderr
    opened = [
        event["occurred_at"]
        for event in map(orjson.loads, path.read_bytes().splitlines())
        if event["type"] == "ticket.opened"
    ]
    mondays = ("2026-11-16", "2026-11-23", "2026-11-30", "2026-12-07", "2026-12-14")
    assert all(5 < sum(at.startswith(f"{monday}T10") for at in opened) < 60 for monday in mondays)


def test_history_is_sent_at_once_and_then_the_desk_is_live(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    began = datetime.now(UTC)
    process = subprocess.Popen(
        command("--tickets-per-day", "3000", "--speed", "1", "--history", "2", "--to", str(path)),
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip

    def times() -> list[datetime]:
        lines = path.read_bytes().splitlines()[:-1] if path.exists() else []
        events = [orjson.loads(line) for line in lines]
        return [datetime.fromisoformat(event["occurred_at"]) for event in events if "ticket_id" in event]

    try:
        deadline = time.monotonic() + 30
        # At any hour something happens each minute: if no contact comes, an old ticket is closed.
        while not (happened := times()) or happened[-1] < began - timedelta(minutes=20):
            assert time.monotonic() < deadline
            time.sleep(0.5)
    finally:
        process.send_signal(signal.SIGINT)
        error = process.communicate(timeout=10)[1]
    assert process.returncode == 0, error
    happened = times()
    assert began - timedelta(days=2) <= happened[0] + timedelta(seconds=1)
    assert happened[0] < began - timedelta(days=1, hours=23)
    assert happened[-1] <= datetime.now(UTC)


def test_as_many_customers_were_there_before_as_were_asked_for() -> None:
    done = simulate("--tickets", "10", "--customers", "7", "--start", START, "--to", "-")
    events = [orjson.loads(line) for line in done.stdout.splitlines()]
    before = [event for event in events if event["occurred_at"] < START]
    assert [event["type"] for event in before] == ["customer.acquired"] * 7


def test_a_rate_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    began = time.monotonic()
    process = subprocess.Popen(
        command("--tickets", "5000", "--rate", "200", "--to", str(path)), stderr=subprocess.PIPE, text=True
    )
    try:
        while not path.exists() or not path.stat().st_size:
            assert time.monotonic() < began + 30
            time.sleep(0.05)
        first = path.read_bytes().count(b"\n")
        time.sleep(2)
        assert path.read_bytes().count(b"\n") - first == pytest.approx(400, abs=80)
    finally:
        process.send_signal(signal.SIGINT)
        error = process.communicate(timeout=10)[1]
    assert process.returncode == 130
    assert error.startswith("stopped after ")


def test_a_live_desk_without_end_is_stopped_with_status_0_and_has_no_future(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    # So fast that it has caught up with the clock after a moment, and must not overtake it.
    process = subprocess.Popen(
        command("--tickets-per-day", "2000", "--speed", "1000000", "--to", str(path)), stderr=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + 30
        while not path.exists() or path.read_bytes().count(b"\n") < 1000:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        time.sleep(1)
    finally:
        process.send_signal(signal.SIGINT)
        error = process.communicate(timeout=10)[1]
    assert process.returncode == 0, error
    last = orjson.loads(path.read_bytes().splitlines()[-1])
    assert datetime.fromisoformat(last["occurred_at"]) <= datetime.now(UTC)
    assert error.startswith("stopped after ")


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    writer = subprocess.Popen(
        command("--tickets", "20000", "--to", "-"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert writer.stdout is not None
    assert writer.stderr is not None
    writer.stdout.read(1000)
    writer.stdout.close()
    error = writer.stderr.read().decode()
    writer.stderr.close()
    assert writer.wait(20) == 1
    assert "Traceback" not in error
    assert "Exception" not in error


@pytest.mark.parametrize(
    ("options", "status", "says"),
    [
        (("--tickets", "5", "--tickets-per-day", "5"), 2, "--tickets and --tickets-per-day exclude each other"),
        (("--history", "2", "--to", "-"), 2, "--history: got 2 without --speed; accepts days together with it"),
        (("--customers", "-1", "--to", "-"), 2, "--customers"),
        (("--rate", "5", "--speed", "5"), 2, "--rate and --speed exclude each other"),
        (("--to", "x", "--kafka"), 2, "--to and --kafka exclude each other"),
        (("--start", "yesterday", "--to", "-"), 2, "--start: got 'yesterday'; accepts RFC 3339"),
        (("--start", "2026-11-16T00:00:00", "--to", "-"), 2, "without a zone"),
        (("--days", "0", "--to", "-"), 2, "days: got 0.0; accepts a number above 0"),
        (("--rate", "0", "--to", "-"), 2, "rate: got 0.0; accepts a number"),
        (("--to", "/no/such/place"), 1, "--to /no/such/place: No such file or directory"),
    ],
)
def test_a_wrong_option_names_itself_and_nothing_is_sent(options: tuple[str, ...], status: int, says: str) -> None:
    done = simulate(*options)
    assert done.returncode == status
    assert says in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_broker_that_is_away_is_said_in_one_line() -> None:
    done = simulate("--tickets", "5", DESKPULSE_BROKER="127.0.0.1:1")
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("simulate: 127.0.0.1:1: ")


def test_kafka_topics_are_made_when_they_are_missing(broker: str) -> None:
    names = ("TICKET_OPENED", "TICKET_RESPONSE", "TICKET_STATUS", "SURVEY", "CUSTOMER", "DEAD_LETTER", "REPARTITION")
    own = {f"DESKPULSE_TOPIC_{name}": f"simulate-command-{name.lower()}" for name in names}
    done = simulate("--tickets", "100", DESKPULSE_BROKER=broker, DESKPULSE_APP_ID="simulate-command", **own)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("sent ")
    assert f"to Kafka at {broker}; seed 1" in done.stderr
