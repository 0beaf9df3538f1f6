"""What the demo plays, before anything is started."""

from __future__ import annotations

import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stream.cli.demo_child import last_lines
from stream.cli.demo_plan import HOST, DemoPlan, choose_ports, demo_environment, plan_demo
from stream.settings import Settings


def plan(speed: float = 1.0, tickets_per_day: float = 1000.0, retention_days: int = 30) -> DemoPlan:
    settings = Settings(retention_days=retention_days)
    return plan_demo(seed=1, speed=speed, tickets_per_day=tickets_per_day, ports=(6066,), settings=settings)


def test_at_real_time_the_desk_is_live_now_and_has_more_than_a_day_behind_it() -> None:
    made = plan()
    assert timedelta(0) <= datetime.now(UTC) - made.live_from < timedelta(seconds=5)
    assert made.live_from - made.desk.start > timedelta(hours=24)
    assert made.overrides("127.0.0.1:1", Path("x"), 1)["clock"] == "wall"


def test_it_is_a_tuesday_morning_at_the_desk_whenever_one_looks() -> None:
    made = plan()
    local = made.live_from + made.desk.ahead
    assert (local.weekday(), local.hour, local.minute) == (1, 10, 30)


def test_this_hour_of_the_four_weeks_before_can_be_compared_with() -> None:
    made = plan()
    for weeks, hours in zip((4, 3, 2, 1), made.desk.open_before, strict=True):
        then = made.live_from - timedelta(weeks=weeks)
        # The first hours of a demo, and what comes in shortly before.
        assert hours.begin < then - timedelta(hours=2) < then + timedelta(hours=2) <= hours.end
        assert hours.leftovers > 0


def test_a_fast_desk_plays_in_the_past_with_room_for_two_hours() -> None:
    made = plan(speed=60)
    assert made.follows_events
    assert datetime.now(UTC) - made.live_from == pytest.approx(59 * timedelta(hours=2), abs=timedelta(seconds=5))
    assert made.overrides("127.0.0.1:1", Path("x"), 1)["clock"] == "watermark"


@pytest.mark.parametrize(("speed", "retention_days"), [(1e6, 30), (60.0, 2)])
def test_no_desk_begins_before_what_is_kept_unless_there_is_no_room(speed: float, retention_days: int) -> None:
    made = plan(speed=speed, retention_days=retention_days)
    # The oldest leftovers are ten days older than the history.
    oldest = made.desk.start - timedelta(days=10)
    kept_since = datetime.now(UTC) - timedelta(days=max(retention_days, 12))
    assert oldest > kept_since


def test_a_slow_desk_does_not_play_in_the_future() -> None:
    assert plan(speed=0.5).live_from <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("speed", "tickets_per_day", "says"),
    [
        (0.0, 1.0, "--speed: got 0.0; accepts"),
        (float("nan"), 1.0, "--speed: got nan"),
        (1.0, 0.0, "tickets_per_day: got 0"),
    ],
)
def test_a_wrong_option_names_itself(speed: float, tickets_per_day: float, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        plan(speed, tickets_per_day)


def test_a_taken_port_is_replaced_and_free_ones_are_kept() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        [other] = choose_ports(port, 1)
        assert other != port
    assert choose_ports(port, 1) == (port,)


def test_every_worker_has_a_port_of_its_own() -> None:
    assert len(set(choose_ports(0, 8))) == 8
    first, second = choose_ports(65_535, 2)
    assert {first, second} & {0} == set()
    assert first != second


def test_the_demo_does_not_listen_to_settings_that_lead_outside() -> None:
    user = {
        "DESKPULSE_BROKER": "kafka.example.com:9093",
        "DESKPULSE_SECURITY_PROTOCOL": "SASL_SSL",
        "DESKPULSE_WEB_HOST": "0.0.0.0",
        "DESKPULSE_REPLICATION_FACTOR": "3",
        "DESKPULSE_LABELS": "channel",
        "PATH": "/bin",
    }
    made = demo_environment(user, plan().overrides("127.0.0.1:7", Path("/x"), 6067))
    assert made["DESKPULSE_BROKER"] == "127.0.0.1:7"
    assert made["DESKPULSE_SECURITY_PROTOCOL"] == "PLAINTEXT"
    assert made["DESKPULSE_WEB_HOST"] == HOST
    assert made["DESKPULSE_WEB_PORT"] == "6067"
    assert made["DESKPULSE_REPLICATION_FACTOR"] == "1"
    assert made["DESKPULSE_LABELS"] == "channel"
    assert made["PATH"] == "/bin"


def test_the_last_lines_of_a_long_log_are_few(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("".join(f"line {number}\n" for number in range(10_000)))
    lines = last_lines(log).splitlines()
    assert len(lines) == 12
    assert lines[-1] == "line 9999"
    log.write_bytes(b"")
    assert last_lines(log) == ""


def test_nothing_is_imported_from_where_somebody_happens_to_stand(tmp_path: Path) -> None:
    (tmp_path / "stream").mkdir()
    (tmp_path / "stream" / "__init__.py").write_text("raise SystemExit('somebody else')")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "stream.cli.main", "worker", "--help"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
