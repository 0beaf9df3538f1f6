"""People are alerted to the second, without an event, and once, whatever happens to workers and broker."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from datetime import timedelta
from pathlib import Path

import orjson

from stream.broker.embedded import EmbeddedBroker
from tests.conftest import DeskSettings
from tests.engine.alerting import alerts_of, at, late_by, now, records_of, until_passed, write_policy
from tests.engine.conftest import MakeDesk
from tests.engine.desk import Shown, open_desk
from tests.events import answered, opened, responded

SECOND = timedelta(seconds=1)


def _idle(shown: Shown) -> bool:
    return bool(shown["caught_up"] and shown["report"] is not None)


async def test_a_ticket_that_nobody_answers_is_at_risk_and_then_breached_within_a_second_and_without_an_event(
    make_desk: MakeDesk, tmp_path: Path
) -> None:
    desk = await make_desk(policy_file=write_policy(tmp_path, within="4s"))
    await desk.start().until("idle", _idle)
    start = now()
    await desk.send([at(opened("T1", channel="chat", queue="billing", customer_id="C1"), start)])
    [risk, breach] = await alerts_of(desk, 2)
    assert [risk["type"], breach["type"]] == ["sla.at_risk", "sla.breached"]
    assert [risk["occurred_at"], breach["occurred_at"]] == [start + 2 * SECOND, start + 4 * SECOND]
    for alert in (risk, breach):
        assert timedelta(0) < late_by(alert) < SECOND, late_by(alert)
        assert alert["ticket_id"] == "T1"
        assert (alert["channel"], alert["queue"], alert["customer_id"]) == ("chat", "billing", "C1")
        assert (alert["opened_at"], alert["deadline"], alert["target_seconds"]) == (start, start + 4 * SECOND, 4)
    for record, alert in zip(await records_of(desk, 2), (risk, breach), strict=True):
        assert record.key == b"T1"
        assert record.timestamp / 1000 - alert["occurred_at"].timestamp() < 1


async def test_who_is_answered_in_time_is_not_alerted_although_the_answer_comes_at_the_last_moment(
    make_desk: MakeDesk, tmp_path: Path
) -> None:
    desk = await make_desk(policy_file=write_policy(tmp_path, within="4s", at_risk_percent=0))
    await desk.start().until("idle", _idle)
    start = now()
    await desk.send([at(opened(ticket, channel="chat"), start) for ticket in ("answered", "forgotten")])
    answer = at(responded("answered", 0), start + 3.6 * SECOND)
    async with desk.producer() as producer:  # connected before, as that takes longer than what is left
        await until_passed(start + 3.6 * SECOND)
        await producer.send_and_wait(desk.settings.topic_ticket_response, orjson.dumps(answer), key=b"answered")
    alerts = await alerts_of(desk, 2)
    # With 0 % at risk and breached are the same moment.
    assert {(alert["type"], alert["ticket_id"]) for alert in alerts} == {
        ("sla.at_risk", "forgotten"),
        ("sla.breached", "forgotten"),
    }


async def test_each_alert_comes_once_through_the_kill_of_a_worker_between_risk_and_breach(
    make_desk: MakeDesk, tmp_path: Path
) -> None:
    desk = await make_desk(policy_file=write_policy(tmp_path, within="20s", at_risk_percent=90))
    first = desk.start("first")
    await first.until("idle", _idle)
    start = now()
    tickets = [f"T{i}" for i in range(8)]
    await desk.send([at(opened(ticket, channel="chat"), start) for ticket in tickets])
    await first.until("told and noted", lambda shown: shown["counters"]["changelog_records"] == 2 * len(tickets))
    first.kill()
    second = desk.start("second")
    alerts = await alerts_of(desk, 2 * len(tickets), 40)
    await second.until("all told", lambda shown: shown["counters"]["alerts"] == {"sla.breached": len(tickets)})
    await asyncio.sleep(1)
    assert len(await records_of(desk, 2 * len(tickets))) == len(alerts)
    assert Counter(alert["alert_id"] for alert in alerts) == {
        f"{kind}/{ticket}/{(start + after * SECOND).isoformat(timespec='microseconds').replace('+00:00', 'Z')}": 1
        for kind, after in (("sla.at_risk", 2), ("sla.breached", 20))
        for ticket in tickets
    }
    assert max(late_by(alert) for alert in alerts) < SECOND


async def test_a_handover_in_the_midst_of_alerts_neither_loses_nor_repeats_one(
    make_desk: MakeDesk, tmp_path: Path
) -> None:
    desk = await make_desk(policy_file=write_policy(tmp_path, within="6s"))
    first = desk.start("first")
    await first.until("idle", _idle)
    start, count = now(), 400
    await desk.send([at(opened(f"T{i}", channel="chat"), start + 0.02 * i * SECOND) for i in range(count)])
    await first.until("under way", lambda shown: sum(shown["counters"]["alerts"].values()) > 50)
    second = desk.start("second")
    await second.until("owner of one", lambda shown: shown["ready"] and len(shown["owned"]) == 1)
    assert await first.terminate() == 0
    alerts = await alerts_of(desk, 2 * count, 40)
    assert len(alerts) == 2 * count
    assert set(Counter(alert["alert_id"] for alert in alerts).values()) == {1}


async def test_a_bad_comment_is_told_at_once_and_a_low_score_without_a_word_is_not(make_desk: MakeDesk) -> None:
    desk = await make_desk()
    await desk.start().until("idle", _idle)
    start = now()
    await desk.send(
        [
            at(opened("T1", channel="email", segment="business"), start),
            at(answered("S1", 0, 2, ticket_id="T1", comment="nobody helped me", touchpoint="chat"), start),
            at(answered("S2", 0, 2, ticket_id="T1", comment="  "), start),
            at(answered("S3", 0, 9, ticket_id="T1", comment="quick and kind"), start),
            at(answered("S4", 0, 1, channel="form", instrument="csat", scale_max=5, comment="no"), start),
        ]
    )
    alerts = {alert["survey_id"]: alert for alert in await alerts_of(desk, 2)}
    assert set(alerts) == {"S1", "S4"}
    for alert in alerts.values():
        assert alert["type"] == "survey.bad_comment"
        assert alert["occurred_at"] == start
        assert alert["noticed_at"] - start < 2 * SECOND  # the records have yet to reach the worker
    of_ticket, alone = alerts["S1"], alerts["S4"]
    assert (of_ticket["ticket_id"], of_ticket["channel"], of_ticket["segment"]) == ("T1", "email", "business")
    assert (of_ticket["instrument"], of_ticket["score"], of_ticket["touchpoint"]) == ("nps", 2, "chat")
    assert "ticket_id" not in alone
    assert (alone["channel"], alone["instrument"], alone["score"], alone["scale_max"]) == ("form", "csat", 1, 5)
    assert {record.key for record in await records_of(desk, 2)} == {b"T1", b"S4"}
    assert b"nobody" not in b"".join(record.value for record in await records_of(desk, 2))


async def test_history_is_counted_and_nobody_is_told(make_desk: MakeDesk) -> None:
    desk = await make_desk()
    worker = desk.start()
    await worker.until("idle", _idle)
    await desk.send([opened("T1", channel="chat"), answered("S1", 0, 2, ticket_id="T1", comment="bad")])
    shown = await worker.until("noticed", lambda shown: shown["counters"]["alerts_skipped"] == 3)
    assert shown["counters"]["alerts"] == {}
    assert await records_of(desk, 0) == []
    shown = await worker.until_caught_up()
    [total] = [row for row in shown["report"]["sla"] if not row["labels"]]
    assert (total["n"], total["breached"]) == (1, 1)


async def test_while_the_broker_stands_still_alerts_wait_and_then_come_once(
    desk_settings: DeskSettings, tmp_path: Path
) -> None:
    with EmbeddedBroker() as broker:
        policy_file = write_policy(tmp_path, within="8s", at_risk_percent=75)
        settings = desk_settings(broker=broker.address, partitions=2, policy_file=policy_file)
        with open_desk(settings, tmp_path) as desk:
            await desk.create_topics()
            worker = desk.start()
            await worker.until("idle", _idle)
            start = now()
            await desk.send([at(opened("T1", channel="chat"), start)])
            await worker.until("read", lambda shown: shown["counters"]["changelog_records"] == 1)
            os.kill(broker.pid, signal.SIGSTOP)
            try:
                await until_passed(start + 10 * SECOND)
                shown = worker.shown() or {}
                assert shown["counters"]["alerts"] == {}
                assert shown["time"] > start.timestamp() + 9, "the worker stood still too"
            finally:
                os.kill(broker.pid, signal.SIGCONT)
            alerts = await alerts_of(desk, 2, 40)
            await worker.until("noted", lambda shown: sum(shown["counters"]["alerts"].values()) == 2)
            assert Counter(alert["type"] for alert in alerts) == {"sla.at_risk": 1, "sla.breached": 1}
            assert len(await records_of(desk, 2)) == 2
