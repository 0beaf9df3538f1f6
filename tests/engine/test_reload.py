"""SIGHUP puts the policy file in force anew, whole or not at all, and no state is lost by it."""

from __future__ import annotations

import asyncio
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.engine.alerting import alerts_of, at, now, write_policy
from tests.engine.conftest import MakeDesk
from tests.engine.desk import Shown
from tests.events import opened, responded

SECOND = timedelta(seconds=1)


def _sla(shown: Shown) -> dict[str, Any]:
    [total] = [row for row in shown["report"]["sla"] if not row["labels"]]
    return {state: n for state, n in total.items() if state != "labels" and n}


def _targets(shown: Shown) -> list[float]:
    return [target["target_seconds"] for target in shown["report"]["policy"]["targets"]]


def _tickets() -> list[dict[str, Any]]:
    """Thirty chats of a minute ago, of which ten were answered after half a minute, spread over both partitions."""
    start = now() - 60 * SECOND
    events = [at(opened(f"T{i}", channel="chat"), start) for i in range(30)]
    return events + [at(responded(f"T{i}", 0), start + 30 * SECOND) for i in range(10)]


async def test_a_reload_changes_the_target_of_every_ticket_and_loses_no_state(
    make_desk: MakeDesk, tmp_path: Path
) -> None:
    policy_file = write_policy(tmp_path, within="20s")
    desk = await make_desk(policy_file=policy_file)
    worker = desk.start()
    await desk.send(_tickets())
    before = await worker.until_caught_up()
    assert _sla(before) == {"n": 20, "breached": 20}
    assert len(await alerts_of(desk, 40)) == 40

    write_policy(tmp_path, within="1h")
    worker.process.send_signal(signal.SIGHUP)
    after = await worker.until("the new target", lambda shown: _targets(shown) == [3600])
    assert _sla(after) == {"n": 20, "on_time": 20}
    assert after["counters"]["policy_reloads"] == {"ok": 1}
    for section in ("first_response", "backlog", "tickets", "flow"):
        assert after["report"][section] == before["report"][section]
    [line] = [line for line in worker.log.splitlines() if "policy file" in line]
    assert "targets[0].target_seconds 20 -> 3600" in line
    assert " s: " in line

    # What happens from now on is counted under it as well, and nothing was read or written again for it.
    await desk.send([at(responded("T20", 0), now())])
    shown = await worker.until_caught_up()
    assert _sla(shown) == {"n": 19, "on_time": 19}
    assert shown["counters"]["applied"] == before["counters"]["applied"] + 1
    assert shown["counters"]["duplicates"] == 0
    assert shown["counters"]["takeovers"] == before["counters"]["takeovers"]


def _over_all(shown: Shown, section: str) -> dict[str, Any]:
    return next(row for row in shown["report"][section] if row["window"] == "all" and not row["labels"])


async def test_a_number_that_is_switched_off_and_on_again_was_never_off(make_desk: MakeDesk, tmp_path: Path) -> None:
    policy_file = write_policy(tmp_path, within="20s")
    desk = await make_desk(policy_file=policy_file)
    worker = desk.start()
    await desk.send(_tickets())
    before = await worker.until_caught_up()

    text = policy_file.read_text()
    policy_file.write_text(f"{text}numbers_off: [first_response, first_response_counting_waiting]\n")
    worker.process.send_signal(signal.SIGHUP)
    off = await worker.until("it is off", lambda shown: "first_response" not in shown["report"])
    assert _over_all(off, "flow") == _over_all(before, "flow")
    assert 'numbers_off [] -> ["first_response",' in worker.log

    policy_file.write_text(text)
    worker.process.send_signal(signal.SIGHUP)
    on = await worker.until("it is on", lambda shown: "first_response" in shown["report"])
    assert _over_all(on, "first_response") == _over_all(before, "first_response")


async def test_a_wrong_file_changes_nothing_and_each_of_its_mistakes_is_said(
    make_desk: MakeDesk, tmp_path: Path
) -> None:
    policy_file = write_policy(tmp_path, within="20s")
    desk = await make_desk(policy_file=policy_file)
    worker = desk.start()
    await desk.send(_tickets())
    before = await worker.until_caught_up()

    policy_file.write_text("version: 1\nat_risk_percent: 200\ntargets:\n  - within: soon\n")
    worker.process.send_signal(signal.SIGHUP)
    shown = await worker.until("refused", lambda shown: shown["counters"]["policy_reloads"] == {"failed": 1})
    assert f"{policy_file}:2: at_risk_percent" in worker.log
    assert f"{policy_file}:4: targets" in worker.log
    assert "the policy in force stays" in worker.log
    policy_file.unlink()
    worker.process.send_signal(signal.SIGHUP)
    shown = await worker.until("refused again", lambda shown: shown["counters"]["policy_reloads"] == {"failed": 2})
    shown = await worker.until_caught_up()
    assert (_targets(shown), _sla(shown)) == (_targets(before), _sla(before))

    write_policy(tmp_path, within="2h")
    worker.process.send_signal(signal.SIGHUP)
    fixed = await worker.until("taken", lambda shown: _targets(shown) == [7200])
    assert fixed["counters"]["policy_reloads"] == {"failed": 2, "ok": 1}
    assert await worker.terminate() == 0


async def test_a_worker_that_takes_over_later_counts_under_the_policy_that_was_read_last(
    make_desk: MakeDesk, tmp_path: Path
) -> None:
    desk = await make_desk(policy_file=write_policy(tmp_path, within="20s"))
    first, second = desk.start("first"), desk.start("second")
    for worker in (first, second):
        await worker.until("one each", lambda shown: shown["ready"] and len(shown["owned"]) == 1)
    await desk.send(_tickets())
    write_policy(tmp_path, within="1h")
    second.process.send_signal(signal.SIGHUP)
    await second.until("read", lambda shown: shown["counters"]["policy_reloads"] == {"ok": 1})
    first.kill()
    shown = await second.until("alone", lambda shown: shown["owned"] == [0, 1] and shown["caught_up"])
    shown = await second.until_caught_up()
    assert _sla(shown) == {"n": 20, "on_time": 20}


async def test_two_signals_at_once_and_one_before_there_is_a_broker_do_no_harm(
    make_desk: MakeDesk, tmp_path: Path
) -> None:
    desk = await make_desk(policy_file=write_policy(tmp_path, within="20s"))
    worker = desk.start()
    await worker.until("started", lambda shown: shown["phase"] != "ready")
    worker.process.send_signal(signal.SIGHUP)
    await desk.send(_tickets())
    await worker.until_caught_up()
    for within in ("1h", "2h", "3h"):
        write_policy(tmp_path, within=within)
        worker.process.send_signal(signal.SIGHUP)
        worker.process.send_signal(signal.SIGHUP)
        await asyncio.sleep(0.01)
    shown = await worker.until("the last one", lambda shown: _targets(shown) == [3 * 3600])
    assert _sla(shown) == {"n": 20, "on_time": 20}
