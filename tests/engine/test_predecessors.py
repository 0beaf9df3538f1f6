"""A worker that is started after a crash has its predecessor leave the group, and nobody who lives."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from tests.engine.alerting import alerts_of, at, now, write_policy
from tests.engine.conftest import MakeDesk
from tests.engine.desk import Desk, WorkerProcess
from tests.events import opened

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("each_broker", [pytest.param("kafka", marks=pytest.mark.kafka)], indirect=True)
async def test_the_successor_of_a_killed_worker_has_it_leave_and_sends_each_alert_once(
    make_desk: MakeDesk, tmp_path: Path
) -> None:
    # The session is still open when the successor comes, on a slow machine too.
    policy_file = write_policy(tmp_path, within="8s", at_risk_percent=25)
    desk = await make_desk(policy_file=policy_file, session_timeout_seconds=20)
    first = desk.start("first")
    second = desk.start("second")
    await until_each_has_one(first, second)
    start, tickets = now(), [f"T{i}" for i in range(20)]
    await desk.send([at(opened(ticket, channel="chat"), start) for ticket in tickets])
    await alerts_of(desk, len(tickets))  # all are at risk
    name = (first.shown() or {})["worker"]
    first.kill()
    again = desk.start("again")
    await until_each_has_one(again, second)
    alerts = await alerts_of(desk, 2 * len(tickets), 40)
    assert set(Counter(alert["alert_id"] for alert in alerts).values()) == {1}
    assert f"left the group for {desk.settings.app_id}-{name}, which ended without leaving it" in again.log
    assert len(members(desk)) == 2
    assert not any(name in member for member in members(desk))
    for each in (again, second):
        assert await each.terminate() == 0
    assert members(desk) == []


async def test_a_worker_that_is_only_paused_is_not_made_to_leave(make_desk: MakeDesk) -> None:
    desk = await make_desk(session_timeout_seconds=6)
    first = desk.start("first")
    shown = await first.until("ready", lambda shown: shown["ready"])
    first.process.send_signal(signal.SIGSTOP)
    try:
        second = desk.start("second")
        while "joining group" not in second.log:
            assert second.running, second.log
            await asyncio.sleep(0.05)
        assert "left the group" not in second.log
        assert any(shown["worker"] in member for member in members(desk))
    finally:
        first.process.send_signal(signal.SIGCONT)


async def until_each_has_one(*workers: WorkerProcess) -> None:
    for worker in workers:
        await worker.until("owner of one", lambda shown: shown["ready"] and len(shown["owned"]) == 1, 40)


def members(desk: Desk) -> list[str]:
    """Name the workers that the desk's folder says are there."""
    return [path.stem for path in (desk.settings.data_dir / "members").iterdir()]
