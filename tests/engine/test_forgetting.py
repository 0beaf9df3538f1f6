"""What is over is forgotten through the changelog, and what it added is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from stream.partition.keys import SEAL_KEY
from tests.engine.conftest import MakeDesk
from tests.engine.desk import Desk, Shown
from tests.events import opened, responded, status

CLOSED, OPEN = 40, 10


async def _desk(make_desk: MakeDesk, folder: Path) -> Desk:
    """A desk that forgets after a week, and whose clock is its newest event, so that a test can move it."""
    policy_file = folder / "policy.yaml"
    policy_file.write_text("version: 1\nbaseline_weeks: 1\n")
    return await make_desk(
        policy_file=policy_file,
        windows=("5m",),
        survey_windows=(),
        grace_seconds=0,
        retention_days=1,
        clock="watermark",
        max_future_seconds=10 * 86_400,
    )


def _story() -> list[dict[str, Any]]:
    events = [event for i in range(CLOSED) for event in (opened(f"T{i}", i), responded(f"T{i}", 60 + 2 * i))]
    return events + [status(f"T{i}", 300, "closed") for i in range(CLOSED)] + [opened(f"U{i}") for i in range(OPEN)]


def _all_time(shown: Shown) -> list[dict[str, Any]]:
    return [row for row in shown["report"]["first_response"] if row["window"] == "all"]


def _holds(shown: Shown, held: int, backlog: int) -> bool:
    report = shown["report"]
    return report is not None and report["tickets"]["held"] == held and report["backlog"][0]["n"] == backlog


async def test_closed_tickets_are_forgotten_and_their_numbers_survive_that_and_a_recovery(
    make_desk: MakeDesk, tmp_path: Path
) -> None:
    desk = await _desk(make_desk, tmp_path)
    first = desk.start("first")
    await desk.send(_story())
    before = await first.until("all in", lambda shown: shown["caught_up"] and _holds(shown, CLOSED + OPEN, OPEN))
    in_nine_days = datetime.now(UTC) + timedelta(days=9)
    await desk.send([opened("later") | {"occurred_at": in_nine_days.isoformat()}])
    after = await first.until("forgotten", lambda shown: shown["counters"]["evicted"] == CLOSED)
    after = await first.until("shown", lambda shown: _holds(shown, OPEN + 1, OPEN + 1))
    assert after["report"]["tickets"]["opened"] == CLOSED + OPEN + 1
    assert _all_time(after) == _all_time(before)
    assert await first.terminate() == 0

    records = await desk.read(desk.settings.changelog_topic, 2 * CLOSED)
    tombstones = {record.key for record in records if record.value is None}
    assert tombstones == {f"t:T{i}".encode() for i in range(CLOSED)}
    for partition in (0, 1):
        own = [record for record in records if record.partition == partition]
        sealed = next(record.offset for record in own if record.key == SEAL_KEY)
        assert all(record.offset > sealed for record in own if record.value is None)

    second = desk.start("second")
    recovered = await second.until("recovered", lambda shown: shown["ready"] and shown["report"] is not None)
    for section in ("tickets", "first_response", "open_wait", "backlog"):
        assert recovered["report"][section] == after["report"][section]
